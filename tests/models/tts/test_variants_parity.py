"""Which of some fitted variants is the voice."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from engines.errors import BadAudio
from engines.tts.kokoro_norms import OFFSETS
from engines.tts.voice_file import read_voice
from models.tts import campplus, variants
from models.tts.clip import RATE_HZ, at_rate
from models.tts.judge import embedded
from models.tts.spoken import Spoken, Voices
from models.tts.variants import Outcome, Variant, tried
from models.tts.voice_packs import VoicePacks

STATE = Path(os.environ.get("KEFU_STATE", Path(__file__).parents[3] / "var"))
WEIGHTS = STATE / "releases" / "voice" / "files"
RELEASE = STATE / "releases" / "lite" / "files"
TEXTS = ("I will send it to you tomorrow.", "Please hold the line for a moment.")


@pytest.mark.skipif(
    not (WEIGHTS / campplus.FILE).exists() or not (RELEASE / "tts_kokoro").exists(),
    reason="`kefuctl pull` with and without `--profile voice` brings the weights",
)
def test_the_variant_that_sounds_like_the_person_is_the_voice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    voices = WEIGHTS / "tts_kokoro_float" / "voices"
    with Voices(RELEASE, {"person": voices / "am_michael.bin"}) as person:
        said = [person.say(text, "en", "person").pcm for text in TEXTS]
    audio = at_rate(np.concatenate(said).astype(np.float32) / 32768.0, 24_000, RATE_HZ)
    packs = VoicePacks(voices)
    nothing = np.zeros(48, np.float32)
    muffled = np.linspace(6.0, -6.0, 48).astype(np.float32)
    outcomes = [
        Outcome(pack=packs.pack(name), gains_db=gains, offsets=np.zeros(OFFSETS, np.float32))
        for name, gains in (("bf_emma", nothing), ("am_michael", muffled))
    ]
    monkeypatch.setattr(variants, "ORDINARY", {"en": TEXTS})
    told: list[tuple[int, int]] = []
    found = tried(
        outcomes,
        release=RELEASE,
        embed=partial(embedded, campplus.load(WEIGHTS)),
        hear=lambda pcm, text: text,
        person=audio,
        language="en",
        band_hz=8000,
        on_variant=lambda done, of: told.append((done, of)),
    )
    assert told[-1] == (4, 4)
    assert [one.fit for one in found] == [1, 1, 0, 0]
    assert found[0].norms < found[1].norms  # nothing is added: as like as the other
    assert found[0].likeness > 0.85 > found[-1].likeness
    voice = read_voice(outcomes[1].kept(found[0]))
    np.testing.assert_array_equal(voice.gains_db, muffled)


class Speaking:
    """Stands for the network: the first file is liked best and broken, the second is silent."""

    said: ClassVar[dict[str, Spoken]] = {}

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Speaking:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def say(self, text: str, language: str, voice: str) -> Spoken:
        return self.said[voice]


def tried_with(
    monkeypatch: pytest.MonkeyPatch,
    *said: Spoken,
    hear: Callable[[np.ndarray, str], str] | None = None,
) -> list[Variant]:
    monkeypatch.setattr(variants, "Voices", Speaking)
    monkeypatch.setattr(Speaking, "said", dict(zip("0123", said, strict=True)))
    monkeypatch.setattr(variants, "ORDINARY", {"en": TEXTS})
    outcome = Outcome(
        pack=np.zeros((510, 1, 256), np.float32),
        gains_db=np.zeros(48, np.float32),
        offsets=np.zeros(OFFSETS, np.float32),
    )
    return tried(
        [outcome, outcome],
        release=RELEASE,
        embed=crossings,
        hear=hear or (lambda pcm, text: text),
        person=np.sin(np.arange(RATE_HZ, dtype=np.float32)),
        language="en",
        band_hz=8000,
        on_variant=lambda done, of: None,
    )


def crossings(audio: np.ndarray) -> np.ndarray:
    """How high it hums."""
    return np.array([np.abs(np.diff(np.sign(audio))).sum() / max(1, audio.size)], np.float32)


def hum(pitch: float, *failures: str) -> Spoken:
    wave = np.sin(np.arange(48_000) * pitch)
    return Spoken(pcm=np.rint(wave * 32767).astype(np.int16), took_s=1.0, failures=failures)


SILENCE = Spoken(pcm=np.zeros(0, np.int16), took_s=1.0, failures=("silent: nothing",))


def test_what_the_guard_objects_to_is_chosen_last(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tried_with(monkeypatch, hum(0.9, "repeats: 3 times"), SILENCE, hum(0.3), hum(0.5))
    assert [(one.fit, one.norms) for one in found] == [(1, 0.85), (1, 0.7), (0, 0.7), (0, 0.85)]
    assert found[1].failures == 0 < found[2].failures
    assert found[-1].likeness == -1.0


@pytest.mark.parametrize(("nearer", "chosen"), [(0.004, 0.7), (0.02, 0.85)])
def test_of_two_that_are_as_near_the_one_that_reaches_less_far_is_the_voice(
    monkeypatch: pytest.MonkeyPatch, nearer: float, chosen: float
) -> None:
    told = iter((0.5, 0.5 + nearer, 0.3, 0.2))
    monkeypatch.setattr(variants, "_likeness", lambda *_: next(told))
    found = tried_with(monkeypatch, *[hum(0.5)] * 4)
    assert (found[0].fit, found[0].norms) == (0, chosen)
    assert {(one.fit, one.norms) for one in found} == {
        (fit, norms) for fit in (0, 1) for norms in (0.7, 0.85)
    }


def test_of_two_that_reach_as_far_the_one_that_is_understood_best_is_the_voice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, rates = iter((0.506, 0.4, 0.5, 0.3)), iter((0.02, 0.0, 0.01, 0.0))
    monkeypatch.setattr(variants, "_likeness", lambda *_: next(told))
    monkeypatch.setattr(variants, "error_rate", lambda *_: next(rates))
    found = tried_with(monkeypatch, *[hum(0.5)] * 4)
    assert (found[0].fit, found[0].norms) == (1, 0.7)


def test_who_is_not_understood_is_not_the_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tried_with(
        monkeypatch,
        hum(0.9),
        hum(0.7),
        hum(0.5),
        SILENCE,
        hear=lambda pcm, text: "what" if crossings(pcm)[0] > crossings(hum(0.8).pcm)[0] else text,
    )
    assert [(one.fit, one.norms) for one in found] == [(0, 0.85), (1, 0.7), (0, 0.7), (1, 0.85)]
    assert found[0].error_rate == 0.0 < found[2].error_rate


def test_silence_alone_is_no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadAudio, match="silent"):
        tried_with(monkeypatch, SILENCE, SILENCE, SILENCE, SILENCE)
