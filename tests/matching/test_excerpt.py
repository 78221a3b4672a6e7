"""An excerpt shows why: the right sentence, the words marked, cut at the edges of words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.excerpt import LONGEST, excerpt
from monitor.model import Fragment, Hit, Part

FILLER = "Nothing of note was said about the weather that day by anybody. "


def hits(text: str, *words: str, part: Part = Part.TEXT) -> list[Hit]:
    return [
        Hit(part, start, start + len(word), word)
        for word in words
        for start in range(len(text))
        if text.startswith(word, start)
    ]


def shown(fragments: tuple[Fragment, ...]) -> str:
    return "".join(f"[{f.text}]" if f.hit else f.text for f in fragments)


def test_the_sentence_with_the_most_of_what_was_asked_is_shown() -> None:
    text = FILLER + "Troops rested. " + FILLER + "Troops left Niger.\nThey went home."
    assert shown(excerpt("A", text, hits(text, "Troops", "left", "Niger"))) == (
        "[Troops] [left] [Niger]."
    )


def test_a_neighbour_that_adds_something_is_shown_as_well() -> None:
    text = FILLER + "Troops left.\n\nNiger cheered. " + FILLER
    assert shown(excerpt("A", text, hits(text, "Troops", "left", "Niger"))) == (
        "[Troops] [left]. [Niger] cheered."
    )


def test_what_stands_further_off_is_shown_as_well_where_there_is_room() -> None:
    text = "Troops left. " + FILLER * 9 + "Niger cheered. " + FILLER
    assert shown(excerpt("A", text, hits(text, "Troops", "left", "Niger"))) == (
        "[Troops] [left]. … [Niger] cheered."
    )


def test_sentences_side_by_side_are_preferred_to_such_further_off() -> None:
    text = "Troops left. " + FILLER * 9 + "Troops sang. They left. Niger cheered. " + FILLER
    assert shown(excerpt("A", text, hits(text, "Troops", "left", "Niger"))) == (
        "[Troops] sang. They [left]. [Niger] cheered."
    )


def test_a_single_word_in_a_short_sentence_is_shown_with_what_follows() -> None:
    text = FILLER * 3 + "Troops left. They sang. " + FILLER
    assert shown(excerpt("A", text, hits(text, "Troops"))) == "[Troops] left. They sang."
    assert shown(excerpt("A", "They sang. Troops left.", hits("They sang. Troops", "Troops"))) == (
        "They sang. [Troops] left."
    )


def test_a_long_sentence_is_cut_around_the_hits() -> None:
    text = "long winded " * 60 + "Troops left Niger " + "and so on " * 60
    fragments = excerpt("A", text, hits(text, "Troops", "Niger"))
    line = shown(fragments)
    assert "[Troops] left [Niger]" in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert sum(len(f.text) for f in fragments) <= LONGEST + 20


def test_a_match_in_the_headline_shows_the_headline_and_the_beginning() -> None:
    title = "Troops leave Niger"
    found = hits(title, "Troops", "Niger", part=Part.TITLE)
    assert shown(excerpt(title, "It began at dawn. " + FILLER * 9, found)).startswith(
        "[Troops] leave [Niger] — It began at dawn."
    )
    assert shown(excerpt(title, "", found)) == "[Troops] leave [Niger]"


def test_a_match_that_marks_nothing_shows_the_beginning() -> None:
    assert shown(excerpt("A", "It rained. " * 60, [])).startswith("It rained. It rained.")
    assert shown(excerpt("Only a headline", "", [])) == "Only a headline"


def test_chinese_is_cut_between_any_two_characters() -> None:
    text = "天气很好" * 200 + "军队撤离" + "天气很好" * 200
    fragments = excerpt("A", text, hits(text, "军队"))
    assert "[军队]" in shown(fragments)
    assert sum(len(f.text) for f in fragments) <= LONGEST + 20


def test_hits_that_overlap_are_marked_once() -> None:
    text = "The air base shook."
    assert shown(excerpt("A", text, hits(text, "air base", "base"))) == "The [air base] shook."


@given(
    st.text(alphabet="ab .\n尼", max_size=700),
    st.lists(st.tuples(st.integers(0, 700), st.integers(1, 30)), max_size=6),
)
def test_an_excerpt_is_short_and_taken_from_the_text(
    text: str, places: list[tuple[int, int]]
) -> None:
    found = [
        Hit(Part.TEXT, start, min(start + length, len(text)), "t")
        for start, length in places
        if start < len(text)
    ]
    fragments = excerpt("title", text, found)
    line = "".join(f.text for f in fragments)
    assert len(line) <= LONGEST + 60
    assert "\n" not in line
    squeezed = " ".join((text or "title").split())
    plain = " ".join(line.replace("…", "").split())
    assert plain in squeezed or plain in " ".join(("title — " + text).split()) or not text.strip()


def test_a_headline_that_holds_what_the_text_does_not_comes_first() -> None:
    title, text = "Floods in Bangladesh", "Dhaka was spared. Rain fell for days."
    hits = [
        Hit(Part.TITLE, 0, 6, "flood"),
        Hit(Part.TITLE, 10, 20, "country:BD"),
        Hit(Part.TEXT, 0, 5, "country:BD"),
    ]
    marked = [fragment.text for fragment in excerpt(title, text, hits) if fragment.hit]
    assert marked == ["Floods", "Bangladesh", "Dhaka"]
