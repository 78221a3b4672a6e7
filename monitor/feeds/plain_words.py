"""What went wrong on the wire, said in plain words. Pure."""

from __future__ import annotations

import errno
import http
import socket
import ssl
from datetime import datetime

import httpx

from monitor.errors import FetchError
from monitor.feeds.guard import PrivateAddressError
from monitor.feeds.http_fields import retry_after

NETWORK_FAULTS = (
    httpx.HTTPError,
    httpx.StreamError,
    OSError,
)
"""All that reading from the network may raise, time-outs apart."""

_NO_ROUTE = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.ETIMEDOUT}
)
_AGAIN = frozenset({408, 425, 429})  # beside 5xx: statuses that pass by themselves


def seconds(duration: float) -> str:
    """A duration for people: "20 s"."""
    return f"{duration:g} s"


def status_fault(status: int, headers: httpx.Headers, now: datetime) -> FetchError:
    """The refusal that an HTTP status stands for (RFC 9110, 15)."""
    try:
        name = f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        name = str(status)
    return FetchError(
        f"answered {name}",
        temporary=status in _AGAIN or status >= 500,
        retry_after=retry_after(headers.get("retry-after"), now),
        gone=status == 410,
        status=status,
    )


def too_slow(timeout: float, *, answered: bool) -> FetchError:
    """The refusal of a server that took longer than ``timeout`` seconds in all."""
    if answered:
        return FetchError(f"the answer was not complete within {seconds(timeout)}")
    return FetchError(f"no answer within {seconds(timeout)}", unreached=True)


def network_fault(fault: Exception, host: str) -> FetchError:
    """What a fault of the connection to ``host`` means for the reader of a status page."""
    if isinstance(fault, httpx.ConnectTimeout):
        return FetchError(f"{host} cannot be reached: no connection in time", line_down=True)
    if isinstance(fault, httpx.ConnectError):
        return _connection_fault(fault.__cause__ or fault, host)
    if isinstance(fault.__cause__, ssl.SSLError):
        return _connection_fault(fault.__cause__, host)
    if isinstance(fault, httpx.RemoteProtocolError):
        return FetchError(f"{host} answered with something that is not HTTP")
    if isinstance(fault, httpx.NetworkError | OSError):
        return FetchError(f"{host} ended the connection before the answer was complete")
    return FetchError(f"{host} could not be read ({type(fault).__name__})")


def _connection_fault(fault: BaseException, host: str) -> FetchError:
    if isinstance(fault, PrivateAddressError):
        return private_address(host)
    if isinstance(fault, socket.gaierror):
        return FetchError(f"the name {host} cannot be resolved", line_down=True)
    if isinstance(fault, ssl.SSLError):
        return FetchError(f"no secure connection to {host}: {tls_reason(fault)}", unreached=True)
    number = getattr(fault, "errno", None)
    if number in _NO_ROUTE:
        return FetchError(f"{host} cannot be reached", line_down=True)
    if number == errno.ECONNREFUSED:
        return FetchError(f"{host} refused the connection", unreached=True)
    reason = getattr(fault, "strerror", None) or str(fault) or "it was closed at once"
    return FetchError(f"no connection to {host}: {reason}", unreached=True)


def unusable_address() -> FetchError:
    """The refusal of an address, or of a header field, that cannot be sent as it is written."""
    return FetchError("the address or the headers cannot be sent as written", temporary=False)


def bad_redirect() -> FetchError:
    """The refusal to follow a redirect that leads to nothing a feed can be read from."""
    return FetchError("redirects to something that is no http or https address", temporary=False)


def private_address(host: str) -> FetchError:
    """The refusal to follow a redirect or a link into a private network."""
    return FetchError(
        f"leads to {host}, which is not a public address (allow_private = true would let it)",
        temporary=False,
    )


def tls_reason(fault: ssl.SSLError) -> str:
    """The part of a TLS fault that a person can do something with."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({fault.verify_message})"
    return (fault.reason or "the handshake failed").replace("_", " ").lower()
