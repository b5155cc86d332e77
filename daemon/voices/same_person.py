"""Other voices of the same person: one speaks one language, so who has two is enrolled twice."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from pathlib import Path

from daemon.voices.consent import LEAST_LIKENESS, cosine
from daemon.voices.errors import VoiceError
from daemon.voices.files import read_record
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.records import Consent


def other_voices(
    state: Path,
    name: str,
    who: str,
    embedding: tuple[float, ...],
    least_likeness: float = LEAST_LIKENESS,
) -> frozenset[str]:
    """Voices whose consent is of somebody called so, and whose samples sound like these.

    A name alone proves nothing, and two people may sound alike.

    Args:
        state: the state folder.
        name: of the voice that the others are beside.
        who: its speaker's name, as the consent has it.
        embedding: of its samples.
        least_likeness: cosine between the samples of both.
    """
    found = set()
    for other in all_names(state):
        with suppress(VoiceError):
            consent = read_record(VoicePlaces(state, other).consent, Consent)
            alike = cosine(consent.embedding, embedding) >= least_likeness
            if other != name and alike and _called(consent.who) == _called(who):
                found.add(other)
    return frozenset(found)


def _called(who: str) -> str:
    return "".join(unicodedata.normalize("NFKC", who).casefold().split())
