"""Makes the dictionary of base forms of one language out of simplemma's data.

Up to five million entries go by as a stream, never all at once: they are unpacked into a temporary
file, read once for the base forms that are words themselves, once to be folded, and sorted by
their first letters into *shards* of some hundred thousand entries, of which each becomes one MARISA
trie, for a trie takes a hundred bytes an entry while it is made. The whole stays under 200 MB.

One file holds all shards: a header line of JSON (where each begins, and the first word of each but
the first), then the tries.

A trie's key is a folded word; each of its values is one entry, as text in UTF-8: a character for
how many letters to take off the word (``0`` for none, ``1`` for one …) and what to put there
gives the folded base form; after a tab follow the accents of the word as written, where it has any
(:func:`monitor.text.fold.accents`). So ``zolnierze`` has the value ``1<TAB>ż.ł``: żołnierze is a
form of zolnierz.
"""

from __future__ import annotations

import fcntl
import json
import os
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path

from monitor.text.fold import accents, fold, fold_lines

LONGEST = 60
"""Characters of the longest word that is kept."""

_ENTRIES_A_SHARD = 400_000
_BATCH = 5_000  # words folded in one go
_BUFFER = 1 << 20
_SAMPLED = 512  # every so many-th word is looked at to find where shards begin
_UNCHAINED = frozenset({"en"})
_FIRST_SIGN = ord("0")
_NICE = 10


def build_once(code: str, path: Path) -> None:
    """The same as :func:`build`, at low priority, by one process at a time.

    Whoever waited for another to make it finds it made. A lock that is lost costs work done twice
    and nothing else, so that where files cannot be locked it is done without.
    """
    from monitor.text.dictionary import mapped

    os.nice(_NICE)
    with path.with_suffix(".lock").open("w") as lock:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        if mapped(path) is None:
            for left_over in path.parent.glob(f"{path.name}.*"):  # of one that was killed
                left_over.unlink(missing_ok=True)
            build(code, path)


def build(code: str, path: Path) -> None:
    """Write the dictionary of simplemma's language ``code`` to ``path``, whole or not at all.

    Temporary files stand beside it, under names that begin with ``path``'s, and are gone at the
    end. Raises OSError where nothing can be written, ValueError for data that cannot be read.
    """
    with ExitStack() as stack:
        plain = stack.enter_context(_Temporary(path, "plain"))
        bases, starts = _unpack(code, plain.path)
        chain = {} if code in _UNCHAINED else _chain(plain.path, bases)
        shards = [stack.enter_context(_Temporary(path, str(n))) for n in range(len(starts) + 1)]
        _spread(plain.path, bases, chain, starts, shards)
        made = stack.enter_context(_Temporary(path, "made"))
        _write_tries(shards, starts, made)
        made.path.replace(path)


def edit(folded: str, base: str) -> str:
    """What makes the folded ``base`` of the ``folded`` word: see :func:`edited`."""
    shared = min(len(base), len(folded))
    while not folded.startswith(base[:shared]):  # mostly the endings differ: a step or two
        shared -= 1
    return chr(_FIRST_SIGN + len(folded) - shared) + base[shared:]


def edited(folded: str, value: str) -> str:
    """The base form that :func:`edit` gave ``value`` for."""
    return folded[: len(folded) + _FIRST_SIGN - ord(value[0])] + value[1:]


class _Temporary:
    """A file beside ``path`` that is removed at the end, if it is still there."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path.with_name(f"{path.name}.{os.getpid()}.{name}")

    def __enter__(self) -> _Temporary:
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)


def _unpack(code: str, plain: Path) -> tuple[frozenset[str], list[str]]:
    """Write every entry as a line to ``plain``; all base forms, and where shards shall begin."""
    bases: set[bytes] = set()
    sample: list[str] = []
    count = 0
    with plain.open("wb", buffering=_BUFFER) as lines:
        for count, (word, base) in enumerate(_entries(code), 1):
            lines.write(b"%b\t%b\n" % (word, base))
            bases.add(base)
            if count % _SAMPLED == 0:
                sample.append(fold(word.decode()))
    sample.sort()
    shards = count // _ENTRIES_A_SHARD + 1
    starts = [sample[len(sample) * n // shards] for n in range(1, shards)]
    return frozenset(base.decode() for base in bases), starts


def _entries(code: str) -> Iterator[tuple[bytes, bytes]]:
    """simplemma's entries, word and base form, one after another.

    Its public classes hold them all at once (470 MB of Polish) or look each up anew.
    """
    from simplemma.strategies.dictionaries import frontcode
    from simplemma.strategies.dictionaries.dictionary_factory import _read_decompressed

    data = _read_decompressed(code)
    backwards, _, position = frontcode._read_header(data)
    for _, word, base in frontcode._iter_records(data, position):
        yield (word[::-1], base[::-1]) if backwards else (word, base)


def _batches(plain: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The entries that :func:`_unpack` wrote, by the thousand: words, and their base forms."""
    with plain.open(encoding="utf-8", newline="\n") as lines:
        while batch := "".join(islice(lines, _BATCH)):
            both = batch.replace("\n", "\t").split("\t")
            yield both[0:-1:2], both[1:-1:2]


def _chain(plain: Path, bases: frozenset[str]) -> dict[str, str]:
    """The base forms of base forms that have another."""
    chain: dict[str, str] = {}
    for words, their_bases in _batches(plain):
        pairs = zip(words, their_bases, strict=True)
        chain.update((word, base) for word, base in pairs if word in bases and word != base)
    return chain


def _spread(
    plain: Path,
    bases: frozenset[str],
    chain: dict[str, str],
    starts: list[str],
    shards: list[_Temporary],
) -> None:
    """Write folded word and value of every entry, as a line, to the shard it belongs to."""
    folded_base = lru_cache(maxsize=50_000)(fold)
    with ExitStack() as stack:
        files = [
            stack.enter_context(shard.path.open("w", encoding="utf-8", newline="\n"))
            for shard in shards
        ]
        for words, their_bases in _batches(plain):
            all_folded = fold_lines("\n".join(words)).split("\n")
            lines: list[list[str]] = [[] for _ in shards]
            for folded, word, base in zip(all_folded, words, their_bases, strict=True):
                if len(word) > LONGEST:
                    continue
                ending = "\n" if folded == word else _ending(folded, word.lower())
                into = lines[bisect_right(starts, folded)]
                into.append(f"{folded}\t{edit(folded, folded_base(base))}{ending}")
                if word in bases and word != base:
                    into.append(f"{folded}\t{edit(folded, folded)}{ending}")
                if base in chain:
                    into.append(f"{folded}\t{edit(folded, folded_base(chain[base]))}{ending}")
            for file, its_lines in zip(files, lines, strict=True):
                file.writelines(its_lines)


def _ending(folded: str, lowered: str) -> str:
    return "\n" if folded == lowered else f"\t{accents(lowered)}\n"


def _write_tries(shards: list[_Temporary], starts: list[str], made: _Temporary) -> None:
    from marisa_trie import BinaryTrie

    sizes = []
    for shard in shards:
        trie = BinaryTrie(_keys(shard.path))  # as BytesTrie makes it of pairs, without the pairs
        trie.save(str(shard.path))
        sizes.append(shard.path.stat().st_size)
        del trie
    header = json.dumps({"starts": starts, "sizes": sizes}).encode() + b"\n"
    with made.path.open("wb") as whole:
        whole.write(header.rjust(len(header) + -len(header) % 8))
        for shard in shards:
            whole.write(shard.path.read_bytes())
        whole.flush()
        os.fsync(whole.fileno())


def _keys(shard: Path) -> Iterator[bytes]:
    with shard.open("rb") as lines:
        for line in lines:
            yield line[:-1].replace(b"\t", b"\xff", 1)
