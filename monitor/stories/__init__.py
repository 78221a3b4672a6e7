"""The stories room: which articles tell of one event."""
