"""Many rules, one article: which of them match, and why.

Every article that matches a rule holds one atom of each of the rule's necessary groups. A rule is
filed under the rarest of these, its *witness*; an article calls up the rules whose witness it
holds, those that lack another group are dropped, and only what survives is evaluated with
positions. How rare a group is is learnt from the articles that pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.matching.compiling import Compiler
from monitor.matching.document import Document, Zone
from monitor.matching.excerpt import excerpt
from monitor.matching.explain import Explanation, explain
from monitor.matching.markers import Group, Node
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.shown import as_written
from monitor.model import Article, Finding, Hit
from monitor.text.languages import primary_code

_REFILED_AFTER = frozenset({64, 1024})
"""Numbers of articles after which the rules are filed anew by what has been seen."""

_LEARNS_FROM = 1024
_MOST_HITS = 200


@dataclass(frozen=True, slots=True)
class _Filed:
    """A rule as it lies in the index: its place among the rules, and the groups to test next."""

    number: int
    others: tuple[Group, ...]


class RulesOfLanguage:
    """The rules as compiled for the articles of one language (or of none that can be told)."""

    def __init__(self, rules: Sequence[Rule], compiler: Compiler) -> None:
        self._compiler = compiler
        self._rules = rules
        self._nodes: list[Node] = [compiler.compile(rule.query) for rule in rules]
        self._seen: Counter[int] = Counter()
        self._articles = 0
        self._file()

    def document(self, article: Article) -> Document:
        """``article`` made ready for these rules."""
        return Document(article, self._compiler.lexicon)

    def node(self, number: int) -> Node:
        """The compiled expression of a rule."""
        return self._nodes[number]

    def matching(self, document: Document) -> list[int]:
        """The numbers of the rules that match, in order."""
        present = self._present(document)
        self._learn(present)
        numbers = sorted(set(self._called_up(present)))
        return [n for n in numbers if self._nodes[n].holds(document, Zone.ALL)]

    def matching_without_index(self, document: Document) -> list[int]:
        """The same, by putting every rule to the article: what the index must agree with."""
        return [n for n, node in enumerate(self._nodes) if node.holds(document, Zone.ALL)]

    def _present(self, document: Document) -> set[int]:
        present = set(document.positions)
        if document.place_starts:
            countries = self._compiler.countries.values()
            present.update(c.atom for c in countries if c.spans(document))
        return present

    def _called_up(self, present: set[int]) -> Iterator[int]:
        yield from self._unfiled
        for atom in present & self._by_witness.keys():
            for filed in self._by_witness[atom]:
                if not any(group.isdisjoint(present) for group in filed.others):
                    yield filed.number

    def _learn(self, present: set[int]) -> None:
        if self._articles >= _LEARNS_FROM:
            return
        self._seen.update(present)
        self._articles += 1
        if self._articles in _REFILED_AFTER:
            self._file()

    def _cost(self, group: Group) -> float:
        return sum(self._seen[atom] + 1 for atom in group)

    def _file(self) -> None:
        self._by_witness: dict[int, list[_Filed]] = {}
        self._unfiled: list[int] = []
        for number, node in enumerate(self._nodes):
            groups = sorted(node.groups(self._cost), key=self._cost)
            if not groups:
                self._unfiled.append(number)
                continue
            filed = _Filed(number, tuple(groups[1:]))
            for atom in groups[0]:
                self._by_witness.setdefault(atom, []).append(filed)


class Rulebook:
    """The rules in force, ready to be put to articles.

    ``languages`` are those in use: they count for articles whose language cannot be told. What an
    article's language needs is compiled when the first such article comes.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        vocabularies: Mapping[str, Vocabulary],
        languages: Sequence[str],
    ) -> None:
        self.rules = tuple(rules)
        self._vocabularies = vocabularies
        self._languages = tuple(dict.fromkeys(primary_code(code) for code in languages))
        self._enabled = [rule for rule in rules if rule.enabled]
        self._compiled: dict[str | None, RulesOfLanguage] = {}

    def findings(self, article: Article) -> tuple[Finding, ...]:
        """What every enabled rule that matches ``article`` found, in the order of the rules."""
        rules = self.of_language(article.language)
        document = rules.document(article)
        return tuple(
            _finding(self._enabled[number], rules.node(number), document)
            for number in rules.matching(document)
        )

    def explain(self, rule_name: str, article: Article) -> Explanation:
        """Why the rule, enabled or not, matches ``article`` or does not.

        Raises KeyError for a name that no rule has.
        """
        rule = next((rule for rule in self.rules if rule.name == rule_name), None)
        if rule is None:
            raise KeyError(rule_name)
        compiler = self._compiler(article.language)
        node = compiler.compile(rule.query)
        return explain(rule_name, node, Document(article, compiler.lexicon))

    def of_language(self, language: str | None) -> RulesOfLanguage:
        """The rules as compiled for articles of ``language``."""
        code = primary_code(language) if language else None
        if code not in self._compiled:
            self._compiled[code] = RulesOfLanguage(self._enabled, self._compiler(code))
        return self._compiled[code]

    def _compiler(self, language: str | None) -> Compiler:
        languages = (primary_code(language),) if language else self._languages
        return Compiler(languages, self._vocabularies, known=language is not None)


def _finding(rule: Rule, node: Node, document: Document) -> Finding:
    hits = _hits(node, document)
    article = document.article
    return Finding(
        rule=rule.name,
        terms=_terms(article, hits),
        excerpt=excerpt(article.title, article.text, hits),
        hits=hits,
    )


def _hits(node: Node, document: Document) -> tuple[Hit, ...]:
    """The first places that made the rule match, headline first, each once."""
    found: dict[tuple[str, int, int], Hit] = {}
    for query, (part, start, end) in node.marked(document, Zone.ALL):
        key = (part.value, start, end)
        if key not in found:
            found[key] = Hit(part, start, end, as_written(query).strip('"'))
    in_order = sorted(found.values(), key=lambda hit: (hit.part.value != "title", hit.start))
    return tuple(in_order[:_MOST_HITS])


def _terms(article: Article, hits: tuple[Hit, ...]) -> tuple[str, ...]:
    """The matched words as they stand in the article, each once whatever its case."""
    terms: dict[str, str] = {}
    for hit in hits:
        text = article.title if hit.part.value == "title" else article.text
        words = " ".join(text[hit.start : hit.end].split())
        terms.setdefault(words.casefold(), words)
    return tuple(terms.values())
