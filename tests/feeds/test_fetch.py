from __future__ import annotations

import asyncio
import gzip
import os
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.options import PollOptions, Subscription
from monitor.model import Feed, Secret
from tests.feeds.server import (
    Site,
    ok,
    raw,
    redirect,
    running,
    silence,
    status,
    streamed,
)

FEED = b'<rss version="2.0"><channel><title>News</title></channel></rss>'
LIMIT = 100_000


def subscribed(url: str, **options: object) -> Subscription:
    settings: dict[str, object] = {"timeout": 5.0, "max_size": LIMIT, **options}
    return Subscription(Feed(url=url, name="News"), PollOptions(**settings))  # type: ignore[arg-type]


async def fetch(fetcher: Fetcher, url: str, **options: object) -> Fetched:
    return await fetcher.fetch(subscribed(url, **options), etag=None, last_modified=None)


async def refused(fetcher: Fetcher, url: str, **options: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetch(fetcher, url, **options)
    return caught.value


# --- what goes well ---------------------------------------------------------------------------


async def test_a_feed_is_read_with_its_validators(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = ok(
        FEED,
        content_type='Application/RSS+xml; Charset="ISO-8859-2"',
        etag='W/"7"',
        last_modified="Sat, 18 May 2024 10:00:00 GMT",
        cache_control="public, max-age=600",
        age="100",
    )
    got = await fetch(fetcher, site.url("/feed"))
    assert got == Fetched(
        unchanged=False,
        body=FEED,
        url=site.url("/feed"),
        etag='W/"7"',
        last_modified="Sat, 18 May 2024 10:00:00 GMT",
        charset="iso8859-2",
        content_type="application/rss+xml",
        max_age=500.0,
        moved_to=None,
    )


async def test_a_truthful_user_agent_and_readable_encodings_are_sent(
    site: Site, fetcher: Fetcher
) -> None:
    site.answers["/feed"] = ok(FEED)
    await fetch(fetcher, site.url("/feed"), user_agent="Wirewatch/9 (desk@example.org)")
    (request,) = site.requests
    assert request.headers["user-agent"] == "Wirewatch/9 (desk@example.org)"
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert "if-none-match" not in request.headers


async def test_validators_are_sent_and_304_is_no_fault(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = status(304, etag='"8"')
    got = await fetcher.fetch(
        subscribed(site.url("/feed")), etag='"7"', last_modified="Sat, 18 May 2024 10:00:00 GMT"
    )
    assert (got.unchanged, got.body, got.etag) == (True, b"", '"8"')
    assert site.requests[0].headers["if-none-match"] == '"7"'
    assert site.requests[0].headers["if-modified-since"] == "Sat, 18 May 2024 10:00:00 GMT"


async def test_a_validator_that_is_not_ascii_is_not_sent_back(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = ok(b"<rss/>", etag='"\xe9t\xe9"')
    first = await fetcher.fetch(subscribed(site.url("/feed")), etag=None, last_modified=None)
    again = await fetcher.fetch(
        subscribed(site.url("/feed")), etag=first.etag, last_modified=first.last_modified
    )
    assert (first.etag, again.body) == ('"été"', b"<rss/>")
    assert "if-none-match" not in site.requests[1].headers


async def test_a_request_names_its_host_and_has_no_body(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = ok(b"<rss/>")
    await fetcher.fetch(subscribed(site.url("/feed")), etag=None, last_modified=None)
    headers = site.requests[0].headers
    assert headers["host"] == f"127.0.0.1:{site.port}"
    assert not {"content-length", "transfer-encoding", "content-type"} & headers.keys()


async def test_304_without_a_question_is_a_fault(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = status(304)
    assert (await refused(fetcher, site.url("/feed"))).status == 304


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "raw deflate", "identity"])
async def test_compressed_answers_are_unpacked(site: Site, fetcher: Fetcher, encoding: str) -> None:
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "deflate": zlib.compress(FEED),
        "raw deflate": bare.compress(FEED) + bare.flush(),
        "identity": FEED,
    }.get(encoding, gzip.compress(FEED[:20]) + gzip.compress(FEED[20:]))
    site.answers["/feed"] = ok(packed, content_encoding=encoding.removeprefix("raw "))
    assert (await fetch(fetcher, site.url("/feed"))).body == FEED


async def test_a_file_that_was_zipped_beforehand_is_unpacked(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed.xml.gz"] = ok(gzip.compress(FEED))
    assert (await fetch(fetcher, site.url("/feed.xml.gz"))).body == FEED


async def test_no_cookie_is_sent_back(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = ok(FEED, set_cookie="id=1; Path=/")
    for _ in range(2):
        await fetch(fetcher, site.url("/feed"))
    assert all("cookie" not in request.headers for request in site.requests)


# --- slow, large and damaged answers ----------------------------------------------------------


async def test_a_server_that_never_answers_costs_its_time_and_no_more(
    site: Site, fetcher: Fetcher
) -> None:
    site.answers["/feed"] = silence
    started = time.monotonic()
    fault = await refused(fetcher, site.url("/feed"), timeout=0.3)
    assert str(fault) == "no answer within 0.3 s"
    assert fault.temporary
    assert not fault.line_down
    assert time.monotonic() - started < 3


async def test_a_drip_ends_at_the_total_deadline(site: Site, fetcher: Fetcher) -> None:
    async def drips() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    site.answers["/feed"] = streamed(drips())
    fault = await refused(fetcher, site.url("/feed"), timeout=0.3)
    assert str(fault) == "the answer was not complete within 0.3 s"


async def test_redirects_share_one_deadline(site: Site, fetcher: Fetcher) -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await redirect(f"/{len(site.requests)}")(writer)

    site.answers.update({f"/{number}": late for number in range(9)})
    started = time.monotonic()
    fault = await refused(fetcher, site.url("/0"), timeout=0.5)
    assert "within 0.5 s" in str(fault)
    assert time.monotonic() - started < 3


async def test_a_slow_feed_delays_nobody_else(site: Site, fetcher: Fetcher) -> None:
    site.answers.update({"/slow": silence, "/feed": ok(FEED)})
    slow = asyncio.ensure_future(refused(fetcher, site.url("/slow"), timeout=30))
    assert (await fetch(fetcher, site.url("/feed"))).body == FEED
    assert not slow.done()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)


async def test_waiting_for_a_slot_does_not_count(site: Site) -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.25)
        await ok(FEED)(writer)

    site.answers["/feed"] = late
    async with Fetcher(concurrency=1) as fetcher:
        polls = [fetch(fetcher, site.url("/feed"), timeout=0.6) for _ in range(4)]
        assert all(got.body == FEED for got in await asyncio.gather(*polls))


async def test_at_most_two_requests_are_at_one_server(site: Site, fetcher: Fetcher) -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        await ok(FEED)(writer)

    site.answers.update({"/feed": late, "/old": redirect("/feed")})
    paths = ["/feed", "/old"] * 5
    await asyncio.gather(*(fetch(fetcher, site.url(path)) for path in paths))
    assert site.most_open == 2


async def test_a_compressed_bomb_is_not_unpacked_beyond_the_limit(
    site: Site, fetcher: Fetcher
) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    site.answers["/feed"] = ok(bomb, content_encoding="gzip")
    tracemalloc.start()
    fault = await refused(fetcher, site.url("/feed"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(fault) == "larger than 100 kB (max_size)"
    assert peak < 20_000_000


async def test_a_bomb_within_a_bomb_is_not_unpacked_either(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = ok(
        gzip.compress(gzip.compress(bytes(LIMIT + 1))), content_encoding="gzip"
    )
    assert "larger than 100 kB" in str(await refused(fetcher, site.url("/feed")))


async def test_an_endless_body_ends_at_the_size_limit(site: Site, fetcher: Fetcher) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 10_000
            yield b"<item/>".ljust(10_000)

    site.answers["/feed"] = streamed(endless())
    assert "larger than 100 kB" in str(await refused(fetcher, site.url("/feed")))
    assert sent < 100_000_000


async def test_a_body_of_exactly_the_limit_is_read(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = ok(bytes(LIMIT))
    assert len((await fetch(fetcher, site.url("/feed"))).body) == LIMIT


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n<rss"), "before the answer was"),
        (raw(b""), "before the answer was complete"),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "something that is not HTTP"),
        (ok(b"\x1f\x8b\x08nonsense", content_encoding="gzip"), "compressed answer is damaged"),
        (ok(FEED, content_encoding="br"), 'an encoding that was not asked for ("br")'),
    ],
)
async def test_damage_is_said_in_plain_words(
    site: Site, fetcher: Fetcher, answer: object, words: str
) -> None:
    site.answers["/feed"] = answer  # type: ignore[assignment]
    fault = await refused(fetcher, site.url("/feed"))
    assert words in str(fault)
    assert fault.temporary


# --- statuses ---------------------------------------------------------------------------------


async def test_a_status_is_told_by_its_name(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = status(503, retry_after="120")
    fault = await refused(fetcher, site.url("/feed"))
    assert str(fault) == "answered 503 Service Unavailable"
    assert (fault.status, fault.temporary, fault.retry_after) == (503, True, 120.0)


async def test_retry_after_may_be_a_date(site: Site) -> None:
    site.answers["/feed"] = status(429, retry_after="Sat, 18 May 2024 10:01:30 GMT")
    moment = datetime(2024, 5, 18, 10, 0, tzinfo=UTC)
    async with Fetcher(clock=lambda: moment) as fetcher:
        fault = await refused(fetcher, site.url("/feed"))
    assert (fault.status, fault.temporary, fault.retry_after) == (429, True, 90.0)


async def test_a_feed_that_is_gone_is_said_to_be_gone(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = status(410)
    fault = await refused(fetcher, site.url("/feed"))
    assert fault.gone
    assert not fault.temporary


async def test_a_missing_feed_is_not_gone(site: Site, fetcher: Fetcher) -> None:
    fault = await refused(fetcher, site.url("/nothing"))
    assert (fault.status, fault.gone, fault.temporary) == (404, False, False)


# --- redirects --------------------------------------------------------------------------------


async def test_a_permanent_move_is_reported(site: Site, fetcher: Fetcher) -> None:
    site.answers.update({"/a": redirect("/b", 301), "/b": redirect("c#part", 308), "/c": ok(FEED)})
    got = await fetch(fetcher, site.url("/a"))
    assert (got.url, got.moved_to) == (site.url("/c"), site.url("/c"))


async def test_a_move_with_a_temporary_step_is_not_reported(site: Site, fetcher: Fetcher) -> None:
    site.answers.update({"/a": redirect("/b", 301), "/b": redirect("/c", 302), "/c": ok(FEED)})
    got = await fetch(fetcher, site.url("/a"))
    assert (got.url, got.moved_to) == (site.url("/c"), None)


async def test_five_redirects_are_followed_and_six_are_not(site: Site, fetcher: Fetcher) -> None:
    site.answers.update({f"/{step}": redirect(f"/{step + 1}") for step in range(6)})
    site.answers["/6"] = ok(FEED)
    assert (await fetch(fetcher, site.url("/1"))).body == FEED
    assert "more than 5 times" in str(await refused(fetcher, site.url("/0")))


async def test_redirects_in_a_circle_are_found_out(site: Site, fetcher: Fetcher) -> None:
    site.answers.update({"/a": redirect("/b"), "/b": redirect("/a")})
    assert str(await refused(fetcher, site.url("/a"))) == "redirects in a circle"
    assert len(site.requests) == 2


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "ftp://h/"])
async def test_redirects_lead_to_web_addresses_only(
    site: Site, fetcher: Fetcher, target: str
) -> None:
    site.answers["/a"] = redirect(target)
    assert "redirects" in str(await refused(fetcher, site.url("/a")))


async def test_a_redirect_without_a_target_is_a_status(site: Site, fetcher: Fetcher) -> None:
    site.answers["/a"] = status(302)
    assert str(await refused(fetcher, site.url("/a"))) == "answered 302 Found"


async def test_a_feed_named_here_may_be_private_and_a_redirect_may_not(
    site: Site, fetcher: Fetcher
) -> None:
    async with running() as inner:
        inner.answers["/secret"] = ok(FEED)
        site.answers["/a"] = redirect(inner.url("/secret"))
        fault = await refused(fetcher, site.url("/a"))
        assert "not a public address" in str(fault)
        assert not fault.temporary
        assert inner.requests == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "127.0.0.1."])
async def test_no_spelling_of_a_private_host_gets_through(
    site: Site, fetcher: Fetcher, host: str
) -> None:
    async with running() as inner:
        site.answers["/a"] = redirect(inner.url("/secret", host))
        await refused(fetcher, site.url("/a"))
        assert inner.requests == []


async def test_a_connection_that_is_kept_alive_is_no_way_in(site: Site, fetcher: Fetcher) -> None:
    async with running() as inner:
        inner.answers["/feed"] = ok(FEED)
        await fetch(fetcher, inner.url("/feed"))  # named in the configuration: kept alive
        site.answers["/a"] = redirect(inner.url("/feed"))
        assert "not a public address" in str(await refused(fetcher, site.url("/a")))
        assert len(inner.requests) == 1


async def test_allow_private_lets_redirects_in(site: Site, fetcher: Fetcher) -> None:
    async with running() as inner:
        inner.answers["/feed"] = ok(FEED)
        site.answers["/a"] = redirect(inner.url("/feed"))
        assert (await fetch(fetcher, site.url("/a"), allow_private=True)).body == FEED


# --- secrets ----------------------------------------------------------------------------------


async def test_own_headers_go_to_the_feeds_own_server_only(site: Site, fetcher: Fetcher) -> None:
    headers = (("Authorization", Secret("Bearer abc")), ("X-Key", Secret("k")))
    async with running() as other:
        other.answers["/feed"] = ok(FEED)
        site.answers.update({"/a": redirect("/b"), "/b": redirect(other.url("/feed"))})
        await fetch(fetcher, site.url("/a"), headers=headers, allow_private=True)
        for request in site.requests:
            assert request.headers["authorization"] == "Bearer abc"
            assert request.headers["x-key"] == "k"
        assert not {"authorization", "x-key"} & other.requests[0].headers.keys()


async def test_a_password_in_the_address_is_sent_as_a_header_and_not_told(
    site: Site, fetcher: Fetcher
) -> None:
    site.answers["/feed"] = ok(FEED)
    got = await fetch(fetcher, site.url("/feed", "joe:s3cret@127.0.0.1"))
    assert site.requests[0].headers["authorization"] == "Basic am9lOnMzY3JldA=="
    assert "s3cret" not in got.url
    fault = await refused(fetcher, site.url("/none?token=s3cret", "joe:s3cret@127.0.0.1"))
    assert "s3cret" not in str(fault)


# --- the line ---------------------------------------------------------------------------------


async def test_a_name_that_does_not_exist_may_be_a_line_that_is_down(fetcher: Fetcher) -> None:
    fault = await refused(fetcher, "http://feeds.invalid/rss", timeout=20)
    assert str(fault) == "the name feeds.invalid cannot be resolved"
    assert fault.line_down


async def test_a_refused_connection_is_not_a_line_that_is_down(fetcher: Fetcher) -> None:
    async with running() as closed:
        url = closed.url("/feed")
    fault = await refused(fetcher, url)
    assert str(fault) == "127.0.0.1 refused the connection"
    assert fault.temporary
    assert not fault.line_down


async def test_a_server_without_tls_is_named_as_such(fetcher: Fetcher) -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        fault = await refused(fetcher, f"https://127.0.0.1:{port}/feed")
    assert str(fault) == "no secure connection to 127.0.0.1: wrong version number"
    assert fault.temporary


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "example.org/rss", "http://", "http://xn--/"]
)
async def test_an_address_that_cannot_be_asked_is_a_fault_for_good(
    fetcher: Fetcher, url: str
) -> None:
    assert not (await refused(fetcher, url)).temporary


async def test_the_client_is_closed_with_its_block(site: Site) -> None:
    fetcher = Fetcher()
    with pytest.raises(RuntimeError):
        await fetch(fetcher, site.url("/feed"))


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "file://{}"])
async def test_a_file_is_read_and_then_known(tmp_path: Path, fetcher: Fetcher, form: str) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(FEED)
    source = subscribed(form.format(file))
    first = await fetcher.fetch(source, etag=None, last_modified=None)
    again = await fetcher.fetch(source, etag=first.etag, last_modified=None)
    assert (first.unchanged, first.body) == (False, FEED)
    assert (again.unchanged, again.body, again.etag) == (True, b"", first.etag)
    file.write_bytes(FEED + b" ")
    assert not (await fetcher.fetch(source, etag=first.etag, last_modified=None)).unchanged


async def test_files_have_the_same_limit_and_must_be_files(
    tmp_path: Path, fetcher: Fetcher
) -> None:
    large = tmp_path / "large.xml"
    large.write_bytes(bytes(LIMIT + 1))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "larger than 100 kB" in str(await refused(fetcher, str(large)))
    assert "is no file" in str(await refused(fetcher, str(pipe)))
    assert "there is no file" in str(await refused(fetcher, str(tmp_path / "none.xml")))
