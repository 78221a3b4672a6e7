"""Whether there is anything to do: a look at one table or several, in one plain statement.

Most looks find nothing, and in a pass that brings nothing they are all that most rooms ask. So they
are given in the words of SQL, as both databases speak it: SQLAlchemy takes several times as long to
make a statement of its own as the database takes to say that there is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def there(connection: Connection, *rows: str, **values: str | Sequence[str]) -> tuple[bool, ...]:
    """For each of ``rows``, whether there is such a row.

    They are written as what follows FROM, ``"articles WHERE pending = 1"``, in words of our own
    alone. What comes from elsewhere is one of ``values``, which stand there as ``:name``; several
    texts as ``IN :name``.
    """
    looks = ", ".join(f"EXISTS (SELECT 1 FROM {each})" for each in rows)  # noqa: S608  # our own
    lists = [
        sa.bindparam(name, expanding=True, type_=sa.Text())
        for name, value in values.items()
        if not isinstance(value, str)
    ]
    statement = sa.text(f"SELECT {looks}").bindparams(*lists)
    return tuple(map(bool, connection.execute(statement, values).one()))
