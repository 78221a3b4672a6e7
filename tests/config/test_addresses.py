"""Addresses of feeds: the quick look at them says nothing that the careful one would not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.feeds import _normal, _shown
from monitor.config.fields import is_plain, web_address
from monitor.toml_source import WrongValueError

SIGNS = "http https :// : / // a.example A . - @ ? # % 80 443 8080 70000 ; [::1] é &x=1 \\ 0"
PARTS = st.sampled_from([*SIGNS.split(), " ", "\t"])
ADDRESSES = st.lists(PARTS, max_size=8).map("".join)


def carefully(address: str) -> tuple[str, str] | None:
    """What the careful look makes of an address; None where it refuses it."""
    try:
        # A fragment is never part of what is compared, and no plain address has one.
        address_read = web_address(f"{address}#")
    except WrongValueError:
        return None
    return address_read.removesuffix("#"), _normal(f"{address}#")


@given(ADDRESSES.map(lambda rest: f"http://a.example/{rest}") | ADDRESSES)
def test_a_plain_address_is_one_that_the_careful_look_takes_as_it_stands(address: str) -> None:
    if is_plain(address):
        assert carefully(address) == (address, address)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8901/feed/7",
        "https://example.org/world.rss",
        "https://www.example.org/feed/?section=world&lang=fr",
        "https://example.org/~desk/a%20b;c=1/",
    ],
)
def test_most_addresses_are_plain(address: str) -> None:
    assert is_plain(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://a.example:80/feed",
        "https://a.example:443/feed",
        "https://A.example/feed",
        "https://a.example",
        "https://a.example/feed#top",
        "https://a.example/feed?",
        "https://user@a.example/feed",
        "https://a.example:99999/feed",
        "ftp://a.example/feed",
    ],
)
def test_an_address_with_another_spelling_is_not(address: str) -> None:
    assert not is_plain(address)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("x.example/feed?page=2", "https://x.example/feed?page=2"),
        ("x.example/?token=MY-SECRET", "https://x.example/…"),
        ("desk:MY-SECRET@x.example/feed", "https://x.example/…"),
    ],
)
def test_a_faulty_address_is_told_without_its_secrets(written: str, told: str) -> None:
    assert _shown(written) == told
