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

_READ_IN: Final = re.compile(r"call ([0-9a-f]{12}), (?:sentence \d+|consent)")
"""As the source of a sample names the beginning of its call's id."""
_CALL: Final = re.compile(r"[0-9a-f]{32}")


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
        calls.update(found[1] for one in samples if (found := _READ_IN.fullmatch(one.source)))
    with suppress(VoiceError):
        call = read_record(places.consent, Consent).call
        calls.update([call] if _CALL.fullmatch(call) else [])
    return calls
