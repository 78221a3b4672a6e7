"""From a digest to the messages that are sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.columns import WIDTH, width
from monitor.digests.render import Rendered, Renderer
from monitor.model import Digest, Fragment, Message, Story
from tests import make
from tests.digests import samples

RENDERER = Renderer()


def rendered(digest: Digest, subject: str | None = None) -> Rendered:
    options = samples.options(subject) if subject is not None else samples.options()
    return RENDERER.render(digest, options)


def one(digest: Digest, subject: str | None = None) -> Message:
    (message,) = rendered(digest, subject).messages
    return message


class Page(HTMLParser):
    """What an HTML document shows: its text, its links, its elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._silent += tag in {"style", "title"}
        if tag in {"br", "p", "div", "h1", "h2", "h3"}:
            self.shown.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.shown.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.shown).split())

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attrs[name] for each, attrs in self.elements if each == tag and name in attrs]


# --- what it says -----------------------------------------------------------------------------


def test_two_sources_of_one_event_are_one_story_in_two_languages() -> None:
    message = one(make.digest(samples.niger()))
    page = Page(message.html)
    assert message.subject == "1 story on your watch"
    for part in (
        "High priority",
        "Strained talks lead to a planned U.S. troop withdrawal from Niger",
        "2 sources · English, Italian",
        "Call the Niamey stringer.",
        "World desk · 19 May, 22:00 · English",
        "Gli Stati Uniti ritirano i soldati dal Niger, incerto il futuro di Agadez",
        "Esteri · first seen 20 May, 02:00 · Italian",
        "Agadez base",
        "a planned U.S. troop withdrawal from Niger after months",
        "2 of 2 feeds read, 12 articles seen. Times are those of Europe/Rome.",
        "Digest “morning”, sent by Wirewatch.",
    ):
        assert part in page.text
    assert page.attributes("a", "href") == [samples.ENGLISH.url, samples.ITALIAN.url]


def test_the_words_that_matched_are_marked() -> None:
    message = one(make.digest(samples.niger()))
    marked = re.findall(r"<mark[^>]*>([^<]*)</mark>", message.html)
    assert marked[:3] == ["U.S. troop", "withdrawal", "Niger"]
    assert "Gli Stati Uniti **ritirano** i **soldati** dal **Niger**" in message.text


def test_foreign_headlines_say_their_language_and_choose_their_direction() -> None:
    page = Page(one(samples.morning()).html)
    headings = [attrs for tag, attrs in page.elements if tag in {"h2", "h3"} and "lang" in attrs]
    assert [attrs["lang"] for attrs in headings] == ["en", "it", "ar", "ja"]
    assert {attrs["dir"] for attrs in headings} == {"auto"}


def test_an_update_is_marked_as_one() -> None:
    message = one(make.digest(samples.update()))
    assert "Update" in Page(message.html).text
    assert "\n    Update\n    First told 19 May, 07:00\n" in message.text
    assert "First told 19 May, 07:00" in Page(message.html).text
    assert "High priority" not in message.html + message.text


def test_an_update_of_a_forgotten_sending_says_no_more_than_that_it_is_one() -> None:
    story = replace(samples.update(), first_told=None)
    message = one(make.digest(story))
    assert "\n    Update\n" in message.text
    assert "First told" not in message.text + message.html


def test_something_wrong_is_said_at_the_top_and_told_at_the_end() -> None:
    message = one(samples.morning())
    text = Page(message.html).text
    line = "2 problems: rules/coups.toml and Sahel wire; 1 of 42 feeds could not be read."
    assert text.index(line) < text.index("Strained talks lead to a planned U.S. troop", 200)
    assert "Sahel wire, since 18 May, 07:00 answers 503 Service Unavailable" in text
    assert text.index("answers 503") > text.index("Port workers end their strike")
    assert message.text.index("! 2 problems") < message.text.index("----")


def test_nothing_wrong_is_not_mentioned() -> None:
    message = one(make.digest(samples.niger()))
    assert "problem" not in message.html + message.text


def test_stories_beyond_the_first_ones_are_title_and_link() -> None:
    message = one(samples.morning())
    after = message.text[message.text.index("\nMore\n") :]
    assert "  - Port workers end their strike in Marseille\n    https://example.org/" in after
    assert "Port workers" in Page(message.html).text
    assert "3 stories and 1 more" in message.text


def test_an_empty_digest_says_that_nothing_matched() -> None:
    message = one(make.digest())
    assert "No story this time." in Page(message.html).text
    assert "No story this time." in message.text
    assert message.subject == "0 stories on your watch"


def test_a_digest_of_problems_alone_tells_them() -> None:
    message = one(make.digest(problems=(make.problem(),)))
    assert "No story this time, but there is something to know." in message.text
    assert "answers 503" in message.text
    assert "1 problem: World desk." in Page(message.html).text


def test_an_article_without_an_excerpt_shows_how_it_begins() -> None:
    of = make.article(text="The first words of it.")
    message = one(make.digest(make.story(make.told(of, make.match(of, excerpt=())))))
    assert "The first words of it." in Page(message.html).text
    assert "The first words of it." in message.text


def test_rules_that_found_the_same_place_share_one_excerpt() -> None:
    of = make.article()
    both = [make.match(of, rule=rule) for rule in ("Niger", "Sahel")]
    message = one(make.digest(make.story(make.told(of, *both))))
    assert "[Niger, Sahel]\n    **Troops** leave **Niger**\n" in message.text


def test_lines_of_the_text_fit_72_columns() -> None:
    message = one(samples.morning())
    wide = [line for line in message.text.splitlines() if width(line) > WIDTH]
    assert all(line.strip().startswith("https://") for line in wide)
    assert "\n\n\n" not in message.text
    assert not [line for line in message.text.splitlines() if line != line.rstrip()]


def test_a_mail_program_finds_the_character_set_and_both_colour_schemes() -> None:
    html = one(samples.morning()).html
    assert '<meta charset="utf-8">' in html[:200]
    assert "prefers-color-scheme: dark" in html
    assert html.count("<style") == 1
    assert '<h1 dir="auto" style="margin:0;' in html


def test_the_preview_line_of_a_mailbox_shows_the_first_headlines() -> None:
    html = one(samples.morning()).html
    hidden = re.search(r'<div class="ahead" style="display:none[^>]*>([^<]*)<', html)
    assert hidden is not None
    assert hidden[1].startswith("Strained talks lead to a planned U.S. troop withdrawal from Niger")


def test_the_json_is_the_webhooks_document() -> None:
    message = one(samples.morning(id="d7"))
    document = json.loads(message.json)
    assert (document["id"], document["subject"]) == ("d7", message.subject)
    assert document["stories"][0]["articles"][1]["title"] == samples.ITALIAN.title
    assert "ا" in message.json.decode()


def test_rendering_twice_gives_the_same_bytes() -> None:
    digest = samples.morning()
    assert rendered(digest) == Renderer().render(digest, samples.options())


# --- hostile words ----------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!channel> &amp; </h2></td></table>",
    "{{ 7 * 7 }}{% for %}",
    "line\r\nBcc: everybody@example.org",
    "\u202egnp.exe\u2066",
    "\ud800 lone",
    "z" * 20_000,
)


@pytest.mark.parametrize("title", HOSTILE, ids=lambda title: repr(title[:20]))
def test_a_hostile_headline_is_only_words(title: str) -> None:
    of = make.article(title, url="https://example.org/1", author=title, feeds=(title,))
    told = make.match(of, excerpt=(Fragment(title), Fragment(title, hit=True)), rule=title)
    digest = make.digest(make.story(make.told(of, told)), name=title)
    message = one(digest, "{{ stories[0].title }}")
    page, plain = Page(message.html), Page(one(make.digest(make.story(of))).html)
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in plain.elements}
    assert page.attributes("a", "href") == ["https://example.org/1"]
    assert len(message.subject.splitlines()) == 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", message.html + message.text)
    assert len(message.html.encode()) < 100_000
    assert json.loads(message.json)["stories"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,<b>", "file:///etc/passwd"])
def test_only_web_addresses_are_links(url: str) -> None:
    message = one(make.digest(make.story(make.article(url=url, site="x"))))
    page = Page(message.html)
    assert page.attributes("a", "href") == []
    assert "Troops leave Niger" in page.text
    assert url.partition("<")[0] in page.text


WORDS = st.text(max_size=60)


@given(titles=st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=3), subject=WORDS)
@settings(max_examples=60, deadline=None)
def test_no_words_at_all_can_stop_a_digest(
    titles: list[tuple[str, str, str]], subject: str
) -> None:
    stories = []
    for title, text, rule in titles:
        of = make.article(title, text=text, language=rule[:3] or None)
        stories.append(make.story(make.told(of, make.match(of, rule=rule, note=text))))
    result = rendered(make.digest(*stories), subject)
    assert all(json.loads(message.json) for message in result.messages)
    assert all(len(message.subject.splitlines()) == 1 for message in result.messages)


# --- size -------------------------------------------------------------------------------------


def long_story(number: int, articles: int = 1) -> Story:
    told = []
    for at in range(articles):
        of = make.article(f"Event {number} as told by source {at}", site=f"s{at}.example.org")
        marked = "It [happened] in a far country, and the council will meet in the morning. " * 5
        told.append(make.told(of, samples.match(of, marked)))
    return make.story(*told)


def story_ids(documents: Iterable[dict[str, list[dict[str, str]]]]) -> list[str]:
    return [story["id"] for document in documents for story in document["stories"]]


def test_four_hundred_stories_are_numbered_messages_with_each_story_once() -> None:
    digest = make.digest(
        *[long_story(number) for number in range(400)],
        more=tuple(make.story() for _ in range(300)),
        id="d9",
    )
    messages = rendered(digest).messages
    total = len(messages)
    assert total > 4
    assert all(len(message.html.encode()) < 100_000 for message in messages)
    assert [message.id for message in messages] == ["d9"] + [f"d9-{n}" for n in range(2, total + 1)]
    assert [message.subject for message in messages] == [
        f"400 stories on your watch ({n}/{total})" for n in range(1, total + 1)
    ]
    documents = [json.loads(message.json) for message in messages]
    assert story_ids(documents) == [story.id for story in digest.stories]
    assert sum(len(document["more"]) for document in documents) == 300
    assert [document["id"] for document in documents] == [message.id for message in messages]
    everything = "".join(message.html for message in messages)
    assert [everything.count(f">Event {n} as told by source 0</a>") for n in range(400)] == [
        1
    ] * 400
    numbers = re.findall(r"^ *(\d+)\. Event", "".join(m.text for m in messages), re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, 401))
    assert f"part 2 of {total}" in messages[1].html
    assert all("sent by Wirewatch" in message.html for message in messages)


def test_a_single_monstrous_story_is_shortened_and_whole_in_the_text() -> None:
    digest = make.digest(long_story(1), long_story(2, articles=900), long_story(3))
    messages = rendered(digest).messages
    assert all(len(message.html.encode()) < 100_000 for message in messages)
    assert len(messages) == 3
    monster = messages[1]
    assert "and 750 more articles, listed in this message’s plain text" in Page(monster.html).text
    assert monster.text.count("as told by source") == 900
    assert len(json.loads(monster.json)["stories"][0]["articles"]) == 900


def test_the_worst_story_there_can_be_still_fits() -> None:
    worst = "<&\U0001f4a3" * 2000
    told = []
    for at in range(40):
        url = f"https://example.org/{at}?" + "&" * 1900
        of = make.article(worst, url=url, author=worst, feeds=(worst,))
        notes = [make.match(of, rule=f"{n}{worst}", note=f"{n}{worst}") for n in range(60)]
        told.append(make.told(of, *notes))
    problems = tuple(make.problem(f"{n}{worst}", name=f"{n}{worst}") for n in range(80))
    digest = make.digest(make.story(*told), name=worst, problems=problems)
    (message,) = rendered(digest, worst).messages
    assert len(message.html.encode()) < 100_000
    assert "and 60 more: see wirewatch status" in Page(message.html).text
