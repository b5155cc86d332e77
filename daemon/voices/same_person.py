"""Other voices of the same person: one speaks one language, so who has two is enrolled twice."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from daemon.voices.consent import cosine, holding
from daemon.voices.errors import VoiceError
from daemon.voices.places import all_names


def other_voices(
    state: Path,
    name: str,
    who: str,
    embedding: tuple[float, ...],
    now: datetime,
    least_likeness: float,
) -> frozenset[str]:
    """Voices whose consent holds, is of somebody called so, and whose samples sound like these.

    A name alone proves nothing, and two people may sound alike.

    Args:
        state: the state folder.
        name: of the voice that the others are beside.
        who: its speaker's name, as the consent has it.
        embedding: of its samples.
        now: of the clock, with a zone.
        least_likeness: cosine between the samples of both.
    """
    found = set()
    for other in all_names(state):
        with suppress(VoiceError):
            if other == name:
                continue
            consent = holding(state, other, now, least_likeness)
            alike = cosine(consent.embedding, embedding) >= least_likeness
            if alike and _called(consent.who) == _called(who):
                found.add(other)
    return frozenset(found)


def _called(who: str) -> str:
    return "".join(unicodedata.normalize("NFKC", who).casefold().split())
