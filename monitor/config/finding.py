"""Which file is the configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from monitor.config.reading import is_file, is_folder
from monitor.errors import Fault, FaultyInput

VARIABLE = "WIREWATCH_CONFIG"


def find_config(explicit: Path | None, environment: Mapping[str, str], cwd: Path) -> Path:
    """The first there is of: ``explicit`` (-c), WIREWATCH_CONFIG, ./config.toml, the XDG place.

    The XDG place is $XDG_CONFIG_HOME/wirewatch/config.toml, else under ~/.config
    (https://specifications.freedesktop.org/basedir-spec/). A file that was asked for by name and
    is not there is a fault, and so is none at all: FaultyInput.
    """
    if explicit is not None:
        return _asked_for(cwd / explicit, str(explicit), "-c")
    named = environment.get(VARIABLE)
    if named:
        return _asked_for(cwd / named, named, VARIABLE)
    places = [cwd / "config.toml", *_xdg(environment)]
    for place in places:
        if is_file(place):
            return place
    looked = " and ".join(str(place) for place in places)
    hint = "make one with: wirewatch init, or name one with -c FILE"
    if is_file(cwd.parent / "config.toml"):
        hint = f"the folder above has one, and you are in {cwd.name}: go one folder up (cd ..)"
    raise FaultyInput(
        (Fault("config.toml", 0, "", f"there is no configuration; looked for {looked}", hint),)
    )


def _asked_for(path: Path, name: str, where: str) -> Path:
    if is_folder(path):
        message = f"{where} names a folder"
        raise FaultyInput((Fault(name, 0, "", message, f"write {name}/config.toml"),))
    if not os.path.exists(path):  # noqa: PTH110 (Path.exists raises where it may not look)
        message = f"there is no such file ({where} names it)"
        raise FaultyInput((Fault(name, 0, "", message, "make one with: wirewatch init"),))
    return path


def _xdg(environment: Mapping[str, str]) -> list[Path]:
    home = environment.get("XDG_CONFIG_HOME")
    if home and Path(home).is_absolute():
        return [Path(home) / "wirewatch" / "config.toml"]
    if environment.get("HOME"):
        return [Path(environment["HOME"]) / ".config" / "wirewatch" / "config.toml"]
    return []
