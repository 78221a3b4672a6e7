"""The bytes of a mail, read back as a mail program reads them."""

from __future__ import annotations

import email
import email.charset
import json
from datetime import timedelta, timezone
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.delivery.channels.letter import Mailbox, flat, letter, parse_mailbox, slug
from monitor.model import Message
from tests import make

SENDER = Mailbox("Wirewatch", "wirewatch", "example.org")
DESK = Mailbox("", "desk", "example.org")


def written(recipient: Mailbox | None = DESK, sender: Mailbox = SENDER, **fields: Any) -> bytes:
    return letter(
        make.message(**fields), delivery_id="018f9ab2", sender=sender, recipient=recipient
    )


def read(mail: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(mail, policy=default))


def part(mail: bytes, subtype: str) -> str:
    body = read(mail).get_body((subtype,))
    assert body is not None
    return str(body.get_content())


def payload(*stories: dict[str, object], more: tuple[object, ...] = ()) -> bytes:
    return json.dumps({"stories": stories, "more": more}).encode()


def test_every_header_of_the_page_is_there_once() -> None:
    berlin = timezone(timedelta(hours=2))
    mail = read(written(subject="3 stories on your watch", composed_at=make.NOW.astimezone(berlin)))
    assert mail["From"] == "Wirewatch <wirewatch@example.org>"
    assert mail["To"] == "desk@example.org"
    assert mail["Subject"] == "3 stories on your watch"
    assert mail["Date"] == "Mon, 20 May 2024 07:00:00 +0200"
    assert mail["Message-ID"] == "<018f9ab2.morning@example.org>"
    assert mail["List-Id"] == '"morning digest" <morning.wirewatch.example.org>'
    assert (
        mail["List-Unsubscribe"] == "<mailto:wirewatch@example.org?subject=unsubscribe%20morning>"
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["MIME-Version"] == "1.0"
    names = [name.lower() for name in mail.keys()]  # noqa: SIM118 -- keys() repeats, unlike iteration
    assert len(names) == len(set(names))


def test_text_comes_first_and_html_second() -> None:
    mail = read(written(text="Plain words\n", html="<p>Rich words</p>\n"))
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [p.get_content_charset() for p in mail.iter_parts()] == ["utf-8", "utf-8"]


def test_the_same_message_and_delivery_give_the_same_bytes() -> None:
    message = make.message()
    first = letter(message, delivery_id="a1", sender=SENDER, recipient=DESK)
    assert letter(message, delivery_id="a1", sender=SENDER, recipient=DESK) == first


def test_a_subject_with_line_breaks_stays_one_header() -> None:
    mail = read(written(subject="Coup?\r\nBcc: all@example.org\n\nHello\x00\x1b[31m"))
    assert mail["Subject"] == "Coup? Bcc: all@example.org Hello [31m"
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "Niger: 米軍が撤退を開始 – «premiers départs»",
        "=?utf-8?q?looks_encoded?=",
        "long " * 80 + "end",
        "x" * 2000,
        "Слова " * 60 + "конец",
        "",
    ],
)
def test_any_subject_arrives_as_it_was(subject: str) -> None:
    assert read(written(subject=subject))["Subject"] == subject


def test_a_digest_with_a_name_in_any_script_keeps_its_list_apart() -> None:
    ids = {
        read(written(digest=name))["List-Id"].rpartition("<")[2]
        for name in ("утро", "朝", "été", "ete")
    }
    assert len(ids) == 4
    assert all(each.isascii() for each in ids)
    assert read(written(digest="朝"))["List-Id"].startswith("朝 digest <")


def test_names_of_people_arrive_as_they_are_written() -> None:
    sender = parse_mailbox('"Wache, \\"Nord\\"" <wache@example.org>')
    recipient = parse_mailbox("Редакция <desk@example.org>")
    mail = read(written(sender=sender, recipient=recipient))
    assert mail["From"].addresses[0].display_name == 'Wache, "Nord"'
    assert mail["To"].addresses[0].display_name == "Редакция"
    assert mail["To"].addresses[0].addr_spec == "desk@example.org"


def test_other_libraries_do_not_change_how_names_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipient = parse_mailbox("Редакция <desk@example.org>")
    before = written(recipient=recipient)
    monkeypatch.setitem(email.charset.CHARSETS, "utf-8", (email.charset.QP,) * 2 + ("utf-8",))
    assert written(recipient=recipient) == before


def test_a_domain_in_another_script_is_written_as_servers_know_it() -> None:
    mail = written(recipient=parse_mailbox("desk@bücher.example"))
    assert mail.isascii()
    assert read(mail)["To"] == "desk@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text",
    ["", "desk", "desk@", "@example.org", "a b@example.org", "d@e.org\nBcc: x@y.org", "d@e,x@y"],
)
def test_what_is_no_address_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as name@example\.org"):
        parse_mailbox(text)


def test_a_single_story_and_its_updates_share_a_thread() -> None:
    first = read(written(json=payload({"id": "s-1", "update": False})))
    update = read(written(json=payload({"id": "s-1", "update": True})))
    assert first["References"] == update["References"] == update["In-Reply-To"]
    assert first["In-Reply-To"] is None
    other = read(written(json=payload({"id": "s-2", "update": False})))
    assert other["References"] != first["References"]


@pytest.mark.parametrize(
    "body",
    [
        payload({"id": "a"}, {"id": "b"}),
        payload({"id": "a"}, more=({"title": "b"},)),
        payload(),
        b"{}",
        b'{"stories":5,"more":[]}',
        b'{"stories":[7],"more":[]}',
        b"no json",
    ],
)
def test_a_digest_of_several_stories_threads_with_nothing(body: bytes) -> None:
    assert read(written(json=body))["References"] is None


def test_a_file_for_nobody_in_particular_names_no_recipient() -> None:
    mail = read(written(recipient=None))
    assert mail["To"] is None
    assert mail["List-Unsubscribe"] is None
    assert mail["Message-ID"]


words = st.text(max_size=300)


@given(subject=words, text=words, html=words, digest=words)
def test_whatever_is_told_any_server_can_carry_it_and_it_arrives_whole(
    subject: str, text: str, html: str, digest: str
) -> None:
    mail = written(subject=subject, text=text, html=html, digest=digest)
    assert mail.isascii()
    assert b"\n" not in mail.replace(b"\r\n", b"")
    assert b"\r" not in mail.replace(b"\r\n", b"")
    head, _, body = mail.partition(b"\r\n\r\n")
    assert all(len(line) < 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert read(mail)["Subject"] == flat(subject)
    assert _plain(part(mail, "plain")) == _plain(text)
    assert _plain(part(mail, "html")) == _plain(html)


def _plain(text: str) -> str:
    """Line ends as mail has them; an empty end does not count."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


@given(words)
@example("_")
def test_a_slug_is_safe_in_ids_and_file_names(name: str) -> None:
    made = slug(name)
    assert made
    assert made.isascii()
    assert made.replace("-", "").replace("_", "").isalnum()
    assert len(made) <= 60


@given(words, words)
def test_two_names_never_share_a_slug(one: str, other: str) -> None:
    if flat(one) == one and flat(other) == other and one != other:
        assert slug(one) != slug(other)


def test_a_message_with_half_characters_is_still_composed() -> None:
    message: Message = make.message(subject="\ud83d broken", text="\ud83d", html="\ud83d")
    mail = letter(message, delivery_id="a1", sender=SENDER, recipient=DESK)
    assert read(mail)["Subject"] == "? broken"
