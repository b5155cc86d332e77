"""Who approves or revokes: a person, by name, as the ledger and the records keep it."""

from __future__ import annotations

import unicodedata
from typing import Final

from daemon.voices.errors import BadTerms

_LONGEST: Final = 120


def signatory(by: str) -> str:
    """The name as it is written down: wide spaces and letters become ordinary ones (NFKC).

    Raises:
        BadTerms: it is no name: empty, longer than 120 characters, or not printable.
    """
    name = unicodedata.normalize("NFKC", by).strip()
    if not name:
        raise BadTerms("It is signed by a person.", mend="Give their name with --by.")
    if len(name) > _LONGEST or not name.isprintable():
        raise BadTerms(
            f"{name[:20]!a} … is no person's name.",
            mend=f"Give their name with --by: up to {_LONGEST} printable characters.",
        )
    return name
