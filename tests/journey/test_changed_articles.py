"""What becomes of an article that its publisher changes."""

from __future__ import annotations

import json

from tests.conftest import FakeClock
from tests.failures.newsroom import Newsroom, item, rss


async def test_one_that_is_changed_before_it_is_told_is_told_in_its_new_words(
    address: str, clock: FakeClock
) -> None:
    room = Newsroom(address, clock)
    room.told_by(schedule="0 7 * * *")
    for dead in ("thirty", "forty"):
        text = f"In Niger a flood killed {dead} people, the governor said on Monday in Niamey."
        await room.poll(rss(item("Niger flood", guid="a", text=text)))
        assert room.decide(everything=False).messages == []
    (message,) = room.decide().messages
    room.store.close()
    (story,) = json.loads(message.json)["stories"]
    (article,) = story["articles"]
    excerpt = "".join(piece["text"] for piece in article["matches"][0]["excerpt"])
    assert "forty" in excerpt
    assert "thirty" not in excerpt
