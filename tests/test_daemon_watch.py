from __future__ import annotations

from monitor.daemon import Snapshot, Watch


class Folder:
    """Files that change when told to."""

    def __init__(self) -> None:
        self.files = Snapshot((("rules/a.toml", 1, 10),))

    def change(self, at: int) -> None:
        self.files = Snapshot((("rules/a.toml", at, 10),))

    def look(self) -> Snapshot:
        return self.files


def test_a_change_is_told_once_and_only_when_it_has_come_to_rest() -> None:
    folder = Folder()
    watch = Watch(folder.look)
    assert not watch.changed()
    folder.change(2)
    assert not watch.changed()  # an editor may still be writing
    folder.change(3)
    assert not watch.changed()
    assert watch.changed()
    assert not watch.changed()


def test_a_change_that_could_not_be_read_is_told_again() -> None:
    folder = Folder()
    watch = Watch(folder.look)
    folder.change(2)
    watch.changed()
    assert watch.changed()
    watch.forget()
    assert watch.changed()
    assert not watch.changed()
