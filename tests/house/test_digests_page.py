"""docs/digests.md: its samples are what is sent, its code checks our signatures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.config import load
from monitor.config.templates import NAMES
from monitor.delivery import retry
from monitor.delivery.channels.letter import Mailbox, letter
from monitor.delivery.channels.webhook import (
    OF_THE_CHANNEL,
    TEMPORARY,
    signed_headers,
    signing_key,
)
from monitor.delivery.chat import discord, mattermost, ntfy, slack, teams
from monitor.delivery.chat.services import SERVICES
from monitor.delivery.chat.telling import read
from monitor.digests import health_message, problem_view, tidings, view
from monitor.digests.periods import GATHER_SECONDS
from monitor.digests.problem_view import ProblemView
from monitor.digests.render import Renderer
from monitor.digests.sandbox import own_sandbox
from monitor.digests.tidings import Tidings
from monitor.errors import FaultyInput
from monitor.leasing import LEASE_SECONDS
from monitor.model import Digest, Message, Priority, ProblemKind
from monitor.store.problems import FAILURES_TOLD
from tests import make
from tests.delivery import test_webhook
from tests.delivery.test_webhook import Hook, status
from tests.digests import samples
from tests.house.pages import blocks, code_in, headed, prose, text_of

PAGE = "docs/digests.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def shown() -> Digest:
    """The digest that the page shows: one story, one problem."""
    article = make.article(
        "Strained talks lead to a planned U.S. troop withdrawal from Niger",
        id="018f94c3a000c0ffee000002",
        url="https://news.example.org/world/niger-withdrawal",
        text="Washington is preparing to pull its soldiers out after months of quarrel.",
    )
    match = samples.match(
        article,
        "a planned [U.S. troop] [withdrawal] from [Niger] after months",
        priority=Priority.HIGH,
        tags=("sahel",),
        note="Call the Niamey stringer.",
    )
    return make.digest(
        make.story(make.told(article, match), id="018f94c3a000c0ffee000001"),
        id="018f94c3a1b2c0ffee123456",
        problems=(make.problem("answers 503 Service Unavailable", name="Sahel wire"),),
        feeds_read=41,
        feeds_total=42,
        articles_seen=1893,
    )


def message() -> Message:
    (only,) = Renderer().render(shown(), samples.options()).messages
    return only


def test_the_text_on_the_page_is_the_text_that_is_sent() -> None:
    block = next(block for block in blocks(PAGE, "text") if not block.mark)
    assert message().text.strip() == block.text.strip()


def test_the_message_on_health_on_the_page_is_what_is_sent() -> None:
    (block,) = (block for block in blocks(PAGE, "text") if block.mark == "health")
    fault = "rules/coups.toml:14: expected a word after NEAR"
    file = make.problem(
        fault, kind=ProblemKind.RULES, name="rules/coups.toml", since=make.moment(-1)
    )
    over = make.problem("answers 503 Service Unavailable", name="Sahel wire")
    sent = health_message.render(
        Tidings(begun=(file,), over=(over,)), [file], Renderer(), samples.ROME, make.NOW
    )
    assert sent.text.replace(sent.id, shown().id).strip() == block.text.strip()
    told = [problem["message"] for problem in json.loads(sent.json)["problems"]]
    assert told == [fault, "over: answers 503 Service Unavailable"]
    assert f"What begins and ends within {tidings.GATHER.seconds} seconds" in prose(PAGE)
    assert f"block tells {problem_view.PROBLEMS_SHOWN} problems" in prose(PAGE)


def test_the_body_on_the_page_is_the_body_that_is_sent() -> None:
    (block,) = blocks(PAGE, "json")
    assert json.loads(message().json) == json.loads(block.text)


def test_every_field_of_the_body_is_told() -> None:
    body = json.loads(message().json)
    story = body["stories"][0]
    for told, real in zip(headed(PAGE, "field", "what it is"), (body, story), strict=False):
        assert {key for row in told.rows for key in code_in(row[0])} == set(real)
    (article,) = headed(PAGE, "field", "what it is")[2:]
    assert {key for row in article.rows for key in code_in(row[0])} == set(story["articles"][0])
    for kind in ProblemKind:
        assert f"`{kind}`" in text_of(PAGE)


def test_every_header_of_a_mail_is_told() -> None:
    update = samples.update()
    (rendered,) = Renderer().render(make.digest(update), samples.options()).messages
    box = Mailbox("", "desk", "example.org")
    sent = message_from_bytes(letter(rendered, delivery_id="d", sender=box, recipient=box))
    told = {name for row in headed(PAGE, "header", "holds")[0].rows for name in code_in(row[0])}
    assert told == set(sent.keys()) - {"MIME-Version", "Content-Type"}


def test_every_header_of_a_webhook_is_told() -> None:
    sent = signed_headers("d", b"{}", datetime.now(UTC), [b"key"])
    told = {code_in(row[0])[0] for row in headed(PAGE, "header", "holds")[1].rows}
    assert told == set(sent)


def python_check() -> Callable[[str, dict[str, str], bytes], bool]:
    names: dict[str, Any] = {}
    (block,) = blocks(PAGE, "python")
    exec(block.text, names)
    check: Callable[[str, dict[str, str], bytes], bool] = names["is_genuine"]
    return check


def javascript_check(secret: str, headers: dict[str, str], body: bytes) -> bool:
    (block,) = blocks(PAGE, "javascript")
    asked = f"{json.dumps(secret)}, {json.dumps(headers)}, Buffer.from({json.dumps(body.decode())})"
    program = f"{block.text}\nconsole.log(isGenuine({asked}));"
    told = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    return told.stdout.strip() == "true"


def judge(check: Callable[[str, dict[str, str], bytes], bool]) -> None:
    """What a check of signatures must tell apart."""
    now, body = datetime.now(UTC), '{"subject":"Äther"}'.encode()
    keys = [b"another key", signing_key(SECRET)]
    headers = signed_headers("delivery-1", body, now, keys)
    assert check(SECRET, headers, body)
    assert not check(SECRET, headers, body + b" ")
    assert not check("whsec_AAAA", headers, body)
    assert not check(SECRET, {**headers, "webhook-id": "delivery-2"}, body)
    old = signed_headers("delivery-1", body, now - timedelta(minutes=10), keys)
    assert not check(SECRET, old, body)


def test_the_python_on_the_page_checks_our_signatures() -> None:
    judge(python_check())


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_javascript_on_the_page_checks_our_signatures() -> None:
    judge(javascript_check)


def test_a_secret_without_its_beginning_is_a_fault_as_the_page_says(tmp_path: Path) -> None:
    assert "A secret without `whsec_` is a fault" in prose(PAGE)
    hook = '[channel.ops]\ntype = "webhook"\nurl = "https://example.org/hook"\nsecret = "{}"\n'
    file = tmp_path / "config.toml"
    file.write_text(hook.format("plain-words"))
    with pytest.raises(FaultyInput, match="whsec_"):
        load(file, {})
    file.write_text(hook.format(SECRET))
    assert load(file, {}).channels


def test_the_chat_message_on_the_page_is_the_one_that_is_posted() -> None:
    (sample,) = (block.text for block in blocks(PAGE, "markdown"))
    told = read(message().json, message().subject, "Europe/Rome")
    (posted,) = SERVICES["mattermost"].parts(told)
    assert sample.rstrip("\n") == json.loads(posted)["text"]


def test_what_a_chat_holds_and_how_often_it_is_posted_to_is_told() -> None:
    rows = {
        row[0].lower(): row for row in headed(PAGE, "service", "a post holds", "goes out")[0].rows
    }
    assert set(rows) == set(SERVICES)
    limits = {
        "slack": (slack.BLOCKS, slack.SECTION, slack.WHOLE),
        "discord": (discord.EMBEDS, discord.WHOLE),
        "teams": (teams.WHOLE,),
        "mattermost": (mattermost.POST,),
        "ntfy": (ntfy.MESSAGE,),
    }
    for service, (_, holds, often) in rows.items():
        pace = SERVICES[service].pace
        rate = "one a second" if pace.seconds == 1 else f"one every {pace.seconds:g} seconds"
        burst = f"{pace.burst} at once, then " if pace.burst > 1 else ""
        assert often == f"{burst}{rate}"
        numbers = re.findall(r"\d+", holds.replace(",", ""))
        assert tuple(map(int, numbers)) == limits[service]


def test_what_follows_an_answer_is_told() -> None:
    rows = {row[0]: row[1] for row in headed(PAGE, "what comes back", "what follows")[0].rows}
    (again,) = (told for told, follows in rows.items() if follows.startswith("tried again after"))
    numbers = set(map(int, re.findall(r"\d{3}", again.partition(";")[0])))
    assert numbers == TEMPORARY | {500, 599}
    (rests,) = (told for told, follows in rows.items() if "the channel is at fault" in follows)
    assert set(map(int, re.findall(r"\d{3}", rests))) == OF_THE_CHANNEL


async def test_every_status_of_a_webhook_on_the_page_has_the_sequel_that_is_told() -> None:
    kinds = {"failed": "final", "rests": "channel", "again": "temporary"}
    (told,) = headed(PAGE, "the other side", "*again*, *unknown*, *rests* or *failed*")
    tried = []
    async with httpx.AsyncClient() as http:
        for says, follows in told.rows:
            expected = kinds.get(re.split(r"\W", follows)[0])
            for code in re.findall(r"\b\d{3}\b", says) if says.startswith("webhook") else ():
                tried.append(code)
                async with test_webhook.hook_url(Hook(status(f"{code} Words"))) as url:
                    if expected is None:
                        assert follows == "received"
                        assert (await test_webhook.sent(http, url)).startswith(code)
                    else:
                        error = await test_webhook.refused(http, url)
                        assert test_webhook.kind(error) == expected, code
    assert len(tried) > 30


def test_the_lengths_of_time_on_the_pages_are_those_of_the_program() -> None:
    page = " ".join(text_of(PAGE).split())
    assert timedelta(seconds=1) == retry.FIRST_WAIT
    assert timedelta(minutes=1) == retry.FIRST_REST
    assert timedelta(hours=1) == retry.LONGEST_WAIT
    assert timedelta(days=1) == retry.LONGEST_ASKED
    assert timedelta(hours=72) == retry.TRIED_FOR
    for told in ("after 1 s, 2 s, 4 s … 1 h", "for 1 min, 2 min … 1 h", "up to a day", "72 hours"):
        assert told in page
    assert f"it gathers for {GATHER_SECONDS:g} seconds" in page
    assert FAILURES_TOLD == 3
    assert "three failed polls in a row" in page
    assert f"*leases* of {LEASE_SECONDS:g} seconds" in " ".join(text_of("docs/running.md").split())


def test_the_template_on_the_page_works(tmp_path: Path) -> None:
    (block,) = blocks(PAGE, "jinja")
    (tmp_path / "morning.txt").write_text(block.text, encoding="utf-8")
    options = samples.options(template=tmp_path / "morning")
    rendered = Renderer().render(samples.morning(), options)
    assert rendered.complaints == ()
    text = rendered.messages[0].text
    assert "1. Strained talks lead to" in text
    assert "**U.S. troop** **withdrawal**" in text
    assert "- Port workers end their strike in Marseille https://example.org/" in text
    empty = Renderer().render(make.digest(), options)
    assert empty.complaints == ()
    assert "Nothing new." in empty.messages[0].text


def test_every_name_that_a_template_knows_is_told() -> None:
    (names,) = headed(PAGE, "name", "what it is")
    assert {code_in(row[0])[0] for row in names.rows} == {*NAMES, "subject"}
    (told,) = headed(PAGE, "of", "names")
    kinds = (view.StoryView, view.ArticleView, view.MatchView, view.HeadlineView, ProblemView)
    for row, kind in zip(told.rows, kinds, strict=True):
        known = {field.name for field in fields(kind)}
        assert known <= set(code_in(row[1])), row[0]
    by_name = {code_in(row[0])[0]: set(code_in(row[1])) for row in names.rows}
    assert by_name["digest"] == {field.name for field in fields(view.DigestView)}
    assert by_name["counts"] == {field.name for field in fields(view.Counts)}


def test_every_filter_of_ours_is_told() -> None:
    from jinja2.defaults import DEFAULT_FILTERS

    (told,) = headed(PAGE, "filter", "gives")
    ours = set(own_sandbox().filters) - set(DEFAULT_FILTERS)
    assert {code_in(row[0])[0].partition("(")[0] for row in told.rows} == ours
