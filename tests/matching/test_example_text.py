"""Examples written into files that people keep: nothing else changes."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FaultyInput
from monitor.matching.example_text import with_example
from monitor.matching.rule import Example

FIRST = '# mine\n[[rule]]  # one\nname   = "A"\nmatch  = "a"\n'
SECOND = '\n# about B\n[[rule]]\nname = "B"\nmatch = "b"\n'
SMALL = Example(match=False, title="Rain", text="It rained.", language="en")
BLOCK = '[[rule.example]]\ntitle = "Rain"\ntext = "It rained."\nlanguage = "en"\nmatch = false\n'


def added(text: str, number: int = 0, example: Example = SMALL) -> str:
    return with_example(text, ("rule", number), example, "a.toml")


def test_it_stands_behind_the_rule_and_before_the_comment_of_the_next() -> None:
    assert added(FIRST + SECOND) == FIRST + "\n" + BLOCK + SECOND
    assert added(FIRST + SECOND, 1) == FIRST + SECOND + "\n" + BLOCK


def test_it_stands_behind_the_examples_there_are_and_their_comments_stay() -> None:
    example = '[[rule.example]]\ntext = "x" # why\nmatch = true\n'
    text = FIRST + example + "# the end of A\n" + SECOND
    assert added(text) == FIRST + example + "\n" + BLOCK + "\n# the end of A\n" + SECOND


def test_an_example_that_stands_apart_from_its_rule_is_followed() -> None:
    apart = FIRST + '[vocabulary.x]\nen = ["x"]\n\n[[rule.example]]\ntext = "x"\nmatch = true\n'
    assert added(apart + SECOND) == apart + "\n" + BLOCK + SECOND


def test_line_endings_indentation_and_a_byte_order_mark_stay() -> None:
    windows = "\ufeff" + (FIRST + SECOND).replace("\n", "\r\n")
    made = added(windows)
    assert made == "\ufeff" + (FIRST + "\n" + BLOCK + SECOND).replace("\n", "\r\n")
    indented = (
        '[[rule]]\nname = "A"\nmatch = "a"\n  [[rule.example]]\n  text = "x"\n  match = true\n'
    )
    shifted = "".join(f"  {line}\n" for line in BLOCK.splitlines())
    assert added(indented) == indented + "\n" + shifted


def test_a_last_line_without_an_end_gets_one() -> None:
    assert added(FIRST.rstrip("\n")) == FIRST + "\n" + BLOCK
    windows = FIRST.rstrip("\n").replace("\n", "\r\n")
    assert added(windows) == (FIRST + "\n" + BLOCK).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[{text='x',match=true}]", "[{text='x',match=true}, NEW]"),
        (
            "[\n  {text='x',match=true}, # one\n]",
            "[\n  {text='x',match=true}, # one\n  NEW,\n]",
        ),
        ("[\n  {text='x',match=true} # one\n]", "[\n  {text='x',match=true}, # one\n  NEW\n]"),
        (
            "[\n  {text='''\nx''',match=true},\n]",
            "[\n  {text='''\nx''',match=true},\n  NEW,\n]",
        ),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_list_of_examples_gets_one_more_item(before: str, after: str, ending: str) -> None:
    new = '{ title = "Rain", text = "It rained.", language = "en", match = false }'
    text = (FIRST + f"example = {before}\n" + SECOND).replace("\n", ending)
    wanted = (FIRST + f"example = {after}\n" + SECOND).replace("\n", ending).replace("NEW", new)
    assert added(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "rule = [{name = 'A', match = 'a'}]\n",
        FIRST + "example = []\n",
    ],
)
def test_where_there_is_no_place_the_example_is_shown_to_be_added_by_hand(text: str) -> None:
    with pytest.raises(FaultyInput) as caught:
        added(text)
    (fault,) = caught.value.faults
    assert "nothing was changed" in str(fault)
    assert fault.detail + "\n" == BLOCK


def test_a_vocabulary_gets_examples_as_well_whatever_its_name() -> None:
    text = '[vocabulary.troops]\nen = ["troops"]\n\n[vocabulary."Mëer"]\nde = ["Meer"]\n'
    made = with_example(text, ("vocabulary", "Mëer"), SMALL, "a.toml")
    assert made == text + "\n" + BLOCK.replace("rule.example", 'vocabulary."Mëer".example')
    made = with_example(text, ("vocabulary", "troops"), SMALL, "a.toml")
    assert tomllib.loads(made)["vocabulary"]["troops"]["example"][0]["title"] == "Rain"


def test_a_long_text_is_written_over_lines_that_can_be_read() -> None:
    text = "The last American soldiers left on Monday. " * 8 + '\n\nHe said: "Good."'
    made = added(FIRST, example=Example(match=True, text=text))
    assert max(len(line) for line in made.splitlines()) <= 100
    assert '\nHe said: "Good.\\""""\n' in made
    assert tomllib.loads(made)["rule"][0]["example"][0]["text"] == text


WRITTEN = st.text(
    st.characters(codec="utf-8", exclude_characters="\r")
    | st.sampled_from(['"', "\\", " ", "\n", "\t", "'", "#"])
)


@given(title=WRITTEN, text=st.one_of(WRITTEN, WRITTEN.map(lambda text: text * 30)))
def test_whatever_stands_in_an_article_it_is_said_as_it_is(title: str, text: str) -> None:
    made = added(FIRST + SECOND, example=Example(match=True, title=title, text=text))
    (example,) = tomllib.loads(made)["rule"][0]["example"]
    assert (example.get("title", ""), example.get("text", "")) == (title, text)
    assert made.startswith(FIRST)
    assert made.endswith(SECOND)


def test_a_carriage_return_in_a_text_is_kept() -> None:
    made = added(FIRST, example=Example(match=True, text="a\rb\r\nc" * 40))
    assert tomllib.loads(made)["rule"][0]["example"][0]["text"] == "a\rb\r\nc" * 40
