"""The daemon: ticks, signals, a watch on files, and an orderly end.

Work is done in *shifts*. A shift is one configuration's line of stations with a scheduler ticking
it; a changed configuration ends the shift and begins the next, and so nothing is swapped under a
station's hands. Rules are lighter: a changed rule file replaces the rules of the line in place.
"""

from monitor.daemon.daemon import Daemon

__all__ = ["Daemon"]
