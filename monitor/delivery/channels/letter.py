"""A message as a mail: the bytes that go to one recipient, rendered once. Pure.

The result is seven-bit (RFC 5322, RFC 2045) unless an address itself is not ASCII (RFC 6532), so
that any server takes it. Headers are encoded here and not by ``email.message``: that raises on a
line break in a subject, and versions of it lose spaces where long encoded words are folded.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from email.charset import SHORTEST, Charset
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from functools import cache
from urllib.parse import quote

from monitor.model import Message
from monitor.records import dataclass

LINE = 76
LONGEST_LINE = 900  # RFC 5322 ends at 998
BODY_POLICY = SMTP.clone(max_line_length=LINE)  # RFC 2045 allows quoted-printable no more


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mail address with the name people see (may be empty). ``domain`` is ASCII (IDNA)."""

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """``local@domain``, as a server takes it."""
        return f"{self.local}@{self.domain}"

    @property
    def is_ascii(self) -> bool:
        """Whether a server without SMTPUTF8 (RFC 6531) can take it."""
        return self.local.isascii()


def parse_mailbox(text: str) -> Mailbox:
    """Read ``desk@example.org`` or ``Night desk <desk@example.org>``; any script is welcome.

    Raises ValueError when there is no single usable address in it.
    """
    found = getaddresses([text]) if text.isprintable() else []
    name, address = found[0] if len(found) == 1 else ("", "")
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    usable = re.fullmatch(r"[\w!#$%&'*+/=?^`{|}~.-]+", local)
    if not usable or not re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.IPv]+\]", ascii_domain):
        raise ValueError(f"{text!r} is no mail address; write it as name@example.org")
    return Mailbox(name=flat(name), local=local, domain=ascii_domain)


def letter(
    message: Message, *, delivery_id: str, sender: Mailbox, recipient: Mailbox | None = None
) -> bytes:
    """The whole mail for one recipient, with CRLF line ends.

    ``delivery_id`` makes the ``Message-ID``, and with it every try has the same one.
    """
    lines = [
        f"{name}: {value}" for name, value in _headers(message, delivery_id, sender, recipient)
    ]
    head = "\r\n".join(lines) + "\r\n"
    return head.encode("utf-8") + _body(message, delivery_id)


def _headers(
    message: Message, delivery_id: str, sender: Mailbox, recipient: Mailbox | None
) -> Iterator[tuple[str, str]]:
    digest, domain = slug(message.digest), sender.domain.strip("[]").replace(":", ".")
    yield "From", _shown(sender)
    if recipient:
        yield "To", _shown(recipient)
    yield "Subject", _unstructured(message.subject, "Subject")
    yield "Date", format_datetime(message.composed_at)
    yield "Message-ID", f"<{delivery_id}.{digest}@{domain}>"
    yield from _thread(message, digest, domain)
    yield (
        "List-Id",
        f"{_phrase(f'{flat(message.digest)} digest')}\r\n <{digest}.wirewatch.{domain}>",
    )
    if recipient:
        mailto = f"{quote(sender.local)}@{sender.domain}"
        yield "List-Unsubscribe", f"<mailto:{mailto}?subject=unsubscribe%20{digest}>"
    yield "Auto-Submitted", "auto-generated"
    # Exchange answers by itself unless told so in its own words; bounces are still wanted.
    yield "X-Auto-Response-Suppress", "OOF, AutoReply"


def _thread(message: Message, digest: str, domain: str) -> Iterator[tuple[str, str]]:
    """What puts updates of a story under its first telling, where a mail holds one story.

    Every mail about that story alone refers to one root that is made from the story's id and is
    itself never sent: mail programs gather what shares a root (RFC 5256), and nothing needs to
    be remembered.
    """
    story = _only_story(message)
    if not story:
        return
    root = f"<story.{slug(str(story.get('id')))}.{digest}@{domain}>"
    if story.get("update"):
        yield "In-Reply-To", root
    yield "References", root


def _only_story(message: Message) -> dict[str, object] | None:
    """The story as the webhook tells it, where the message holds that one and no other."""
    try:
        match json.loads(message.json):
            case {"stories": [{"id": _} as story], "more": []}:
                return dict(story)
    except ValueError:
        pass
    return None


def _body(message: Message, delivery_id: str) -> bytes:
    """The MIME part of the head, an empty line, and both forms of the digest."""
    mail = EmailMessage(policy=BODY_POLICY)
    mail.set_content(sound(message.text), cte=_encoding(message.text))
    mail.add_alternative(sound(message.html), subtype="html", cte=_encoding(message.html))
    # A boundary of our own keeps the bytes the same for the same message. "=_" occurs in neither
    # quoted-printable nor base64 (RFC 2045, section 6.7).
    mail.set_boundary(f"=_{slug(delivery_id)}")
    return mail.as_bytes()


def _encoding(text: str) -> str:
    """Quoted-printable where most is ASCII and people may read the source, else base64."""
    encoded = len(text.encode("utf-8", "replace"))
    return "quoted-printable" if encoded < 1.2 * len(text) + 1 else "base64"


# --- words in headers -----------------------------------------------------------------------------


def flat(text: str) -> str:
    """``text`` on one line: control characters and runs of white space become one space."""
    return " ".join("".join(c if c.isprintable() else " " for c in sound(text)).split())


def sound(text: str) -> str:
    """``text`` without the halves of characters that no encoding can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def slug(name: str) -> str:
    """``name`` in letters, digits, ``-`` and ``_`` of ASCII: for file names and ids.

    A name that loses something gets six digits of its hash, so that two names never share one.
    """
    if re.fullmatch(r"(?=.*[A-Za-z0-9])[A-Za-z0-9_-]{1,60}", name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    kept = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{kept}-{mark}" if kept else mark


@cache
def _utf8() -> Charset:
    """UTF-8 by whichever encoding is shorter, whatever other libraries make of it for themselves.

    The registry of the standard library is one for the whole process, and Apprise changes it.
    """
    charset = Charset("utf-8")
    charset.header_encoding = SHORTEST
    return charset


def _shown(mailbox: Mailbox) -> str:
    """A mailbox as a header shows it: ``Name <local@domain>``."""
    if not mailbox.name:
        return mailbox.address
    return f"{_phrase(mailbox.name)} <{mailbox.address}>"


def _phrase(text: str) -> str:
    """A name before an address (RFC 5322 ``phrase``): quoted, or encoded where it must be."""
    if not _is_plain(text) or len(text) > LINE:
        return _encoded(text, "")
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _unstructured(text: str, header: str) -> str:
    """The text of a header like ``Subject``: folded at spaces, or encoded where it must be."""
    text = flat(text)
    if not _is_plain(text):
        return _encoded(text, header)
    lines = textwrap.wrap(
        text,
        LINE,
        initial_indent=" " * (len(header) + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
    too_long = any(len(line) > LONGEST_LINE for line in lines)
    return _encoded(text, header) if too_long else "\r\n ".join(lines).lstrip()


def _is_plain(text: str) -> bool:
    """Whether it can stand as it is; what looks like an encoded word would be decoded."""
    return text.isascii() and "=?" not in text


def _encoded(text: str, header: str) -> str:
    """``text`` in encoded words (RFC 2047), each on its own line."""
    encoded = Header(text, _utf8(), maxlinelen=LINE, header_name=header or "X" * 16)
    return encoded.encode(linesep="\r\n")
