"""The shape of a rule file: every key of it, what it takes, what it is for.

The JSON Schema that editors use is made of these models, so descriptions are written for whoever
edits the file.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from monitor.text.durations import parse_duration
from monitor.text.language_codes import parse_language
from monitor.toml_source import (
    SINGLE_OR_LIST_SCHEMA,
    Lines,
    OneLine,
    Shape,
    SingleOrList,
    SomeLines,
    Text,
    Written,
    WrongValueError,
)

_NO_TIME = ("0", "0s", "0m", "0h", "0d")


def _duration_or_none(text: str) -> float:
    """Seconds; "0s" means not at all."""
    return 0.0 if text.strip() in _NO_TIME else parse_duration(text)


Duration = Annotated[float, Written(parse_duration, "6h")]
DurationOrNone = Annotated[float, Written(_duration_or_none, "12h")]
Language = Annotated[str, AfterValidator(parse_language)]
Languages = Annotated[list[Language], Field(min_length=1), SingleOrList, SINGLE_OR_LIST_SCHEMA]
Terms = Annotated[
    list[Text],
    Field(min_length=1, examples=[["troops", "armed forces"]]),
    SingleOrList,
    SINGLE_OR_LIST_SCHEMA,
]
Expressions = Annotated[list[Text], Field(min_length=1), SingleOrList, SINGLE_OR_LIST_SCHEMA]


def _one_expression(value: object) -> object:
    """Refuses a list where one expression is meant, and names the keys that take one."""
    if isinstance(value, list):
        first = [f'"{item}"' for item in value if isinstance(item, str) and '"' not in item]
        listed = f"[{', '.join(first[:2])}{', …' if len(value) > 2 else ''}]"
        raise WrongValueError("is one expression", f"a list goes under all or any: any = {listed}")
    if not isinstance(value, str):
        raise WrongValueError("must be a text in quotes", "write match = '…'")
    if not value:
        raise WrongValueError("must not be empty", "write match = '…', such as 'Niger AND troops'")
    return value


Expression = Annotated[Text, BeforeValidator(_one_expression)]


class ExampleTable(Shape):
    """A test: an article, and whether it must match."""

    match: bool = Field(description="Whether this must match.", examples=[True])
    title: str = Field(default="", description="The headline.", examples=["Troops leave Niger"])
    text: str = Field(default="", description="The text.", examples=["Troops leave Niger."])
    language: Language | None = Field(
        default=None, description="Its language (ISO 639); else it is detected.", examples=["en"]
    )
    feed: OneLine | None = Field(
        default=None, description="The name of the feed it comes from.", examples=["World desk"]
    )
    tags: Lines = Field(default=[], description="The tags of that feed.", examples=[["world"]])
    url: OneLine | None = Field(
        default=None, description="Its address.", examples=["https://example.org/1"]
    )


class RuleTable(Shape):
    """[[rule]]: a topic to watch."""

    name: OneLine = Field(description="Its name; no other rule has it.", examples=["…"])
    match: Expression | None = Field(
        default=None,
        description="The expression that an article must match.",
        examples=["country:NE AND @troops NEAR/20 @withdrawal"],
    )
    all: Expressions | None = Field(
        default=None, description="Expressions that must all match.", examples=[["Niger", "troops"]]
    )
    any: Expressions | None = Field(
        default=None, description="Expressions of which one must match.", examples=[["Agadez"]]
    )
    at_least: int | None = Field(
        default=None, ge=1, description="How many of any must match.", examples=[2]
    )
    none: Expressions | None = Field(
        default=None, description="Expressions that must not match.", examples=[["football"]]
    )
    digests: SomeLines | None = Field(
        default=None, description="The digests it goes to; else all.", examples=[["morning"]]
    )
    tags: Lines = Field(default=[], description="Words shown with it.", examples=[["sahel"]])
    priority: Literal["high", "normal", "low"] = Field(
        default="normal", description="Its place in a digest.", examples=["high"]
    )
    note: Text | None = Field(
        default=None, description="Shown with its matches.", examples=["Call the stringer."]
    )
    enabled: bool = Field(default=True, description="false: the rule rests.", examples=[False])
    until: date | None = Field(
        default=None, description="The last day on which it watches.", examples=[date(2027, 12, 31)]
    )
    languages: Languages | None = Field(
        default=None, description="Only articles in these languages.", examples=[["en", "it"]]
    )
    feeds: SomeLines | None = Field(
        default=None, description="Only feeds of these names or tags.", examples=[["World desk"]]
    )
    cooldown: DurationOrNone | None = Field(
        default=None,
        description="A told story's new articles wait this long and come as one update.",
        examples=["12h"],
    )
    min_sources: int | None = Field(
        default=None, ge=1, description="Alert once this many outlets tell it.", examples=[3]
    )
    within: Duration | None = Field(
        default=None, description="The time in which min_sources must tell it.", examples=["6h"]
    )
    expect: Duration | None = Field(
        default=None, description="Say so when the rule was quiet for so long.", examples=["7d"]
    )
    example: list[ExampleTable] = Field(default=[], description="The rule's own tests.")


class VocabularyTable(Shape):
    """[vocabulary.NAME]: one idea in many languages, used as @NAME.

    The keys are language codes, each with its list of words and phrases.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, defer_build=True)
    __pydantic_extra__: dict[str, Terms]

    example: list[ExampleTable] = Field(default=[], description="The vocabulary's own tests.")


class RuleFile(Shape):
    """A file of rules, vocabularies, or both."""

    rule: list[RuleTable] = Field(default=[], description="Topics to watch.")
    vocabulary: dict[str, VocabularyTable] = Field(
        default={}, description="Ideas in many languages, used as @name."
    )
