"""Chats against a real server: what arrives in each, and what their answers mean."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from monitor.delivery.channels.webhook import WebhookChannel
from monitor.delivery.chat.services import SERVICES
from monitor.delivery.options import WebhookOptions
from monitor.errors import DeliveryError
from monitor.model import Message, Secret
from tests import make
from tests.delivery.servers import HOST, tcp_server
from tests.delivery.test_chat import LINKS, payload, story, words_of
from tests.delivery.test_webhook import Hook, kind, status

TOPIC = "desk"
RECEIVED = status("200 OK", body="ok")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@asynccontextmanager
async def chat(
    http: httpx.AsyncClient, service: str, hook: Hook, path: str = f"/hooks/T0p5ecret/{TOPIC}"
) -> AsyncIterator[WebhookChannel]:
    async with tcp_server(hook.talk) as port:
        url = Secret(f"http://{HOST}:{port}{path}")
        options = WebhookOptions(name="ops", url=url, format=service, zone="Europe/Rome")
        yield WebhookChannel(options, http, lambda: datetime.now(UTC))


def message(stories: int) -> Message:
    told = [story(f"T{n:03}T", "Troops leave Niger " * 9, LINKS[0]) for n in range(stories)]
    return make.message(subject="On your watch", json=payload(told))


@pytest.mark.parametrize("service", SERVICES)
async def test_each_part_is_a_post_of_its_own_under_an_id_of_its_own(
    http: httpx.AsyncClient, service: str
) -> None:
    hook = Hook(answer=RECEIVED)
    digest = message(60)
    async with chat(http, service, hook) as ops:
        deliveries = ops.pack(digest, make.NOW)
        for delivery in deliveries:
            assert await ops.send(delivery, digest) == "200 OK"
    assert len(deliveries) > 1
    assert [each.id for each in deliveries] == sorted(each.id for each in deliveries)
    numbers = [f"({n}/{len(deliveries)})" for n in range(1, len(deliveries) + 1)]
    assert [each.recipient.split()[1] for each in deliveries] == numbers
    assert [post.headers["webhook-id"] for post in hook.posts] == [each.id for each in deliveries]
    seen = [words_of(service, json.loads(post.body)) for post in hook.posts]
    for n in range(60):
        assert sum(f"T{n:03}T" in words for words in seen) == 1
    assert {post.headers["content-type"] for post in hook.posts} == {"application/json"}


@pytest.mark.parametrize("service", SERVICES)
async def test_an_update_says_when_it_was_first_told(http: httpx.AsyncClient, service: str) -> None:
    first = (("T000T", make.moment(-24 * 60)),)
    digest = replace(message(2), first_told=first)
    async with chat(http, service, Hook(answer=RECEIVED)) as ops:
        bodies = [json.loads(each.body) for each in ops.pack(digest, make.NOW)]
    seen = "".join(words_of(service, body) for body in bodies)
    assert seen.count("First told 19 May, 07:00") == 1


async def test_a_part_that_is_refused_is_tried_again_with_the_same_id_and_bytes(
    http: httpx.AsyncClient,
) -> None:
    hook = Hook(answer=status("500 Internal Server Error"))
    digest = message(1)
    async with chat(http, "ntfy", hook) as ops:
        (delivery,) = ops.pack(digest, make.NOW)
        with pytest.raises(DeliveryError):
            await ops.send(delivery, digest)
        hook.answer = RECEIVED
        await ops.send(delivery, digest)
    first, second = hook.posts
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery.id


async def test_ntfy_gets_the_topic_in_the_document_and_the_store_does_not(
    http: httpx.AsyncClient,
) -> None:
    hook = Hook(answer=RECEIVED)
    digest = message(1)
    async with chat(http, "ntfy", hook, f"/{TOPIC}?auth=x") as ops:
        (delivery,) = ops.pack(digest, make.NOW)
        await ops.send(delivery, digest)
    assert hook.posts[0].line.startswith("POST /?auth=x ")
    assert json.loads(hook.posts[0].body) == {"topic": TOPIC, **json.loads(delivery.body)}
    assert "topic" not in json.loads(delivery.body)


async def test_discord_is_asked_to_say_whether_the_message_is_there(
    http: httpx.AsyncClient,
) -> None:
    hook = Hook(answer=RECEIVED)
    digest = message(1)
    async with chat(http, "discord", hook, "/api/webhooks/1/x?thread_id=7&wait=false") as ops:
        (delivery,) = ops.pack(digest, make.NOW)
        await ops.send(delivery, digest)
    assert hook.posts[0].line.startswith("POST /api/webhooks/1/x?thread_id=7&wait=true ")


@pytest.mark.parametrize("path", ["", "/", "/a.b", "/" + "x" * 65])
def test_an_address_without_a_topic_is_refused_before_anything_is_sent(path: str) -> None:
    options = WebhookOptions(
        name="phone", url=Secret(f"https://ntfy.example.org{path}"), format="ntfy"
    )
    with pytest.raises(ValueError, match="no topic of ntfy; write https"):
        WebhookChannel(options, httpx.AsyncClient(), lambda: make.NOW)


TEAMS_SAYS = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP "
OFF = '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"trigger is not enabled."}}'
NO_HOOK = '{"id":"web.incoming_webhook.invalid.app_error","message":"Invalid webhook"}'
NO_TEXT = '{"id":"web.incoming_webhook.text.app_error","message":"No text specified."}'
LIMITED = '{"message": "You are being rate limited.", "retry_after": 0.85, "global": false}'


@pytest.mark.parametrize(
    ("service", "line", "headers", "body", "follows", "asked"),
    [
        ("slack", "429 Too Many Requests", ["Retry-After: 30"], "rate_limited", "slow down", 30),
        ("slack", "404 Not Found", [], "no_service", "channel", None),
        ("slack", "404 Not Found", [], "channel_not_found", "channel", None),
        ("slack", "410 Gone", [], "channel_is_archived", "channel", None),
        ("slack", "400 Bad Request", [], "no_team", "channel", None),
        ("slack", "400 Bad Request", [], "user_not_found", "channel", None),
        ("slack", "400 Bad Request", [], "invalid_blocks", "final", None),
        ("slack", "400 Bad Request", [], "msg_blocks_too_long", "final", None),
        ("slack", "500 Internal Server Error", [], "rollup_error", "temporary", None),
        ("discord", "429 Too Many Requests", [], LIMITED, "slow down", 0.85),
        ("discord", "429 Too Many Requests", ["Retry-After: 2"], LIMITED, "slow down", 2),
        ("discord", "429 Busy", ["X-RateLimit-Reset-After: 1.5"], "<html>", "slow down", 1.5),
        ("discord", "404 Not Found", [], '{"code": 10015}', "channel", None),
        ("discord", "401 Unauthorized", [], '{"code": 50027}', "channel", None),
        ("discord", "400 Bad Request", [], '{"code": 50035}', "final", None),
        ("discord", "503 Service Unavailable", [], "", "temporary", None),
        ("teams", "429 Too Many Requests", [], "", "slow down", None),
        ("teams", "200 OK", [], TEAMS_SAYS + "error 429 with ContextId x", "slow down", None),
        ("teams", "200 OK", [], TEAMS_SAYS + "error 413 with ContextId x", "final", None),
        ("teams", "200 OK", [], TEAMS_SAYS + "error 404 with ContextId x", "channel", None),
        ("teams", "200 OK", [], TEAMS_SAYS + "error 503 with ContextId x", "temporary", None),
        ("teams", "400 Bad Request", [], OFF, "channel", None),
        ("teams", "400 Bad Request", [], '{"error":{"code":"BadCard"}}', "final", None),
        ("mattermost", "400 Bad Request", [], NO_HOOK, "channel", None),
        ("mattermost", "400 Bad Request", [], NO_TEXT, "final", None),
        ("mattermost", "429 limit exceeded", ["Retry-After: 1"], "", "slow down", 1),
        ("ntfy", "429 Too Many Requests", [], '{"code":42901,"http":429}', "slow down", None),
        ("ntfy", "403 Forbidden", [], '{"code":40301,"http":403}', "channel", None),
        ("ntfy", "413 Request Entity Too Large", [], '{"code":41303}', "final", None),
        ("ntfy", "507 Insufficient Storage", [], '{"code":50701}', "temporary", None),
    ],
)
async def test_what_a_service_says_is_understood(
    http: httpx.AsyncClient,
    service: str,
    line: str,
    headers: list[str],
    body: str,
    follows: str,
    asked: float | None,
) -> None:
    hook = Hook(answer=status(line, *headers, body=body))
    digest = message(1)
    async with chat(http, service, hook) as ops:
        (delivery,) = ops.pack(digest, make.NOW)
        with pytest.raises(DeliveryError) as caught:
            await ops.send(delivery, digest)
    error = caught.value
    assert ("slow down" if error.slow_down else kind(error)) == follows
    assert error.temporary == (follows in {"slow down", "temporary"})
    assert error.retry_after == asked
    assert "T0p5ecret" not in error.answer


@pytest.mark.parametrize(
    ("service", "line", "body"),
    [
        ("slack", "200 OK", "ok"),
        ("discord", "204 No Content", ""),
        ("discord", "200 OK", '{"id": "1", "content": "T0p5ecret"}'),
        ("teams", "202 Accepted", ""),
        ("teams", "200 OK", "1"),
        ("mattermost", "200 OK", "ok"),
        ("ntfy", "200 OK", json.dumps({"id": "x", "topic": TOPIC})),
    ],
)
async def test_what_is_received_is_told_by_its_status_alone(
    http: httpx.AsyncClient, service: str, line: str, body: str
) -> None:
    digest: Any = message(1)
    async with chat(http, service, Hook(answer=status(line, body=body))) as ops:
        assert await ops.send(ops.pack(digest, make.NOW)[0], digest) == line
