"""Everything that can go wrong, as one tree.

    WirewatchError
    ├── FaultyInput        what a person wrote cannot be used (exit code 2)
    │   └── QueryFault     a rule's expression cannot be read
    ├── StoreError         the database cannot be used
    │   ├── StoreTooNew    it was written by a newer program
    │   └── LeaseLost      somebody else took over this piece of work
    ├── FetchError         a feed could not be had; says whether trying again makes sense
    │   └── NotAFeed       something came, but no feed
    └── DeliveryError      a message could not be handed over; says what follows

Messages are written for the person who reads them: what, where, what to write instead.
"""

from __future__ import annotations

from dataclasses import dataclass


class WirewatchError(Exception):
    """Anything this program raises on purpose."""


def own_fault(error: Exception) -> str:
    """How an error nobody foresaw is told to readers; its own words stay in the log.

    They may hold what no reader should see: an address with a password, a statement with a mail.
    """
    return f"an error in Wirewatch itself ({type(error).__name__}; the log has more)"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file that a person wrote.

    ``file`` is the path as the person would write it, ``line`` counts from 1 (0: the file as a
    whole), ``place`` names the key (``feed[2].url``), ``message`` says what is wrong and ``hint``
    what to write instead (may be empty). ``detail`` holds further lines (an expression with a
    caret under the place), shown below the first.
    """

    file: str
    line: int
    place: str
    message: str
    hint: str = ""
    detail: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        place = f"{self.place}: " if self.place else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}: {place}{self.message}{hint}"


class FaultyInput(WirewatchError):
    """A file that a person wrote cannot be used; carries every fault found in it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class QueryFault(WirewatchError):
    """A rule's expression cannot be read.

    ``position`` counts characters from 0 in the expression; ``hint`` says what to write instead
    or what was expected.
    """

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint


class StoreError(WirewatchError):
    """The database cannot be used."""


class StoreTooNew(StoreError):
    """The database was written by a newer version of the program."""


class LeaseLost(StoreError):
    """The lease on this piece of work ran out and somebody else may have taken it over."""


class FetchError(WirewatchError):
    """A feed could not be had.

    ``temporary`` says whether asking again can help; ``retry_after`` is what the server asked
    for, in seconds; ``gone`` is true for status 410; ``status`` is the HTTP status, where one came;
    ``asked`` is the address asked last, where redirects may have led (None: not known);
    ``line_down`` is true when nothing was reached at all (no name, no route); ``unreached``, when
    there was no connection to the server, for whatever reason.
    """

    def __init__(
        self,
        message: str,
        *,
        temporary: bool = True,
        retry_after: float | None = None,
        gone: bool = False,
        status: int | None = None,
        line_down: bool = False,
        unreached: bool = False,
        asked: str | None = None,
    ) -> None:
        super().__init__(message)
        self.temporary = temporary
        self.retry_after = retry_after
        self.gone = gone
        self.status = status
        self.line_down = line_down
        self.unreached = unreached or line_down
        self.asked = asked


class NotAFeed(FetchError):
    """The server answered with something that is no feed: a web page, a challenge, nothing."""


class DeliveryError(WirewatchError):
    """A message could not be handed over.

    ``temporary``: the same bytes may be taken later. ``channel_fault``: not the message but the
    channel is at fault (login refused, address gone): the channel rests and what waits is kept.
    ``unknown``: the receiver may have taken it, no answer came; it is tried again with the same
    id. ``retry_after`` is in seconds, as the receiver asked; ``slow_down``: nothing else should go
    over the channel until then either. ``answer`` is the receiver's own words, without secrets.
    """

    def __init__(
        self,
        answer: str,
        *,
        temporary: bool,
        channel_fault: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
        slow_down: bool = False,
    ) -> None:
        super().__init__(answer)
        self.answer = answer
        self.temporary = temporary
        self.channel_fault = channel_fault
        self.unknown = unknown
        self.retry_after = retry_after
        self.slow_down = slow_down
