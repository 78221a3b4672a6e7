"""The kinds of values that a configuration holds, each read and checked by itself.

Every reader takes the text as written and raises ValueError for the person who wrote it. Nothing
here repeats a secret: of an address only the host is shown.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from email.utils import getaddresses
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from monitor.config.templates import subject_template
from monitor.digests.periods import QuietHours, Schedule, parse_schedule
from monitor.text.durations import describe_duration, parse_duration
from monitor.text.language_codes import parse_language
from monitor.toml_source import (
    SINGLE_OR_LIST_SCHEMA,
    SingleOrList,
    Written,
    WrongValueError,
    did_you_mean,
    nearest,
    one_line,
)

_SIZE = re.compile(r"\s*([0-9]{1,12})\s*([A-Za-z]*)\s*")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_UNITS |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SERVER = re.compile(r"(?:\w+://)?\[?(?P<host>[\w.-]+|[0-9a-fA-F:]+)\]?(?::(?P<port>\d+))?/?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PLAIN_ADDRESS = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::(?!80/|443/)[1-9][0-9]{0,3})?"
    r"/(?:[!\"$-~]*[!\"$->@-~])?"
)
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_COMMON = """
utf-8 utf-16 iso-8859-1 iso-8859-2 iso-8859-5 iso-8859-9 iso-8859-15 windows-1250 windows-1251
windows-1252 windows-1254 windows-1256 koi8-r gb18030 big5 shift_jis euc-jp euc-kr
"""
_ENCODINGS = tuple(_COMMON.split())


def parse_backlog(text: str) -> float | None:
    """Seconds; None for "all", 0 for "none"."""
    word = text.strip().lower()
    if word in ("all", "none"):
        return None if word == "all" else 0.0
    try:
        return parse_duration(text)
    except ValueError as error:
        raise WrongValueError(
            str(error).partition(";")[0], 'write a length of time such as "2d", or "all" or "none"'
        ) from None


def _as_length(number: float) -> str | None:
    """A number of seconds as it is to be written; None where it is no length of time."""
    try:
        parse_duration(text := describe_duration(number))
    except (ValueError, OverflowError):
        return None
    return text


def parse_size(text: str) -> int:
    """Bytes of "10MB" (1 000 000 each), "512kB", "8MiB"."""
    found = _SIZE.fullmatch(text)
    units = {unit.lower(): size for unit, size in _UNITS.items()}
    if not found or (found.group(2) or "b").lower() not in units:
        raise WrongValueError(
            f'"{text}" is not a size', 'write a number and a unit, such as "10MB" or "512kB"'
        )
    size = int(found.group(1)) * units[(found.group(2) or "b").lower()]
    if size < 1000:
        raise WrongValueError(f'"{text}" is too small for any feed', 'write at least "1kB"')
    return size


def parse_zone(text: str) -> ZoneInfo:
    """A time zone of the IANA database."""
    import zoneinfo

    try:
        return ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        word = text.strip().replace(" ", "_").casefold()
        cities = {name.rsplit("/", 1)[-1].casefold(): name for name in known}
        near = cities.get(word) or nearest(text, known)
        near = near or cities.get(nearest(word, cities) or "")
        hint = f'did you mean "{near}"?' if near else 'write one such as "Europe/Rome" or "UTC"'
        raise WrongValueError(f'"{text}" is no time zone', hint) from None


def host_of(address: str) -> str:
    """The host of an address, for messages; never its path, user or password."""
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        host = None
    return host or "…"


def is_plain(address: str) -> bool:
    """Whether a web address is whole, and in the one form that all its spellings come down to.

    Most are; it takes a tenth of the time that its parts would. False says nothing.
    """
    return _PLAIN_ADDRESS.fullmatch(address) is not None


def web_address(text: str) -> str:
    """An http(s) address with a host; the message shows the host alone."""
    address = text.strip()
    if is_plain(address):
        return address
    try:
        parts = urlsplit(address)
        usable = parts.scheme.lower() in ("http", "https") and parts.hostname
        parts.port  # noqa: B018 (raises where it is no number)
    except ValueError:
        usable = None
    if not usable or address.split() != [address]:
        host = host_of(address)
        raise WrongValueError(
            f"the address at {host} is no web address",
            f'write it whole, beginning with "https://{"" if host == "…" else host}"',
        )
    return address


def proxy_address(text: str) -> str:
    """A proxy: http, https, socks5 or socks5h, with host and port; empty for "none".

    The message shows the host alone: there may be a password before it.
    """
    address = text.strip()
    if address.lower() == "none":
        return ""
    scheme = address.partition("://")[0].lower()
    try:
        parts = urlsplit(address)
        usable = scheme in _PROXY_SCHEMES and bool(parts.hostname and parts.port)
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or any(map(str.isspace, address)):
        raise WrongValueError(
            f"the address at {host_of(address)} is no proxy",
            'write scheme, host and port, as "socks5://127.0.0.1:9050", or "none"',
        )
    return address


def mail_host(text: str) -> str:
    """The name or number of a mail server, without "smtp://" and without a port."""
    name = text.strip()
    if not re.search(r"[\s/@\[\]]", name) and name.count(":") != 1:  # IPv6 has two at least
        return name
    found = _SERVER.fullmatch(name)
    hint = 'write host = "smtp.example.org"'
    if found:
        hint = f'write host = "{found["host"]}"'
        hint += f" and port = {found['port']}" if found["port"] else ""
    raise WrongValueError(f'"{name}" is no name of a server', hint)


def mail_address(text: str) -> str:
    """One address of mail, with or without a name before it (RFC 5322, as far as plausible)."""
    found = getaddresses([text])
    address = found[0][1] if len(found) == 1 else ""
    local, _, domain = address.rpartition("@")
    whole = local and all(domain.split(".")) and not re.search(r"[\s,;<>@\x00]", local + domain)
    if not whole or not text.isprintable():
        several = text.count("@") > 1 and ("," in text or ";" in text)
        raise WrongValueError(
            f'"{text}" is no mail address',
            'write several as a list: ["a@example.org", "b@example.org"]'
            if several
            else 'write "desk@example.org" or "The Desk <desk@example.org>"',
        )
    return text.strip()


def webhook_secret(text: str) -> str:
    """A secret as Standard Webhooks writes it: "whsec_" and base64; the message shows nothing."""
    prefix, rest = text[:6], text[6:].strip()
    hint = 'make one with: echo "whsec_$(openssl rand -base64 32)"'
    if prefix != "whsec_":
        raise WrongValueError('the secret does not begin with "whsec_"', hint)
    try:
        key = base64.b64decode(rest, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise WrongValueError('what follows "whsec_" in the secret is not base64', hint)
    return text.strip()


def encoding(text: str) -> str:
    """An encoding of text that Python knows."""
    try:
        found = codecs.lookup(text.strip())
        "".encode(found.name)
    except (LookupError, ValueError):
        raise WrongValueError(
            f'"{text}" is no encoding of text', did_you_mean(text, _ENCODINGS)
        ) from None
    return text.strip()


def user_agent(text: str) -> str:
    """How we present ourselves: one line of ASCII, as HTTP headers are."""
    if not text.isascii():
        raise WrongValueError("holds letters that HTTP cannot carry", "use plain ASCII")
    return one_line(text)


def header_table(headers: dict[str, str]) -> dict[str, str]:
    """HTTP headers: names as RFC 9110 allows, values on one line; shows no value."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise WrongValueError(
                f'"{name}" is no name of a header', 'use letters, digits and "-" only'
            )
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
            raise WrongValueError(
                f'the header "{name}" holds a line break or control character',
                "write it as one line",
            )
        if not value.isascii():
            raise WrongValueError(
                f'the header "{name}" holds letters that HTTP cannot carry', "use plain ASCII"
            )
    return headers


def command(words: list[str]) -> list[str]:
    """A program and its arguments, each a text of its own, as the system takes them."""
    if not words[0].strip():
        raise WrongValueError("names no program", 'write it as ["./on-digest", "--urgent"]')
    if any("\0" in word for word in words):
        raise WrongValueError("holds a letter that no program can be given", "take out \\u0000")
    return words


Duration = Annotated[float, Written(parse_duration, "15m", _as_length)]
Backlog = Annotated[float | None, Written(parse_backlog, "2d", _as_length)]
Size = Annotated[int, Written(parse_size, "10MB")]
Zone = Annotated[ZoneInfo, Written(parse_zone, "Europe/Rome")]
Language = Annotated[str, Written(parse_language, "it")]
When = Annotated[Schedule, Written(parse_schedule, "0 7 * * mon-fri")]
Quiet = Annotated[QuietHours, Written(QuietHours.parse, "22:00-07:00")]
WebAddress = Annotated[str, AfterValidator(web_address)]
ProxyAddress = Annotated[str, AfterValidator(proxy_address)]
MailHost = Annotated[str, AfterValidator(mail_host)]
Mail = Annotated[str, AfterValidator(mail_address)]
Encoding = Annotated[str, AfterValidator(encoding)]
UserAgent = Annotated[str, AfterValidator(user_agent)]
Headers = Annotated[dict[str, str], AfterValidator(header_table)]
Subject = Annotated[str, AfterValidator(subject_template)]
Mails = Annotated[list[Mail], Field(min_length=1), SingleOrList, SINGLE_OR_LIST_SCHEMA]
Command = Annotated[
    list[str],
    Field(min_length=1),
    AfterValidator(command),
    SingleOrList,
    SINGLE_OR_LIST_SCHEMA,
]
Languages = Annotated[
    list[Language],
    Field(min_length=1),
    SingleOrList,
    SINGLE_OR_LIST_SCHEMA,
]
WebhookSecrets = Annotated[
    list[Annotated[str, AfterValidator(webhook_secret)]],
    Field(min_length=1),
    SingleOrList,
    SINGLE_OR_LIST_SCHEMA,
]
