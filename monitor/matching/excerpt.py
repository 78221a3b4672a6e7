"""The few sentences of an article that show why a rule matched, with the words marked.

Taken from the text: the sentences side by side that hold the most different things the rule looked
for, and from further off what they lack, as far as there is room. Where half of it stands in the
headline alone, the headline comes first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from monitor.model import Fragment, Hit, Part
from monitor.text.characters import is_spaceless
from monitor.text.sentences import sentence_spans

LONGEST = 300
"""Characters of an excerpt, more or less a word."""

_ELLIPSIS = "…"
_DASH = " — "
_SENTENCES_LOOKED_AT = 2000
_SIDE_BY_SIDE = 8
_STRETCHES = 3
_SHORT = 40
"""Characters; one word in a sentence that is shorter says little by itself."""

Span = tuple[int, int]


def excerpt(title: str, text: str, hits: Sequence[Hit]) -> tuple[Fragment, ...]:
    """The excerpt of an article; ``hits`` are the places that made a rule match."""
    in_text = [hit for hit in hits if hit.part is Part.TEXT]
    title_hits = [hit for hit in hits if hit.part is Part.TITLE]
    in_title = _spans(title_hits)
    if in_text:
        shown = list(_shown(text, in_text))
        terms = {hit.term for hit in in_text}
        # The headline stands above the excerpt already: it is shown where it tells as much more.
        if len({hit.term for hit in title_hits} - terms) >= len(terms):
            head = _cut(title, _around((0, len(title)), in_title), in_title)
            shown = [*head, Fragment(_DASH), *shown]
        return _joined(shown)
    beginning = _beginning(text, LONGEST - len(title) - len(_DASH))
    if not in_title:
        return _joined(_cut(text or title, _beginning(text or title, LONGEST), []))
    shown = list(_cut(title, _around((0, len(title)), in_title), in_title))
    if beginning[1]:
        shown += [Fragment(_DASH), *_cut(text, beginning, [])]
    return _joined(shown)


def _shown(text: str, hits: Sequence[Hit]) -> Iterator[Fragment]:
    """The stretches of ``text`` as fragments, with an ellipsis between two."""
    spans = _spans(hits)
    for number, window in enumerate(_windows(text, hits)):
        if number:
            yield Fragment(f" {_ELLIPSIS} ")
        yield from _cut(text, window, spans)


def _spans(hits: Sequence[Hit]) -> list[Span]:
    """The hits' places, sorted, those that touch or overlap made one."""
    merged: list[Span] = []
    for start, end in sorted((hit.start, min(hit.end, hit.start + LONGEST)) for hit in hits):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _windows(text: str, hits: Sequence[Hit]) -> list[Span]:
    """The stretches of ``text`` to show, in reading order, ``LONGEST`` characters together.

    First the sentences side by side that hold the most different terms, the shortest such stretch,
    the earliest; then, as long as there is room, what holds the terms that are still missing.
    """
    sentences = _sentences_with(text, hits)
    if not sentences:
        return [_around((hits[0].start, hits[0].end), _spans(hits))]
    room, missing = LONGEST, {hit.term for hit in hits}
    chosen: list[Span] = []
    while missing and len(chosen) < _STRETCHES:
        found = _best(sentences, missing, room) if chosen else _first(sentences, missing)
        if found is None:
            break
        window, held = found
        chosen.append(_around(window, _spans(hits)) if not chosen else window)
        missing -= held
        room -= chosen[-1][1] - chosen[-1][0]
    if len({hit.term for hit in hits}) == 1:
        chosen = _widened(chosen, sentences)
    return _together(chosen)


Sentence = tuple[Span, frozenset[str]]
"""A sentence and the terms in it."""


def _sentences_with(text: str, hits: Sequence[Hit]) -> list[Sentence]:
    """The sentences up to the one after the last hit, each with the terms that begin in it."""
    spans = list(_sentences_to(text, max(hit.start for hit in hits)))
    terms: list[set[str]] = [set() for _ in spans]
    starts = [start for start, _ in spans]
    for hit in hits:
        number = bisect_right(starts, hit.start) - 1
        if number >= 0 and hit.start < spans[number][1]:
            terms[number].add(hit.term)
    return [(span, frozenset(held)) for span, held in zip(spans, terms, strict=True)]


def _first(sentences: list[Sentence], missing: set[str]) -> tuple[Span, frozenset[str]] | None:
    """The best stretch, or where every sentence is too long the one that holds the most."""
    best = _best(sentences, missing, LONGEST)
    longest = max(sentences, key=lambda sentence: len(sentence[1]))
    return longest if best is None or len(longest[1]) > len(best[1]) else best


def _best(
    sentences: list[Sentence], missing: set[str], room: int
) -> tuple[Span, frozenset[str]] | None:
    """The stretch of sentences within ``room`` characters that holds most of ``missing``."""
    best: tuple[tuple[int, int], Span, frozenset[str]] | None = None
    for first, ((start, _), held) in enumerate(sentences):
        if not held & missing:
            continue
        terms: frozenset[str] = frozenset()
        for (_, end), more in sentences[first : first + _SIDE_BY_SIDE]:
            if end - start > room:
                break
            terms |= more & missing
            rank = (len(terms), start - end)
            if more and (best is None or rank > best[0]):
                best = (rank, (start, end), terms)
    return best[1:] if best else None


def _widened(chosen: list[Span], sentences: list[Sentence]) -> list[Span]:
    """A single short stretch with the sentence after it, or before it, where that fits."""
    if len(chosen) != 1 or chosen[0][1] - chosen[0][0] >= _SHORT:
        return chosen
    start, end = chosen[0]
    after = next((span[1] for span, _ in sentences if span[0] >= end), end)
    before = max((span[0] for span, _ in sentences if span[1] <= start), default=start)
    for wider in ((start, after), (before, end)):
        if end - start < wider[1] - wider[0] <= LONGEST:
            return [wider]
    return chosen


def _together(windows: list[Span]) -> list[Span]:
    """Stretches in reading order, neighbours joined."""
    joined: list[Span] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1] + 2:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _sentences_to(text: str, position: int) -> Iterator[Span]:
    """The sentences up to the one that holds ``position``, and the next."""
    for number, (start, end) in enumerate(sentence_spans(text)):
        yield start, end
        if start > position or number > _SENTENCES_LOOKED_AT:
            return


def _around(window: Span, hits: Sequence[Span]) -> Span:
    """``window`` cut to ``LONGEST`` characters, so that it holds as many hits as can be."""
    start, end = window
    if end - start <= LONGEST:
        return window
    inside = [hit for hit in hits if start <= hit[0] < end] or [(start, start + 1)]
    counts = [
        (sum(1 for other in inside if hit[0] <= other[0] and other[1] <= hit[0] + LONGEST), hit)
        for hit in inside[:50]
    ]
    first = max(counts, key=lambda counted: (counted[0], -counted[1][0]))[1]
    last = max(
        h[1] for h in inside if h[0] >= first[0] and (h == first or h[1] <= first[0] + LONGEST)
    )
    spare = max(0, LONGEST - (last - first[0]))
    start = max(start, first[0] - spare // 2)
    return start, min(end, max(start + LONGEST, first[1]))


def _beginning(text: str, longest: int) -> Span:
    """The first sentences that fit, or as much of the first as does."""
    if longest < 20:
        return 0, 0
    chosen = 0
    for _, end in _sentences_to(text, longest):
        if end > longest:
            break
        chosen = end
    return (0, chosen) if chosen else (0, min(len(text), longest))


def _cut(text: str, window: Span, hits: Sequence[Span]) -> Iterator[Fragment]:
    """The characters of ``window`` as fragments, moved to the edges of words."""
    start, end = _to_edges(text, window, hits)
    shown = [hit for hit in hits if hit[1] > start and hit[0] < end]
    if start > 0 and not _opens_sentence(text, start):
        yield Fragment(_ELLIPSIS)
    position = start
    for hit_start, hit_end in shown:
        yield Fragment(text[position:hit_start])
        yield Fragment(text[hit_start:hit_end], hit=True)
        position = hit_end
    yield Fragment(text[position:end])
    if text[end:].strip() and text[end - 1 : end] not in tuple('.!?…。！？"”»)'):
        yield Fragment(_ELLIPSIS)


def _to_edges(text: str, window: Span, hits: Sequence[Span]) -> Span:
    """``window`` without halves of words or of hits at its ends."""
    start, end = window
    while start < end and _within_word(text, start):
        start += 1
    while end > start and _within_word(text, end):
        end -= 1
    for hit_start, hit_end in hits:
        if hit_start < start < hit_end:
            start = hit_start
        if hit_start < end < hit_end:
            end = hit_end
    return (start, end) if start < end else window


def _within_word(text: str, position: int) -> bool:
    """Whether ``position`` lies between two characters of one word."""
    if not 0 < position < len(text):
        return False
    before, after = text[position - 1], text[position]
    return not (before.isspace() or after.isspace() or is_spaceless(before) or is_spaceless(after))


def _opens_sentence(text: str, position: int) -> bool:
    before = text[max(0, position - 4) : position].rstrip()
    return (
        not before
        or before[-1] in '.!?…。！？:"”»'
        or "\n" in text[max(0, position - 2) : position]
    )


def _joined(fragments: Iterator[Fragment] | Sequence[Fragment]) -> tuple[Fragment, ...]:
    """Fragments in one line, blanks brought together, empty ones left out."""
    line: list[Fragment] = []
    for fragment in fragments:
        text = " ".join(fragment.text.split()) if fragment.text.strip() else ""
        lead = " " if fragment.text[:1].isspace() else ""
        tail = " " if fragment.text[-1:].isspace() and text else ""
        text = lead + text + tail
        if line and line[-1].text.endswith(" "):
            text = text.lstrip()
        if text:
            line.append(Fragment(text if line else text.lstrip(), fragment.hit))
    if line:
        line[-1] = Fragment(line[-1].text.rstrip(), line[-1].hit)
    return tuple(fragment for fragment in line if fragment.text)
