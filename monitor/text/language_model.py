"""How likely a text is in each of 140 languages: py3langid's model, mapped from the cache folder.

py3langid (naive Bayes over byte n-grams) unpacks its model at each start, in half a second and 80
MB. Here it is unpacked once and kept as plain arrays: a start costs some milliseconds. The moves
from byte to byte are mapped, so that of them only those pages are in memory that the texts at hand
ask for, shared between processes. The weights, of which a text asks for a hundred rows far apart,
are read row by row: mapped, each would bring sixteen pages with it. Where nothing can be written,
or another version of the library keeps its model otherwise, the library loads it as it does.
"""

from __future__ import annotations

import json
import logging
import mmap
import os
import shutil
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


def likelihoods(text: str) -> dict[str, float]:
    """The probability of each language (py3langid's code) for ``text``; together they are 1.

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
        memoryview(moves),  # an element of it is an int, several times as fast as numpy's
        memoryview(features),
        norm_probs=True,
        tk_row=(),
    )
    # Where each row of moves begins: a list of these, as the library makes one, takes 8 MB.
    row_starts: Any = numpy.asarray(rows, dtype=numpy.uint32) << 8
    identifier._rowbase = memoryview(row_starts)
    return identifier


class _Rows:
    """Rows of an array in a file, read as they are asked for. ``array`` is the same, mapped."""

    def __init__(self, path: Path, array: Any) -> None:
        self._file = os.open(path, os.O_RDONLY)
        finalize(self, os.close, self._file)
        self._start = array.offset
        self._size = array.itemsize * array.shape[1]
        self._kind = array.dtype

    def __getitem__(self, numbers: Any) -> Any:
        """The rows of these numbers, one below the other."""
        import numpy

        file, start, size = self._file, self._start, self._size
        rows = b"".join([os.pread(file, size, start + at * size) for at in numbers.tolist()])
        return numpy.frombuffer(rows, self._kind).reshape(len(numbers), -1)


def release() -> None:
    """Give back the memory that the mapped array takes; what is asked for next is read again.

    Worth it after many texts: of a mapped file sixteen pages come in with every one touched.
    """
    if _identifier.cache_info().currsize:
        moves = getattr(_identifier().tk_nextmove, "obj", None)
        mapped = getattr(moves, "_mmap", None)
        if mapped is not None:
            mapped.madvise(mmap.MADV_DONTNEED)
