"""What the header fields of an answer mean for a poll. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from monitor.feeds.charsets import known_charset


def http_date(value: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7) as an aware datetime in UTC; None for anything else."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by ``Retry-After`` (RFC 9110, 10.2.3: seconds or a date), never below 0."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def freshness(headers: Mapping[str, str], now: datetime) -> float | None:
    """For how many seconds the answer stays fresh (RFC 9111, 4.2); None where it does not say.

    ``max-age`` first, less the ``Age`` it has already; else ``Expires``.
    """
    directives = _directives(headers.get("cache-control", ""))
    if "no-store" in directives or "no-cache" in directives:
        return None
    seconds = directives.get("max-age", "")
    if seconds.isascii() and seconds.isdigit():
        return max(0.0, float(seconds[:12]) - _age(headers.get("age", "")))
    expires = http_date(headers.get("expires"))
    if expires is None:
        return None
    sent = http_date(headers.get("date")) or now
    return max(0.0, (expires - sent).total_seconds()) or None


def _directives(value: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in value.lower().split(","))
    return {name.strip(): setting.strip().strip('"') for name, _, setting in pairs if name.strip()}


def _age(value: str) -> float:
    text = value.strip()
    return float(text[:12]) if text.isascii() and text.isdigit() else 0.0


def media_type(value: str | None) -> tuple[str | None, str | None]:
    """Media type (lower-case) and charset of a Content-Type (RFC 9110, 8.3); None where absent.

    A charset that no codec knows counts as absent.
    """
    kind, _, rest = (value or "").partition(";")
    charset = None
    for parameter in rest.split(";"):
        name, _, setting = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = known_charset(setting.strip().strip("\"'"))
    return kind.strip().lower() or None, charset
