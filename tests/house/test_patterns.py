"""Patterns that Python 3.11.0 to 3.11.4 read wrongly, or for ever.

There, what a possessive quantifier or an atomic group holds must not be such that it can be matched
in several ways (CPython issue 106052, mended in 3.11.5). Debian 12 has 3.11.2.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

PROGRAM = """
    import importlib, pkgutil, re
    from re import _compiler, _constants as codes, _parser

    several = {codes.BRANCH, codes.MAX_REPEAT, codes.MIN_REPEAT}
    committed = {codes.POSSESSIVE_REPEAT, codes.ATOMIC_GROUP}

    def within(part):
        if isinstance(part, _parser.SubPattern):
            yield part
        elif isinstance(part, (list, tuple)):
            for each in part:
                yield from within(each)

    def has(pattern, wanted, deeper=lambda inner: True):
        return any(
            (code in wanted and any(map(deeper, within(what))))
            or any(has(inner, wanted, deeper) for inner in within(what))
            for code, what in pattern
        )

    def is_risky(pattern):
        return has(pattern, committed, lambda inner: has([(0, inner)], several))

    parse, seen = _parser.parse, []

    def noted(text, *rest):
        pattern = parse(text, *rest)
        if is_risky(pattern):
            seen.append(text)
        return pattern

    _parser.parse = noted
    if EXTRA:
        re.compile(EXTRA)
    import monitor
    for module in pkgutil.walk_packages(monitor.__path__, "monitor."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    from monitor.text import languages, tokens
    languages._marked_word(), tokens._pattern(False), tokens._pattern(True)
    print([text for text in seen if "(?>\\\\w+)" not in str(text)])  # a library's, of one class
"""


def risky(extra: str) -> str:
    program = f"EXTRA = {extra!r}\n" + textwrap.dedent(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_no_pattern_is_of_the_kind_that_older_pythons_read_wrongly() -> None:
    assert risky("") == "[]"


def test_such_a_pattern_would_be_found() -> None:
    assert risky(r"(?:ab|cd)*+e") == r"['(?:ab|cd)*+e']"
