"""Who approves or revokes: a person, by name, as the ledger and the records keep it."""

from __future__ import annotations

import unicodedata
from typing import Final

from daemon.voices.errors import BadTerms

_LONGEST: Final = 120
_FILLERS: Final = "\u115f\u1160\u3164\uffa0"
"""Letters of Hangul that nobody sees."""


def signatory(by: str) -> str:
    """The name as it is written down: wide spaces and letters become ordinary ones (NFKC).

    Raises:
        BadTerms: it is no name: empty, without a letter, longer than 120 characters, not printable.
    """
    name = unicodedata.normalize("NFKC", by).strip()
    if not name:
        raise BadTerms("It is signed by a person.", mend="Give their name with --by.")
    said = any(unicodedata.category(one)[0] == "L" and one not in _FILLERS for one in name)
    if len(name) > _LONGEST or not name.isprintable() or not said:
        raise BadTerms(
            f"{name[:20]!a} … is no person's name.",
            mend=f"Give their name with --by: up to {_LONGEST} printable characters.",
        )
    return name
