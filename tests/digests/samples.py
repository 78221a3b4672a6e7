"""Digests that the tests of this room share, told in our own words."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.digests.options import DEFAULT_SUBJECT, DigestOptions
from monitor.digests.periods import Cron
from monitor.model import Article, Digest, Fragment, Match, Priority, ProblemKind, Story
from tests import make

ROME = ZoneInfo("Europe/Rome")


def options(subject: str = DEFAULT_SUBJECT, template: Path | None = None) -> DigestOptions:
    """The digest "morning" at seven in Rome."""
    return DigestOptions(
        name="morning",
        schedule=Cron("0 7 * * mon-fri"),
        channels=("desk",),
        timezone=ROME,
        subject=subject,
        template=template,
    )


def excerpt(marked: str) -> tuple[Fragment, ...]:
    """Fragments from a text with its hits in square brackets: "the [troops] leave"."""
    pieces: list[Fragment] = []
    for piece in marked.replace("]", "[").split("["):
        pieces.append(Fragment(piece, hit=len(pieces) % 2 == 1))
    return tuple(piece for piece in pieces if piece.text)


def match(of: Article, marked: str, **fields: object) -> Match:
    """A match of ``of`` with this excerpt; its terms are the hits."""
    pieces = excerpt(marked)
    terms = tuple(dict.fromkeys(piece.text for piece in pieces if piece.hit))
    return make.match(of, excerpt=pieces, terms=terms, **fields)


ENGLISH = make.article(
    "Strained talks lead to a planned U.S. troop withdrawal from Niger",
    id="english",
    url="https://news.example.org/world/niger-withdrawal",
    text="Washington is preparing to pull its soldiers out of Niger after months of quarrel "
    "with the government that took power last year.\n\nThe date is still open.",
    published_at=make.moment(-9 * 60),
    author="A. Reporter",
)
ITALIAN = make.article(
    "Gli Stati Uniti ritirano i soldati dal Niger, incerto il futuro di Agadez",
    id="italian",
    url="https://notizie.example.it/esteri/niger-ritiro",
    text="Washington ha accettato di ritirare più di mille militari. Resta aperta la sorte della "
    "base aerea di Agadez.",
    language="it",
    published_at=None,
    first_seen_at=make.moment(-5 * 60),
    feeds=("Esteri", "Africa"),
)


def niger() -> Story:
    """One event told by an English and an Italian source; two rules matched the Italian one."""
    rule = {"priority": Priority.HIGH, "tags": ("sahel",), "note": "Call the Niamey stringer."}
    english = match(
        ENGLISH, "a planned [U.S. troop] [withdrawal] from [Niger] after months", **rule
    )
    italian = match(ITALIAN, "Gli Stati Uniti [ritirano] i [soldati] dal [Niger]", **rule)
    agadez = match(ITALIAN, "la sorte della [base aerea] di [Agadez]", rule="Agadez base")
    return make.story(make.told(ENGLISH, english), make.told(ITALIAN, italian, agadez), id="niger")


def update() -> Story:
    """A story that was told before, in one Arabic article."""
    of = make.article(
        "انقلاب في النيجر: الجيش يعلن موعد رحيل القوات الأمريكية",
        url="https://akhbar.example.net/a/1",
        language="ar",
        feeds=("أخبار الساحل",),
    )
    told = match(of, "الجيش يعلن موعد [رحيل] [القوات] الأمريكية من [النيجر] في سبتمبر")
    first = make.moment(-24 * 60)
    return make.story(make.told(of, told), id="update", update=True, first_told=first)


def japanese() -> Story:
    """A story in a language without spaces, of low priority and with a very long word."""
    of = make.article(
        "ニジェールから米軍が撤退へ、アガデスの基地の行方は不透明なままとの見方が広がっている現地の政府関係者が明らかに",
        url="https://shimbun.example.jp/" + "kokusai/" * 12 + "niger",
        language="ja",
        feeds=("国際ニュース",),
    )
    told = match(of, "[ニジェール]から[米軍]が[撤退]へ " + "x" * 90, priority=Priority.LOW)
    return make.story(make.told(of, told), id="japanese")


def morning(**fields: object) -> Digest:
    """Everything that a digest can hold, once."""
    defaults: dict[str, object] = {
        "more": (make.story(make.article("Port workers end their strike in Marseille")),),
        "problems": (
            make.problem("answers 503 Service Unavailable", name="Sahel wire"),
            make.problem(
                'rules/coups.toml:14: expected a word after NEAR; write for example "A NEAR/10 B"',
                kind=ProblemKind.RULES,
                name="rules/coups.toml",
                since=make.moment(-90),
            ),
        ),
        "feeds_read": 41,
        "feeds_total": 42,
        "articles_seen": 1893,
    }
    return make.digest(niger(), update(), japanese(), **{**defaults, **fields})
