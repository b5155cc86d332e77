"""What a voice leaves outside its folder: the recordings of the calls that it was read in."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from daemon.recording import files
from daemon.voices.errors import VoiceError
from daemon.voices.files import read_record
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Consent, Enrolment
from daemon.voices.removal import Failures

_CALL: Final = re.compile(r"call ([0-9a-f]{8,32})\b")
"""As the source of a sample names it."""


def remove_recordings(state: Path, places: VoicePlaces) -> int:
    """Delete the recordings of the calls in which samples and consent were read.

    Returns how many there were. Raises OSError: one cannot be deleted; the others are.
    """
    calls = _calls(places)
    if not calls:
        return 0
    found = [
        path
        for call, path in files.recordings(state / "recordings")
        if any(call.startswith(one) for one in calls)
    ]
    failures, deleted = Failures(), 0
    for path in found:
        with failures.kept():
            deleted += files.delete(path)
    failures.check()
    return deleted


def _calls(places: VoicePlaces) -> set[str]:
    """Ids of the calls, or their beginnings."""
    calls: set[str] = set()
    with suppress(VoiceError):
        samples = read_record(places.enrolment, Enrolment).samples
        calls.update(found[1] for one in samples if (found := _CALL.match(one.source)))
    with suppress(VoiceError):
        calls.add(read_record(places.consent, Consent).call)
    return {call for call in calls if call}
