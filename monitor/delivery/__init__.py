"""The delivery room: hand each message over, at least once, and say what came of it."""
