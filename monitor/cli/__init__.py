"""The doors for people at a terminal: each reads the store or asks a room, and shows.

Results go to standard output, everything else to standard error. Exit codes: 0 done; 1 the thing
asked about is not right; 2 the command, the configuration or the rules cannot be used.
"""
