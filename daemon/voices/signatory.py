"""Who approves or revokes: a person, by name, as the ledger and the records keep it."""

from __future__ import annotations

from typing import Final

from daemon.voices.errors import BadTerms

_LONGEST: Final = 120


def signatory(by: str) -> str:
    """The name as it is written down.

    Raises:
        BadTerms: it is no name: empty, longer than 120 characters, or not printable.
    """
    name = by.strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise BadTerms("It is signed by a person.", mend="Give their name with --by.")
    return name
