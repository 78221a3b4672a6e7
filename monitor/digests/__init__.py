"""The digests room: when a digest is due, what it holds, and how it reads."""
