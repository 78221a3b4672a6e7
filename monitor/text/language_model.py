"""How likely a text is in each of 140 languages: py3langid's model, read from the cache folder.

py3langid (naive Bayes over byte n-grams) unpacks its model at each start, in half a second and 80
MB. Here it is unpacked once and kept as plain arrays: a start costs some milliseconds. Of the two
large ones, a text asks for a few hundred places far apart: the moves of the automaton that finds
the n-grams, and the rows of their weights. These are read one by one. Mapped into memory, each
would bring sixteen pages with it. Those asked for last are kept, as texts that come together share
most of theirs. Where nothing can be written, or another version of the library keeps its model
otherwise, the library loads it as it does.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from weakref import finalize

from monitor.text.kept_tries import cache_folder

logger = logging.getLogger(__name__)

_FORMAT = 1
_ARRAYS = ("weights", "priors", "moves", "rows", "features")
_CLASSES = "classes.json"
_KEPT_ROWS = 8000
"""How many rows of the weights are kept at most: six megabytes, until they are released."""
_KEPT_MOVES = 30_000
"""How many moves of the automaton, in three to four megabytes."""


def likelihoods(text: str) -> dict[str, float]:
    """The probability of each language (py3langid's code) for ``text``; together they are 1.

    The likeliest comes first.

    Takes time linear in the length of the text: some tenths of a millisecond for a paragraph.
    """
    return dict(_identifier().rank(text))


@lru_cache(maxsize=1)
def _identifier() -> Any:
    folder = cache_folder() / "language-model" / f"{_FORMAT}-{version('py3langid')}"
    try:
        if not folder.is_dir():
            _unpack(folder)
        return _mapped(folder)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        logger.debug("The model of languages is not kept in %s: %s", folder, error)
        return _loaded()


def _loaded() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _unpack(folder: Path) -> None:
    """Write the model's arrays to ``folder``: all of them or nothing. Raises OSError."""
    import numpy
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    weights, priors, classes, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    arrays = (weights, priors, moves, rows, numpy.asarray(features, dtype=numpy.int32))
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix="making-"))
    try:
        for name, array in zip(_ARRAYS, arrays, strict=True):
            numpy.save(made / f"{name}.npy", numpy.asarray(array))
        (made / _CLASSES).write_text(json.dumps(list(classes)))
        made.rename(folder)  # fails where another process was first
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not folder.is_dir():
            raise


def _mapped(folder: Path) -> Any:
    import numpy
    from py3langid.langid import LanguageIdentifier

    weights, priors, moves, rows, features = (
        numpy.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS
    )
    wanted = _Rows(folder / "weights.npy", weights)
    classes = json.loads((folder / _CLASSES).read_text())
    identifier = LanguageIdentifier(
        wanted,
        numpy.array(priors),
        classes,
        _Moves(folder / "moves.npy", moves),
        memoryview(features),  # an element of it is an int, several times as fast as numpy's
        norm_probs=True,
        tk_row=(),
    )
    # Where each row of moves begins: a list of these, as the library makes one, takes 8 MB.
    row_starts: Any = numpy.asarray(rows, dtype=numpy.uint32) << 8
    identifier._rowbase = memoryview(row_starts)
    return identifier


class _Rows:
    """Rows of an array in a file, read as they are asked for. ``array`` is the same, mapped.

    They come as numbers of four bytes, which are multiplied ten times as fast as those of two. The
    last ones are kept: ``at_most`` so many, or as many as are asked for at once.
    """

    def __init__(self, path: Path, array: Any, at_most: int = _KEPT_ROWS) -> None:
        self._file = os.open(path, os.O_RDONLY)
        finalize(self, os.close, self._file)
        self._start = array.offset
        self._size = array.itemsize * array.shape[1]
        self._kind = array.dtype
        self._at_most = at_most
        self._kept: dict[int, bytes] = {}

    def __getitem__(self, numbers: Any) -> Any:
        """The rows of these numbers, one below the other."""
        import numpy

        wanted, kept = numbers.tolist(), self._kept
        if len(kept) + len(wanted) > self._at_most:
            kept = self._kept = {}  # another thread goes on with what it began with
        missing = [number for number in wanted if number not in kept]
        if missing:
            kept.update(zip(missing, self._read(missing), strict=True))
        rows = b"".join(map(kept.__getitem__, wanted))
        return numpy.frombuffer(rows, numpy.float32).reshape(len(wanted), -1)

    def _read(self, numbers: list[int]) -> list[bytes]:
        import numpy

        file, start, size = self._file, self._start, self._size
        read = b"".join([os.pread(file, size, start + number * size) for number in numbers])
        rows = numpy.frombuffer(read, self._kind).astype(numpy.float32).reshape(len(numbers), -1)
        return [row.tobytes() for row in rows]

    def forget(self) -> None:
        """Keep no row any longer."""
        self._kept = {}


class _Moves(dict[int, int]):
    """Numbers of an array in a file, read as they are asked for; the last ``at_most`` are kept.

    ``array`` is the same, mapped. Threads may share it: each step is one operation of a ``dict``.
    """

    def __init__(self, path: Path, array: Any, at_most: int = _KEPT_MOVES) -> None:
        self._file = os.open(path, os.O_RDONLY)
        finalize(self, os.close, self._file)
        self._start = array.offset
        self._size = array.itemsize
        self._at_most = at_most

    def __missing__(self, place: int) -> int:
        """The number at this place of the array."""
        read = os.pread(self._file, self._size, self._start + place * self._size)
        if len(self) >= self._at_most:
            self.clear()
        self[place] = number = int.from_bytes(read, sys.byteorder)
        return number


def release() -> None:
    """Give back the memory of what is kept of the model: it is read again when asked for."""
    if not _identifier.cache_info().currsize:
        return
    identifier = _identifier()
    if isinstance(identifier.nb_ptc, _Rows):
        identifier.nb_ptc.forget()
        identifier.tk_nextmove.clear()
