"""What is consented to: who, for what, where, until when; and the sentence that says it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import msgspec

from daemon.voices.errors import BadTerms
from daemon.voices.records import Language
from engines.samples.sentences import consent_sentence

_SCENARIO: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LONGEST_NAME: Final = 80
_LONGEST_PURPOSE: Final = 200
_MOST_DAYS: Final = 3_650
"""No longer than a ledger may rest (``clock.FURTHEST``)."""
_LETTER: Final = re.compile(r"[^\W\d_]")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """As the speaker was told them."""

    who: str
    """The speaker's name, as it is spoken."""
    language: Language
    purpose: str = ""
    """As ``consent_sentence`` takes it; empty: to answer calls."""
    company: str = ""
    days: int = 365
    scope: tuple[str, ...] = ()
    """Scenarios that may use the voice; empty: all."""

    @property
    def sentence(self) -> str:
        """What the speaker has to say."""
        return consent_sentence(self.language, self.who, self.purpose, self.company)


def checked(terms: Terms) -> Terms:
    """The terms, if they can be said and kept.

    Raises:
        BadTerms: an empty or unsayable name, an endless purpose, no time at all, no scenario.
    """
    for what, text, longest in (
        ("name", terms.who, _LONGEST_NAME),
        ("purpose", terms.purpose, _LONGEST_PURPOSE),
        ("company", terms.company, _LONGEST_NAME),
    ):
        if len(text) > longest:
            raise BadTerms(f"The {what} has {len(text)} characters; {longest} may be.")
        odd = next(
            (one for one in text if unicodedata.category(one)[0] in "CSZ" and one != " "), ""
        )
        if odd:
            raise BadTerms(f"The {what} holds {odd!r}, which nobody says.")
    if not _LETTER.search(terms.who):
        raise BadTerms("A person's name is needed.")
    if not 1 <= terms.days <= _MOST_DAYS:
        raise BadTerms(f"{terms.days} days: 1 to {_MOST_DAYS} may be.")
    for scenario in terms.scope:
        if not _SCENARIO.fullmatch(scenario):
            raise BadTerms(f"{scenario[:40]!r} is no scenario.")
    return terms
