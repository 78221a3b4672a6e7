"""What one library packs, the other unpacks, whatever stands in the text."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from monitor.store.packing import packed, unpacked


@given(st.text(st.characters(), max_size=3000))
def test_what_is_packed_can_be_read_without_the_library_and_the_other_way_round(text: str) -> None:
    plain = text.encode("utf-8", "surrogatepass")
    assert zlib.decompress(packed(text)) == plain
    assert unpacked(zlib.compress(plain)) == unpacked(packed(text)) == text


def test_a_text_shrinks_to_a_fraction() -> None:
    text = "The last soldiers had left the base at Agadez on Sunday, the ministry said. " * 20
    assert len(packed(text)) * 5 < len(text)
