"""Addresses that need no mending go a short way; it leads where the long one leads."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.feeds.links import canonical_feed_link, canonical_link, site_of

_BITS = (
    st.sampled_from("/.-:@?&=#;%[]üa")
    | st.sampled_from((":80", ":443", ":8080", ":080", ":99999", "www.", "example.org", "EXAMPLE"))
    | st.sampled_from(("index.", "/index.php", "/INDEX.htm", ";jsessionid=7", "%41", "%2f"))
    | st.sampled_from(("utm_source=x", "feed=rss2", "id=2"))
)
_ADDRESSES = st.builds(
    lambda beginning, bits: beginning + "".join(bits),
    st.sampled_from(["http://", "https://", "http://www.", "https://news.example", "http:"]),
    st.lists(_BITS | st.characters(), max_size=8),
)


@settings(max_examples=400)
@given(_ADDRESSES)
@example("http://a.example/\ud800")
def test_the_short_way_and_the_long_one_lead_to_one_spelling(address: str) -> None:
    long_way = "HTTP" + address[4:]  # the short one is for addresses in small letters
    for canonical in (canonical_link, canonical_feed_link):
        if canonical(long_way) == long_way:  # no address
            assert canonical(address) == address
        else:
            assert canonical(address) == canonical(long_way)
    assert site_of(address) == site_of(long_way)


@given(st.characters(), st.text(max_size=8) | _ADDRESSES)
def test_what_is_no_web_address_is_given_back(first: str, rest: str) -> None:
    text = first + rest
    if canonical_link(text) != text:
        assert text.strip().lower()[:1] == "h" or first < " "
