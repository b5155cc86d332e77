"""A voice made by its unit on an installed box: `make test-system` runs it, `make test` does not.

The one who is enrolled is a stock voice, so what is made passes no gate; it is the job that is
looked at, and what becomes of it when it is killed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from daemon.ctl.audio_file import write_wav
from engines.samples.sentences import sentences
from engines.tts.kokoro import RATE_HZ
from models.tts.spoken import Voices
from tests.conftest import STATE
from tests.system.box import in_background
from tests.system.machine import ROOT, Machine, machine, wait_until
from tests.system.measured import note

UNIT: Final = "kefu-voice@michael.service"
SAMPLES: Final = "/var/lib/samples"
VOICE: Final = "/var/lib/kefu/voices/michael"
COUNT: Final = 9
MADE_S: Final = 1200.0
_PURELIB: Final = "import sysconfig; print(sysconfig.get_path('purelib'))"
_CONSENT: Final = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from datetime import datetime, timezone
from pathlib import Path
from daemon.voices.files import read_record
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment
from tests.daemon.voices.voice_box import consented
state = Path("/var/lib/kefu")
whose = read_record(VoicePlaces(state, "michael").enrolment, Enrolment).embedding
consented(state, "michael", now=datetime.now(timezone.utc), embedding=whose)
"""


pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv-train").exists() or not (STATE / "releases" / "voice").exists(),
    reason="`make setup-train` brings what makes voices",
)


@pytest.fixture(scope="module")
def box() -> Iterator[Machine]:
    with machine() as one:
        one.run("make", "-C", str(ROOT), "install", f"KEFU_STATE={STATE}")
        # As `make install-training` leaves it; the machine has no network to do that itself.
        (software,) = one.path("/opt/kefu/releases").iterdir()
        python = f"/opt/kefu/releases/{software.name}/bin/python"
        one.run(python, "-I", "-m", "daemon.install.weights", str(STATE), "/var/lib/kefu", "voice")
        base = one.run("bash", "-c", f"cd {ROOT} && scripts/install-python").split()[-1]
        one.run(base, "-m", "venv", "--without-pip", "/opt/kefu/training")
        ours = one.run(python, "-I", "-c", _PURELIB).strip()
        packages = one.run("/opt/kefu/training/bin/python", "-I", "-c", _PURELIB).strip()
        (torchs,) = (ROOT / ".venv-train" / "lib").glob("python3*/site-packages")
        one.write(f"{packages}/what-is-here.pth", f"{ours}\n{torchs}\n")
        yield one


def test_the_unit_makes_a_voice_and_goes_on_where_it_was_killed(box: Machine) -> None:
    _enrol(box)
    before = box.lab("exec", "systemctl", "start", "--wait", UNIT)
    assert before.returncode != 0
    assert "consent" in box.journal(UNIT)

    box.run("/opt/kefu/training/bin/python", "-c", _CONSENT)
    box.run("chown", "-R", "kefu-voices:kefu", "/var/lib/kefu/voices")
    box.run("systemctl", "reset-failed", UNIT)
    box.run("systemctl", "start", UNIT)
    assert box.show(UNIT, "Slice") == "kefu-voice.slice"
    assert box.show(UNIT, "User") == "kefu-voices"
    assert (box.show(UNIT, "Nice"), box.show(UNIT, "CPUSchedulingPolicy")) == ("19", "5")
    checkpoint = box.path(f"{VOICE}/work/checkpoint.npz")
    wait_until(lambda: checkpoint.exists() or _failed(box), MADE_S, "the fit is written down")
    assert not _failed(box), box.journal(UNIT)
    steps, written = _steps(checkpoint), checkpoint.stat().st_mtime_ns
    box.run("systemctl", "kill", "-s", "KILL", UNIT)
    wait_until(lambda: checkpoint.stat().st_mtime_ns != written, MADE_S, "the fit goes on")
    assert _steps(checkpoint) > steps >= 10
    card = box.path(f"{VOICE}/card.json")
    note(
        "kefu-voice@ killed → the voice is made",
        wait_until(lambda: card.exists() or _failed(box), MADE_S, "a card"),
    )
    assert card.exists(), box.journal(UNIT)
    # A voice that does not pass is no success, and no reason to begin again.
    wait_until(lambda: _failed(box), 30, "the job has ended")
    assert box.show(UNIT, "Result") == "exit-code"
    assert "voice_refused" in box.journal(UNIT)

    assert box.show(UNIT, "NRestarts") == "1"
    made = json.loads(card.read_text())
    assert made["samples"] >= COUNT // 2
    assert made["refusals"]
    assert card.stat().st_uid == box.path(VOICE).stat().st_uid
    (listed,) = json.loads(box.run("kefuctl", "voice", "list", "--json"))
    assert (listed["stage"], listed["making"]) == ("refused", "")


def _steps(checkpoint: Path) -> int:
    with np.load(checkpoint) as found:
        return int(found["losses.0"].size)


def _failed(box: Machine) -> bool:
    return box.show(UNIT, "ActiveState") == "failed"


def _enrol(box: Machine) -> None:
    """As many sentences as make a voice, read by a stock voice."""
    box.run("mkdir", "-p", SAMPLES)
    files = STATE / "releases" / "lite" / "files"
    pack = files / "tts_kokoro" / "voices" / "am_michael.bin"
    with Voices(files, {"michael": pack}) as voices:
        for number, text in enumerate(sentences("en")[:COUNT]):
            said = voices.say(text, "en", "michael").pcm
            write_wav(box.path(f"{SAMPLES}/{number:02}.wav"), said, RATE_HZ)
    enrol = ("kefuctl", "voice", "enroll", "michael", "--audio", SAMPLES, "--script", "en")
    assert in_background(box, *enrol).wait(MADE_S) == 0
