"""The daemon as people live with it: rules edited, configs changed, signals, sudden death."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

from tests.journey.world import AT_ONCE, HANDOVER, LEAVING, RAIN, World, ended, rss, until, world

POLLED_OFTEN = 'schedule = "immediately"'


def poll_often(place: World) -> None:
    path = place.folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    often = '[poll]\nevery = "1s"\nmin_every = "1s"\nmax_every = "1s"\n'
    place.write("config.toml", text.replace("[poll]\n", often))


async def test_rules_are_edited_while_it_runs(tmp_path: Path) -> None:
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(RAIN)
        place.write("rules/a.toml", AT_ONCE.format(name="Snow", match="snow"))
        place.config({"World desk": "/world.rss"})
        poll_often(place)
        async with place.daemon() as process:
            await until(lambda: "rules in force" in place.log())

            # A rule that is added catches what arrives from then on.
            place.write("rules/b.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/5 Niger"))
            await until(lambda: place.log().count("rules read again") == 1)
            place.pages["/world.rss"] = rss(RAIN, LEAVING)
            await until(lambda: place.told() == ["Troops leave Niger"])

            # A rule that is broken stays in force as it was, and everybody is told.
            place.write("rules/b.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/5 ("))
            await until(lambda: place.log().count("rules read again") == 2)
            again = ("again", "Niger: more troops leave", "The army of Niger said on Friday that …")
            place.pages["/world.rss"] = rss(RAIN, LEAVING, again)
            await until(lambda: "Niger: more troops leave" in place.told())
            status = await place.command("status")
            assert "b.toml" in status.out
            assert len(json.loads(place.posts[-1].body)["problems"]) == 1

            # A rule that is changed matches by its new words.
            place.write("rules/b.toml", AT_ONCE.format(name="Leaving", match="Agadez base"))
            await until(lambda: place.log().count("rules read again") == 3)
            place.pages["/world.rss"] = rss(RAIN, LEAVING, again, HANDOVER)
            await until(lambda: "Agadez base handed over" in place.told())
            await until(lambda: len(place.mails()) == 6)

            process.send_signal(signal.SIGTERM)
            assert await ended(process) == 0
        assert len(place.told()) == 3
        assert len(place.mails()) == 6


async def test_a_rule_for_a_new_language_works_without_a_restart(tmp_path: Path) -> None:
    partenza = (
        "partenza",
        "Agadez, consegnata la base",
        "Gli ultimi soldati americani hanno lasciato lunedì la base di Agadez, dice l'esercito.",
    )
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(RAIN, language="")
        place.write("rules/a.toml", AT_ONCE.format(name="Snow", match="snow"))
        place.config({"World desk": "/world.rss"})
        poll_often(place)
        async with place.daemon():
            await until(lambda: "rules in force" in place.log())
            place.write("rules/b.toml", AT_ONCE.format(name="Base", match="lang:it AND Agadez"))
            await until(lambda: "rules read again" in place.log())
            place.pages["/world.rss"] = rss(RAIN, partenza, language="")
            await until(lambda: place.told() == ["Agadez, consegnata la base"])


async def test_the_last_good_version_of_a_rule_outlives_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(RAIN)
        place.write("rules/a.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/5 Niger"))
        place.config({"World desk": "/world.rss"})
        assert (await place.command("run", "--once")).code == 0
        place.write("rules/a.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/"))
        place.pages["/world.rss"] = rss(RAIN, LEAVING)
        run = await place.command("run", "--once")
        assert run.code == 1
        assert "a.toml:4" in run.err
        assert place.told() == ["Troops leave Niger"]


async def test_a_changed_config_is_taken_up_and_a_faulty_one_is_not(tmp_path: Path) -> None:
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(RAIN)
        place.pages["/other.rss"] = rss(LEAVING)
        place.write("rules/a.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/5 Niger"))
        place.config({"World desk": "/world.rss"})
        async with place.daemon() as process:
            await until(lambda: "rules in force" in place.log())
            good = (place.folder / "config.toml").read_text(encoding="utf-8")
            place.write("config.toml", good.replace("[channel.ops]", "[chanel.ops]"))
            process.send_signal(signal.SIGHUP)
            await until(lambda: "the last good one stays" in place.log())
            status = await place.command("status")
            assert status.code == 2
            assert 'did you mean "channel"' in status.err
            place.config({"World desk": "/world.rss", "Other desk": "/other.rss"})
            process.send_signal(signal.SIGHUP)
            await until(lambda: place.told() == ["Troops leave Niger"])
            config = (place.folder / "config.toml").read_text(encoding="utf-8")
            place.write("config.toml", config.replace("wirewatch.db", "rules/a.toml"))
            await until(lambda: place.log().count("the last good one stays") == 2)
            place.write("config.toml", config.replace("wirewatch.db", "other.db"))
            await until(lambda: len(place.told()) == 2)  # all is new to another database
            process.send_signal(signal.SIGINT)
            assert await ended(process) == 0


async def test_sigterm_ends_it_while_a_feed_hangs_for_an_hour(tmp_path: Path) -> None:
    from aiohttp import web

    asked = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        asked.set()
        await asyncio.sleep(3600)
        return web.Response()

    async with world(tmp_path) as place:
        place.pages["/hang"] = hang
        place.write("rules/a.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/5 Niger"))
        config = place.config({"Hang": "/hang"})
        config.write_text(config.read_text().replace('timeout = "60s"', 'timeout = "1h"'))
        async with place.daemon() as process:
            await until(asked.is_set)
            process.send_signal(signal.SIGTERM)
            assert await ended(process) == 0
        assert "Traceback" not in place.log()
        assert "cut short" in place.log()
        listed = json.loads((await place.command("feeds", "list", "--json")).out)
        assert listed[0]["failures"] == 0  # it was let go, not blamed


async def test_sudden_death_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Killed again and again while articles arrive and the webhook refuses every third post."""
    async with world(tmp_path) as place:
        place.write("rules/a.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/5 Niger"))
        place.pages["/world.rss"] = rss(RAIN)
        place.config({"World desk": "/world.rss"})
        poll_often(place)
        items: list[tuple[str, str, str]] = []
        for round_ in range(4):
            async with place.daemon() as process:
                await until(lambda: place.log().count("rules in force") * 3 > len(items))
                for turn in range(3):
                    number = round_ * 3 + turn
                    text = f"The troops of company {number} left Niger on Monday, the army said."
                    items.append((f"n{number}", f"Company {number}: troops leave Niger", text))
                    place.pages["/world.rss"] = rss(*items)
                    place.hook_answers = [503]
                    await asyncio.sleep(1.3)
                process.send_signal(signal.SIGKILL)
                await process.wait()
        expected = {title for _, title, _ in items}

        # A post that was taken over from a dead process comes again under the same id.
        def by_id() -> dict[str, list[str]]:
            return {post.headers["webhook-id"]: post.titles for post in place.posts}

        async with place.daemon():
            await until(
                lambda: {t for titles in by_id().values() for t in titles} == expected, seconds=120
            )
        everything = [title for titles in by_id().values() for title in titles]
        assert sorted(everything) == sorted(expected)
