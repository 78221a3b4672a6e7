"""The whole line, as the command runs it, with real servers on both ends."""

from __future__ import annotations

import json
from pathlib import Path

import feedparser  # type: ignore[import-untyped]
import pytest
from standardwebhooks import Webhook

from tests.journey.world import HANDOVER, LEAVING, RAIN, ROOT, RULE, SECRET, World, rss, world


def seeds() -> dict[str, bytes]:
    return {
        "/world.rss": (ROOT / "seeds" / "world-en.rss").read_bytes(),
        "/mondo.atom": (ROOT / "seeds" / "mondo-it.atom").read_bytes(),
    }


def use_project_rules(place: World) -> None:
    for path in (ROOT / "rules").rglob("*.toml"):
        place.write(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))


async def test_a_story_in_two_languages_reaches_two_people_and_a_webhook_once(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as place:
        place.pages.update(seeds())
        use_project_rules(place)
        place.config({"World desk": "/world.rss", "Mondo": "/mondo.atom"})
        first = await place.command("run", "--once")
        assert first.code == 0, first.err
        mails, posts = place.mails(), list(place.posts)
        second = await place.command("run", "--once")
        assert second.code == 0, second.err
        assert len(place.mails()) == 2
        assert len(place.posts) == 1

    assert {mail["To"] for mail in mails} == {"desk@example.org", "night@example.org"}
    for mail in mails:
        for header in ("Message-ID", "List-Id", "List-Unsubscribe", "Date", "Subject", "From"):
            assert mail[header], header
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail.get_content_type() == "multipart/alternative"
    assert mails[0]["Message-ID"] != mails[1]["Message-ID"]

    (post,) = posts
    Webhook(SECRET).verify(post.body, {k.lower(): v for k, v in post.headers.items()})
    (story,) = json.loads(post.body)["stories"]
    assert [article["feed"] for article in story["articles"]] == ["World desk", "Mondo"]
    assert (story["languages"], story["sources"], story["update"]) == (["en", "it"], 2, False)
    assert story["title"] == story["articles"][0]["title"]
    assert story["tags"] == ["sahel"]
    assert len(story["notes"]) == 2
    matched: dict[str, list[str]] = {}
    for article in story["articles"]:
        for found in article["matches"]:
            matched.setdefault(found["rule"], []).append(article["language"])
    assert {rule: sorted(languages) for rule, languages in matched.items()} == {
        "Niger troop withdrawal": ["en", "it"],
        "Agadez base": ["it"],
    }


async def test_the_second_language_comes_as_an_update_in_the_thread_of_the_first(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as place:
        place.pages.update(seeds())
        use_project_rules(place)
        rules = place.folder / "rules" / "niger.toml"
        rules.write_text(
            rules.read_text(encoding="utf-8").replace("[[rule]]\n", '[[rule]]\ncooldown = "0s"\n')
        )
        place.config({"World desk": "/world.rss"})
        assert (await place.command("run", "--once")).code == 0
        place.config({"World desk": "/world.rss", "Mondo": "/mondo.atom"})
        assert (await place.command("run", "--once")).code == 0
        mails, posts = place.mails(), list(place.posts)
        shown = await place.command("trace", posts[1].json["stories"][0]["articles"][0]["url"])
    ((first,), (second,)) = (post.json["stories"] for post in posts)
    assert (first["update"], second["update"]) == (False, True)
    assert first["id"] == second["id"]
    assert [[each["language"] for each in story["articles"]] for story in (first, second)] == [
        ["en"],
        ["it"],
    ]
    root = mails[0]["References"]
    assert all(mail["References"] == root for mail in mails)
    assert sorted(str(mail["In-Reply-To"]) for mail in mails) == sorted(["None"] * 2 + [root] * 2)
    (update, _) = (mail for mail in mails if mail["In-Reply-To"])
    for part in update.iter_parts():
        assert "Update" in part.get_content()
        assert "First told" in part.get_content()
        assert "Washington prepares" not in part.get_content()
    assert "(as an update)" in shown.out


def test_the_seeds_hold_two_articles_to_find_among_many() -> None:
    for name, kind in (("world-en.rss", "rss20"), ("mondo-it.atom", "atom10")):
        with (ROOT / "seeds" / name).open("rb") as stream:
            parsed = feedparser.parse(stream)
        assert parsed.version == kind
        assert not parsed.bozo
        assert len(parsed.entries) >= 6


async def test_a_webhook_that_is_down_for_a_moment_gets_its_post_later(tmp_path: Path) -> None:
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(LEAVING)
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        place.config({"World desk": "/world.rss"})
        place.hook_answers = [503]
        first = await place.command("run", "--once")
        assert first.code == 1
        assert "503" in first.err
        listed = await place.command("deliveries", "list")
        assert "503" in listed.out
        assert (await place.command("deliveries", "retry", "--all")).code == 0
        second = await place.command("run", "--once")
        assert second.code == 0, second.err
    first_try, second_try = place.posts
    assert first_try.headers["webhook-id"] == second_try.headers["webhook-id"]
    assert first_try.body == second_try.body
    assert len(place.mails()) == 2


async def test_a_dead_mail_server_loses_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(LEAVING)
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        alive, place.mail_port = place.mail_port, 1
        place.config({"World desk": "/world.rss"})
        assert (await place.command("run", "--once")).code == 1
        assert len(place.posts) == 1
        place.mail_port = alive
        place.config({"World desk": "/world.rss"})
        assert (await place.command("deliveries", "retry", "--all")).code == 0
        assert (await place.command("run", "--once")).code == 0
        assert len(place.mails()) == 2
        assert len(place.posts) == 1


async def test_bad_feeds_beside_a_good_one_cost_their_own_poll_alone(tmp_path: Path) -> None:
    from aiohttp import web

    async def hang(request: web.Request) -> web.StreamResponse:
        import asyncio

        await asyncio.sleep(3600)
        return web.Response()

    async def huge(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(100):
            await answer.write(b"<item>" + b"x" * 1_000_000)
        return answer

    async def page(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html><title>Sign in</title></html>", content_type="text/html")

    async with world(tmp_path) as place:
        place.pages.update({"/good": rss(LEAVING, RAIN), "/hang": hang, "/huge": huge})
        place.pages["/page"] = page
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        feeds = {name: f"/{name}" for name in ("good", "hang", "huge", "page", "gone")}
        place.config(feeds, hanging=["hang"])
        ended = await place.command("run", "--once")
        assert ended.code == 0, ended.err
        (post,) = place.posts
        listed = await place.command("feeds", "list", "--json")
    document = json.loads(post.body)
    assert [story["title"] for story in document["stories"]] == ["Troops leave Niger"]
    troubles = {problem["name"]: problem["message"] for problem in document["problems"]}
    assert set(troubles) == {"hang", "huge", "page", "gone"}
    assert "10 MB" in troubles["huge"]
    assert "Sign in" in troubles["page"]
    assert "404" in troubles["gone"]
    states = {feed["name"]: feed["state"] for feed in json.loads(listed.out)}
    assert states["good"] == "good"
    assert states["hang"] == "failing"


@pytest.mark.parametrize("broken", [False, True])
async def test_a_faulty_rule_file_is_told_and_the_others_work(tmp_path: Path, broken: bool) -> None:
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(LEAVING, HANDOVER)
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        if broken:
            place.write("rules/b.toml", RULE.format(name="Base", match="base AND AND Agadez"))
        place.config({"World desk": "/world.rss"})
        ended = await place.command("run", "--once")
    assert ended.code == (1 if broken else 0)
    assert ("b.toml:4" in ended.err) == broken
    assert len(json.loads(place.posts[0].body)["stories"]) == 1
