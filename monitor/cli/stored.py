"""Which stored article somebody means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.model import Article


def find_article(connection: Connection, address: str) -> tuple[Article | None, bool]:
    """The article that is known by ``address``, and whether any ever was.

    ``address`` is a link to it in any spelling, its guid in a feed of ours, or its id. (None, True)
    is an article that was read and is forgotten.
    """
    from monitor.feeds.identity import keys_of
    from monitor.store import articles, feeds

    urls = [state.url for state in feeds.states(connection)]
    keys = keys_of(address, urls)
    held = articles.holders(connection, keys)
    ids = [held[key][0] for key in keys if key in held]
    ids += [id_ for id_ in (address, articles.with_url(connection, address)) if id_]
    stored = articles.get(connection, list(dict.fromkeys(ids)))
    found = next((stored[id_] for id_ in ids if id_ in stored), None)
    return found, bool(held) or found is not None
