"""Whether the caller was told that the call is recorded: no recording before that."""

from __future__ import annotations

from collections.abc import Sequence

from engines.dialog.moves import Clause


class NoticeOfRecording:
    """Counts the clauses of one reply that tell of it.

    Args:
        reply: its clauses; those marked ``notice`` tell of it.
        begins: recording is to begin with it: where none is marked, all of the reply tells of it.
    """

    def __init__(self, reply: Sequence[Clause], *, begins: bool) -> None:
        places = {place for place, clause in enumerate(reply) if clause.notice}
        self._left = places or (set(range(len(reply))) if begins else set())

    @property
    def outstanding(self) -> bool:
        """Some of it has not been given to the line."""
        return bool(self._left)

    def told(self, place: int, *, said: bool) -> bool:
        """Note one clause; True where with it all of the notice has been spoken."""
        if place not in self._left or not said:
            return False
        self._left.discard(place)
        return not self._left
