"""The many spellings of one web address, brought to one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, urlsplit

# Short beginnings are given with what follows: "at_id" or "pk_article" may be all that tells two
# pages apart, and an article that is taken for another is never told.
_TRACKING_BEGINNINGS = (
    "utm_ mtm_ piwik_ hsa_ oly_ wt. wt_mc wt_zmc at_medium at_campaign at_custom at_link at_ptr_ "
    "at_bbc_ at_format at_creation at_variant at_network at_platform at_channel at_general_ "
    "at_detail_ at_email at_send_ at_recipient_ ns_mchannel ns_source ns_campaign ns_linkname "
    "ns_fee pk_campaign pk_cpn pk_keyword pk_kwd pk_source pk_medium pk_content pk_cid"
)
_TRACKING_PREFIXES = tuple(_TRACKING_BEGINNINGS.split())
_TRACKING_NAMES = (
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh "
    "li_fat_id mc_cid mc_eid _hsenc _hsmi mkt_tok vero_id ml_subscriber s_cid icid intcid ncid "
    "cmpid cmp ocid smid xtor echobox mbid guccounter guce_referrer guce_referrer_sig spm "
    "ito sr_share traffic_source phpsessid jsessionid"
)
_TRACKING = frozenset(_TRACKING_NAMES.split())
# These say where a reader came from only when they say it is a feed, and only of a page: where
# nothing else stands in an address, they say what it is ("/?feed=rss2").
_ORIGINS = frozenset(("ref", "source", "src", "from", "feed", "partner", "output", "via", "medium"))
_FEED_ORIGINS = frozenset(("rss", "rss2", "atom", "feed", "rssfeed", "rss_feed", "feeds", "xml"))
_INDEX = re.compile(r"/index\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_HOST = r"https?://(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*)"
_USUAL_SITE = re.compile(_HOST + r"(?::[0-9]*)?(?:[/?#]|\Z)")
_USUAL = re.compile(
    _HOST + r"(?::([1-9][0-9]{0,3}))?(/[\w/.~!$&'()*+,=:@-]*)?(?:\?([\w/.~!$&'()*+,=:@?-]*))?",
    re.ASCII,
)
"""An address in which nothing is to be mended; the parameters may be too many."""
_OTHER_BEGINNINGS = frozenset(map(chr, range(0x21, 0x7F))) - {"h", "H"}
_KEPT = "%/:;,=&?+@!$'()*~[]|"  # as letters and digits are
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@lru_cache(maxsize=256)  # a guid and a link are often one address, and a feed's is asked for often
def canonical_link(url: str) -> str:
    """The one spelling that every spelling of a web address is brought to, for comparing.

    Scheme, "www.", default port, user, fragment, tracking parameters, index page and trailing
    slash do not count; the other parameters do, in their order. What is no http(s) address is
    given back as it is. The result need not lead anywhere. For feeds: ``canonical_feed_link``.
    """
    return _canonical(url, _without_tracking)


def canonical_feed_link(url: str) -> str:
    """The same for the address of a feed, of which every parameter counts.

    ``?q=niger&output=rss`` is another feed than ``?q=niger&output=atom``, and the page without it
    is none at all.
    """
    return _canonical(url, lambda _path, query: query)


def _canonical(url: str, told_by: Callable[[str, str], str]) -> str:
    """``told_by(path, query)`` gives what of a query tells an address from others."""
    usual = _USUAL.fullmatch(url)
    if not usual:
        return url if url[:1] in _OTHER_BEGINNINGS else _mended(url, told_by)
    host, port, path, query = usual.groups("")
    shown_port = "" if port in ("", "80", "443") else f":{port}"
    path = _without_index(path)
    query = told_by(path, _without_gaps(query)) if query else ""
    return f"https://{host}{shown_port}{path}{'?' if query else ''}{query}"


def _mended(url: str, told_by: Callable[[str, str], str]) -> str:
    """The same for addresses of every kind."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname:
        return url
    shown_port = "" if port in (None, 80, 443) else f":{port}"
    path = _without_index(_SESSION.sub("", _escaped(parts.path)))
    query = told_by(path, _without_gaps(parts.query))
    # Pages of one document are told apart behind the "#" by some programs: "#!/news/12".
    fragment = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    mark = "?" if query else ""
    return f"https://{_host(parts.hostname)}{shown_port}{path}{mark}{_escaped(query)}{fragment}"


def site_of(url: str) -> str:
    """The host of a web address without "www.", lower-case; empty for anything else."""
    if usual := _USUAL_SITE.match(url):
        return usual[1]
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return ""
    return _host(host) if parts.scheme.lower() in ("http", "https") else ""


def is_front_page(canonical: str) -> bool:
    """Whether a canonical link names a site and nothing on it."""
    return canonical.startswith("https://") and canonical.count("/") == 2 and "?" not in canonical


def _host(host: str) -> str:
    host = host.lower().rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return host.removeprefix("www.")


def _without_index(path: str) -> str:
    if "index." in path.lower():
        path = _INDEX.sub("/", path)
    return path.rstrip("/")


def _without_gaps(query: str) -> str:
    return "&".join(part for part in query.split("&") if part)


def _without_tracking(path: str, query: str) -> str:
    kept = [part for part in query.split("&") if part and not _is_tracking(part)]
    pages = [part for part in kept if not _is_origin(part)]
    return "&".join(pages if path or pages else kept)


def _is_tracking(parameter: str) -> bool:
    name = parameter.lower().partition("=")[0]
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _is_origin(parameter: str) -> bool:
    name, _, value = parameter.lower().partition("=")
    return name in _ORIGINS and value in _FEED_ORIGINS


def _escaped(text: str) -> str:
    """Percent-encoding in one spelling (RFC 3986, 6.2.2)."""
    return _ESCAPE.sub(_one_escape, quote(text, _KEPT, errors="surrogatepass"))


def _one_escape(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else f"%{found[1].upper()}"
