"""The doors for people at a terminal: each reads the store or asks a room, and shows.

Results go to standard output, everything else to standard error. Exit codes: 0 done; 1 the thing
asked about is not right; 2 the command, the configuration or the rules cannot be used.
"""

import gc

GARBAGE = 20_000
"""New objects after which Python looks for rings among them: at 700, its default, a start of many
thousand objects is searched over and over, for a tenth of its time."""

gc.set_threshold(GARBAGE)  # here, before the commands and their libraries are imported
