"""The belt between the rooms: the only SQL.

A shelf is a module of functions that take a connection: ``articles.pending(connection, 200)``.
Stations open the transaction (``with store.write() as tx``) and call shelves inside it.
"""

from monitor.store.connection import Store, open_existing, open_store

__all__ = ["Store", "open_existing", "open_store"]
