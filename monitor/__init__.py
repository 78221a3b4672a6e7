"""Wirewatch: feeds in, rules matched in any language, digests out by mail and webhook."""

import sys

__version__ = "0.1.0"

# Two libraries look for others when they are imported, for what nothing here asks of them: httpx
# for its own command line, structlog for tracebacks in colour. Not found, they do without, and
# every command starts sooner.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
