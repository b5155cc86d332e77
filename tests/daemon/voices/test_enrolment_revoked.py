"""A voice that is revoked while it is enrolled: nothing of it comes back."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.voices import enrolment as module
from daemon.voices import files
from daemon.voices.enrolment import Enroller, Recording
from daemon.voices.errors import NoSuchVoice
from daemon.voices.likeness import Clip
from daemon.voices.places import VoicePlaces
from tests.daemon.voices.test_enrolment import RATE, ByPitch, recording


@pytest.fixture
def places(tmp_path: Path) -> VoicePlaces:
    return VoicePlaces(tmp_path, "ann")


def test_nothing_is_written_once_the_voice_is_revoked(places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        enroller.add(recording(1))
        shutil.rmtree(places.folder)
        with pytest.raises(NoSuchVoice):
            enroller.add(recording(2))
    assert not places.folder.exists()


def test_nothing_is_written_while_the_voice_is_being_removed(places: VoicePlaces) -> None:
    """Out of the way already, its lock not yet deleted; and a new enrolment is not its own."""
    with Enroller(places) as enroller:
        enroller.add(recording(1))
        places.folder.rename(places.folder.with_name(".ann.gone"))
        with pytest.raises(NoSuchVoice):
            enroller.add(recording(2))
        with pytest.raises(NoSuchVoice):
            enroller.add(Recording(pcm=np.zeros(RATE, np.int16), rate_hz=RATE, source="silent"))
        assert not places.folder.exists()
        with Enroller(places):
            with pytest.raises(NoSuchVoice):
                enroller.add(recording(2))
            assert not places.samples.exists()


def test_a_voice_that_is_revoked_while_it_is_compared_leaves_no_voiceprint(
    places: VoicePlaces,
) -> None:
    class Revoking(ByPitch):
        def embed(self, clips: list[Clip]) -> NDArray[np.float32]:
            rows = super().embed(clips)
            shutil.rmtree(places.folder)
            return rows

    with Enroller(places) as enroller:
        enroller.add(recording(1))
        with pytest.raises(NoSuchVoice):
            enroller.compare(Revoking())
    assert not places.folder.exists()


def test_nobody_revokes_while_a_sample_is_written(
    places: VoicePlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    really = files.write_bytes

    def locked(path: Path, content: bytes) -> None:
        with (places.state / "voices" / ".lock").open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        written.append(path.name)
        really(path, content)

    for one in (files, module):
        monkeypatch.setattr(one, "write_bytes", locked)
    with Enroller(places) as enroller:
        enroller.add(recording(1))
        enroller.compare(ByPitch())
    assert written == ["0001.wav", "enrolment.json", "0001.json", "enrolment.json"]
