"""The few sentences of an article that show why a rule matched, with the words marked.

Taken from the text: the sentence that holds the most different things the rule looked for, with its
neighbours where they add more and there is room. Where half of it stands in the headline alone, the
headline comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.model import Fragment, Hit, Part
from monitor.text.characters import is_spaceless
from monitor.text.sentences import sentence_spans

LONGEST = 300
"""Characters of an excerpt, more or less a word."""

_ELLIPSIS = "…"
_DASH = " — "
_SENTENCES_LOOKED_AT = 2000

Span = tuple[int, int]


def excerpt(title: str, text: str, hits: Sequence[Hit]) -> tuple[Fragment, ...]:
    """The excerpt of an article; ``hits`` are the places that made a rule match."""
    in_text = [hit for hit in hits if hit.part is Part.TEXT]
    title_hits = [hit for hit in hits if hit.part is Part.TITLE]
    in_title = _spans(title_hits)
    if in_text:
        shown = list(_cut(text, _window(text, in_text), _spans(in_text)))
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


def _spans(hits: Sequence[Hit]) -> list[Span]:
    """The hits' places, sorted, those that touch or overlap made one."""
    merged: list[Span] = []
    for start, end in sorted((hit.start, min(hit.end, hit.start + LONGEST)) for hit in hits):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _window(text: str, hits: Sequence[Hit]) -> Span:
    """The characters of ``text`` to show."""
    sentences = list(_sentences_to(text, max(hit.start for hit in hits)))
    if not sentences:
        return _around((hits[0].start, hits[0].end), _spans(hits))
    terms = [{hit.term for hit in hits if start <= hit.start < end} for start, end in sentences]
    best = max(range(len(sentences)), key=lambda number: (len(terms[number]), -number))
    start, end = sentences[best]
    seen = set(terms[best])
    for neighbour in (best + 1, best - 1):
        if 0 <= neighbour < len(sentences) and terms[neighbour] - seen:
            wider = min(start, sentences[neighbour][0]), max(end, sentences[neighbour][1])
            if wider[1] - wider[0] <= LONGEST:
                (start, end), seen = wider, seen | terms[neighbour]
    return _around((start, end), _spans(hits))


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
