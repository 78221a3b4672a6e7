"""Wirewatch: feeds in, rules matched in any language, digests out by mail and webhook."""

__version__ = "0.1.0"
