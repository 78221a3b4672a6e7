"""Which stored article somebody means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.records import dataclass

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.model import Article


@dataclass(frozen=True, slots=True)
class Stored:
    """What an address is known for: the article's id, and the article unless it is forgotten.

    ``by`` says what the address is: "address", "guid" or "id".
    """

    id: str
    article: Article | None
    by: str


def look_up(connection: Connection, address: str) -> Stored | None:
    """What ``address`` is known for: a link in any spelling, a guid in a feed of ours, or an id.

    A link that leads through an aggregator, and holds the address itself, is that address.
    """
    from monitor.feeds.identity import keys_of
    from monitor.feeds.wrapped_links import unwrapped
    from monitor.store import articles, feeds

    urls = [state.url for state in feeds.states(connection)]
    found: dict[str, str] = {}
    for spelling in dict.fromkeys((address, unwrapped(address))):
        link, *guids = keys_of(spelling, urls)
        held = articles.holders(connection, (link, *guids))
        named = [(held[key][0], "guid") for key in guids if key in held]
        if link in held:
            named.insert(0, (held[link][0], "address"))
        if at := articles.with_url(connection, spelling):
            named.append((at, "address"))
        for id_, by in (*named, (spelling, "id")):
            found.setdefault(id_, by)
    stored = articles.get(connection, list(found))
    for id_, by in found.items():
        if id_ in stored:
            return Stored(id_, stored[id_], by)
    return next((Stored(id_, None, by) for id_, by in found.items() if by != "id"), None)


def find_article(connection: Connection, address: str) -> tuple[Article | None, bool]:
    """The article that is known by ``address``, and whether any ever was.

    (None, True) is an article that was read and is forgotten.
    """
    found = look_up(connection, address)
    return (found.article, True) if found else (None, False)
