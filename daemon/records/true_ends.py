"""When a caller's last syllable really ended, written into his turns by whoever placed the call.

The gateway can only know what the voice activity detector says. A recorded caller knows the
sample; with it the ledger of his turns shows the wait as he felt it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from daemon.errors import RecordsUnusable
from daemon.records import reader, store


def write_true_ends(path: Path, call: str, ends_ms: Mapping[int, float]) -> None:
    """Complete the turns of an ended call.

    Args:
        path: the database of turn records.
        call: id, 32 hexadecimal digits.
        ends_ms: turn number to the end of the last syllable, on the call's clock.

    Raises NoSuchCall, RecordsUnusable.
    """
    _, turns = reader.show(path, call)
    with closing(store.connect(path)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
            for turn in turns:
                if turn.number in ends_ms:
                    end_ms = round(ends_ms[turn.number], 1)
                    ledger = replace(turn.ledger, true_end_ms=end_ms)
                    store.save(database, replace(turn, ledger=ledger))
            database.execute("COMMIT")
        except sqlite3.Error as reason:
            raise RecordsUnusable(f"{path}: {reason}.") from reason
