"""A renderer that is made when something is first rendered.

Templates and their library take some thirty milliseconds to be read in, and many a pass sends
nothing.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from monitor.digests.options import DigestOptions
from monitor.model import Digest

if TYPE_CHECKING:
    from monitor.digests.render import Rendered, Renderer


class LateRenderer:
    """Stands for a ``Renderer``."""

    @cached_property
    def _made(self) -> Renderer:
        from monitor.digests.render import Renderer

        return Renderer()

    def render(self, digest: Digest, options: DigestOptions) -> Rendered:
        """The messages of ``digest``, as ``Renderer.render`` gives them."""
        return self._made.render(digest, options)

    def our_own(self, file: str, names: dict[str, Any]) -> str:
        """One of our own templates with these names in it, as ``Renderer.our_own`` gives it."""
        return self._made.our_own(file, names)
