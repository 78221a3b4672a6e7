"""Wirewatch: feeds in, rules matched in any language, digests out by mail and webhook."""

import sys

__version__ = "0.1.0"

# httpx looks for other libraries when it is imported, for a command line of its own that nothing
# here asks of it. Not found, it does without, and every command starts sooner.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
