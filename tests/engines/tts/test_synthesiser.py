"""The synthesiser's guard and cache over a voice that fails as networks fail."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engines.dialog.moves import Clause
from engines.errors import WeightsUnusable
from engines.text.normalise import Language
from engines.tts.errors import SpeechFailed
from engines.tts.kokoro import Waveform
from engines.tts.phrase_cache import PhraseCache
from engines.tts.synthesiser import Synthesiser, SynthesiserSettings
from engines.tts.voice_choice import MaySpeak, Voice, nobody
from tests.engines.tts.sounds import speech


class OnePiece:
    def phonemes(self, text: str, language: Language) -> list[tuple[str, str]]:
        return [(text, "xau↓ tɤ xau↓ tɤ.")]


class Fake:
    """Says 60 ms a token at speed 1; the first ``failures`` runs of each voice in it are silent.

    Args:
        failures: voice to how many of its runs fail; the stock voice by a number alone.
        personal: its personal voices.
    """

    digest = "fake"
    voices = ("zf_xiaoxiao", "af_heart", "zm_yunjian")

    def __init__(self, failures: int | dict[str, int] = 0, personal: Sequence[str] = ()) -> None:
        self.left = {"zf_xiaoxiao": failures} if isinstance(failures, int) else dict(failures)
        self.personal_voices = list(personal)
        self.said: list[str] = []
        self.by: list[str] = []
        self.speeds: list[float] = []

    def pack_sha256(self, voice: str) -> str:
        if voice == "broken":
            raise WeightsUnusable("It is no voice.")
        return f"pack of {voice}"

    def speak(self, phonemes: str, voice: str, speed: float, interrupt: object = None) -> Waveform:
        self.said.append(phonemes)
        self.by.append(voice)
        self.speeds.append(speed)
        left = self.left.get(voice, 0)
        self.left[voice] = left - 1
        level = 0.0 if left > 0 else 0.2
        count = max(1, len(phonemes) // 3)
        samples = speech(len(phonemes), count, 0.06 * len(phonemes) / count / speed, 1.0)
        return Waveform(
            samples=samples * np.float32(level),
            coloured=samples * np.float32(level),
            tokens=len(phonemes),
        )


def synthesiser(
    fake: Fake,
    folder: Path,
    settings: SynthesiserSettings | None = None,
    preferred: dict[Language, str] | None = None,
    may_speak: MaySpeak = nobody,
) -> Synthesiser:
    return Synthesiser(
        OnePiece(),
        fake,  # type: ignore[arg-type]
        PhraseCache(folder),
        settings,
        preferred=preferred,
        may_speak=may_speak,
    )


FIXED = Clause(text="好的。", language="zh", cacheable=True)
FREE = Clause(text="订单A1024，", language="zh")


def test_a_fixed_clause_is_synthesised_once(tmp_path: Path) -> None:
    fake = Fake()
    voice = synthesiser(fake, tmp_path)
    assert voice.cached(FIXED) is None
    assert not voice.speak(FIXED).cached
    assert voice.speak(FIXED).cached
    again = synthesiser(Fake(), tmp_path).cached(FIXED)
    assert again is not None
    assert again.at(8000).size == pytest.approx(again.pcm.size / 3, abs=2)
    assert len(fake.said) == 1


def test_a_free_clause_is_never_kept(tmp_path: Path) -> None:
    voice = synthesiser(Fake(), tmp_path)
    voice.speak(FREE)
    assert voice.cached(FREE) is None
    assert not list(tmp_path.iterdir())


def test_silence_is_tried_again_in_halves(tmp_path: Path) -> None:
    fake = Fake(failures=1)
    said = synthesiser(fake, tmp_path).speak(FREE)
    assert fake.said[1:] == ["xau↓ tɤ", "xau↓ tɤ."]
    assert said.pcm.any()
    assert (said.voice, said.troubles) == ("zf_xiaoxiao", ("silent",))


def test_silence_twice_is_an_error_that_names_the_text_and_the_next_clause_works(
    tmp_path: Path,
) -> None:
    voice = synthesiser(Fake(failures=2), tmp_path)
    with pytest.raises(SpeechFailed, match="订单A1024"):
        voice.speak(FREE)
    assert voice.speak(FREE).pcm.any()


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_a_clause_is_spoken_at_its_speed_and_kept_apart_from_other_speeds(
    tmp_path: Path, speed: float
) -> None:
    fake = Fake()
    voice = synthesiser(fake, tmp_path)
    usual = voice.speak(FIXED)
    other = replace(FIXED, speed=speed)
    assert voice.cached(other) is None
    spoken = voice.speak(other)
    assert spoken.pcm.size / usual.pcm.size == pytest.approx(1 / speed, rel=0.15)
    kept = voice.cached(other)
    assert kept is not None
    assert np.array_equal(kept.pcm, spoken.pcm)
    again = voice.cached(FIXED)
    assert again is not None
    assert np.array_equal(again.pcm, usual.pcm)
    assert fake.speeds == [1.0, speed]


def test_loudness_makes_no_second_entry(tmp_path: Path) -> None:
    voice = synthesiser(Fake(), tmp_path)
    voice.speak(FIXED)
    assert voice.cached(replace(FIXED, gain_db=6.0)) is not None
    assert len(list(tmp_path.iterdir())) == 1


def test_the_voices_own_speed_is_multiplied_and_never_leaves_what_the_network_takes(
    tmp_path: Path,
) -> None:
    fake = Fake()
    settings = SynthesiserSettings(zh=Voice(name="zf_xiaoxiao", speed=1.2))
    voice = synthesiser(fake, tmp_path, settings)
    for speed in (0.8, 1.0, 2.0):
        voice.speak(replace(FREE, speed=speed))
    assert fake.speeds == [0.96, 1.2, 2.0]


# Personal voices


def permit(reason: str = "") -> MaySpeak:
    return lambda voice, sha256, scenario: reason if voice == "anna" else ""


ANNA = replace(FIXED, voice="anna", scenario="refund")


def test_without_a_permit_no_personal_voice_speaks(tmp_path: Path) -> None:
    fake = Fake(personal=["anna"])
    said = synthesiser(fake, tmp_path).speak(ANNA)
    assert (said.voice, said.troubles) == ("zf_xiaoxiao", ("no_approval",))


def test_a_clause_names_its_voice_and_the_settings_one_a_language(tmp_path: Path) -> None:
    fake = Fake(personal=["anna", "bert"])
    voice = synthesiser(fake, tmp_path, preferred={"zh": "bert", "en": ""}, may_speak=permit())
    for clause in (ANNA, FIXED, replace(FIXED, voice="zm_yunjian"), replace(FREE, language="en")):
        voice.speak(clause)
    assert fake.by == ["anna", "bert", "zm_yunjian", "af_heart"]


def test_the_permit_is_told_voice_pack_and_scenario(tmp_path: Path) -> None:
    asked: list[tuple[str, str, str]] = []

    def may_speak(voice: str, sha256: str, scenario: str) -> str:
        asked.append((voice, sha256, scenario))
        return ""

    synthesiser(Fake(personal=["anna"]), tmp_path, may_speak=may_speak).cached(ANNA)
    assert asked == [("anna", "pack of anna", "refund")]


@pytest.mark.parametrize(
    ("named", "reason"), [("nobody", "missing"), ("af_nobody", "missing"), ("broken", "damaged")]
)
def test_a_voice_that_is_not_there_gives_way(tmp_path: Path, named: str, reason: str) -> None:
    voice = synthesiser(Fake(personal=["broken"]), tmp_path, may_speak=permit())
    said = voice.speak(replace(FREE, voice=named))
    assert (said.voice, said.troubles) == ("zf_xiaoxiao", (reason,))


def test_each_voice_keeps_its_phrases_in_a_folder_of_its_own(tmp_path: Path) -> None:
    fake = Fake(personal=["anna"])
    voice = synthesiser(fake, tmp_path, may_speak=permit())
    for clause in (FIXED, ANNA, FIXED, ANNA):
        voice.speak(clause)
    assert fake.by == ["zf_xiaoxiao", "anna"]
    assert len(list(tmp_path.glob("*.pcm"))) == len(list((tmp_path / "anna").glob("*.pcm"))) == 1
    again = synthesiser(Fake(personal=["anna"]), tmp_path, may_speak=permit()).cached(ANNA)
    assert again is not None
    assert again.voice == "anna"


def gone(folder: Path) -> bool:
    for thread in threading.enumerate():
        if thread.name == "drop":
            thread.join(5)
    return not folder.exists()


def test_a_voice_is_silent_from_the_very_clause_at_which_its_permit_ends(tmp_path: Path) -> None:
    reasons = [""]
    fake = Fake(personal=["anna"])
    voice = synthesiser(fake, tmp_path, may_speak=lambda *_: reasons[0])
    assert voice.speak(ANNA).voice == "anna"
    assert voice.cached(ANNA) is not None
    reasons[0] = "revoked"
    assert voice.cached(ANNA) is None
    assert gone(tmp_path / "anna")
    said = voice.speak(ANNA)
    assert (said.voice, said.troubles) == ("zf_xiaoxiao", ("revoked",))
    kept = voice.cached(ANNA)
    assert kept is not None
    assert (kept.voice, kept.troubles) == ("zf_xiaoxiao", ("revoked",))
    assert not (tmp_path / "anna").exists()
    reasons[0] = ""
    assert voice.speak(ANNA).voice == "anna"


def test_what_a_voice_has_said_is_withdrawn_with_its_permit(tmp_path: Path) -> None:
    reasons = [""]
    fake = Fake(personal=["anna"])
    voice = synthesiser(fake, tmp_path, may_speak=lambda *_: reasons[0])
    assert (voice.is_personal("anna"), voice.is_personal("zf_xiaoxiao")) == (True, False)
    assert not voice.withdrawn(ANNA, "anna")
    reasons[0] = "revoked"
    assert voice.withdrawn(ANNA, "anna")
    assert not voice.withdrawn(ANNA, "zf_xiaoxiao")
    assert not voice.withdrawn(ANNA, "")


def test_a_permit_that_ends_while_it_speaks_leaves_nothing_behind(tmp_path: Path) -> None:
    reasons = ["", "expired"]
    voice = synthesiser(
        Fake(personal=["anna"]),
        tmp_path,
        may_speak=lambda *_: reasons.pop(0) if reasons else "expired",
    )
    voice.speak(ANNA)
    assert gone(tmp_path / "anna")
    assert voice.speak(ANNA).voice == "zf_xiaoxiao"


def test_out_of_its_scope_a_voice_keeps_what_it_has_said(tmp_path: Path) -> None:
    def may_speak(voice: str, sha256: str, scenario: str) -> str:
        return "" if scenario == "refund" else "out_of_scope"

    voice = synthesiser(Fake(personal=["anna"]), tmp_path, may_speak=may_speak)
    voice.speak(ANNA)
    assert voice.speak(replace(ANNA, scenario="parcel")).troubles == ("out_of_scope",)
    kept = voice.cached(ANNA)
    assert kept is not None
    assert kept.voice == "anna"


def test_another_pack_of_the_same_name_says_it_anew(tmp_path: Path) -> None:
    synthesiser(Fake(personal=["anna"]), tmp_path, may_speak=permit()).speak(ANNA)
    made_again = Fake(personal=["anna"])
    made_again.pack_sha256 = lambda voice: "another"  # type: ignore[method-assign]
    assert synthesiser(made_again, tmp_path, may_speak=permit()).cached(ANNA) is None


def test_phrases_of_a_voice_that_the_release_has_no_more_are_dropped(tmp_path: Path) -> None:
    synthesiser(Fake(personal=["anna"]), tmp_path, may_speak=permit()).speak(ANNA)
    synthesiser(Fake(personal=["anna"]), tmp_path).drop_absent()
    assert not gone(tmp_path / "anna")
    synthesiser(Fake(), tmp_path).drop_absent()
    assert gone(tmp_path / "anna")


def test_what_a_personal_voice_cannot_say_the_stock_voice_says_and_it_is_not_tried_again(
    tmp_path: Path,
) -> None:
    fake = Fake({"anna": 2}, personal=["anna"])
    voice = synthesiser(fake, tmp_path, may_speak=permit())
    said = voice.speak(ANNA)
    assert (said.voice, said.troubles) == ("zf_xiaoxiao", ("silent",))
    assert fake.by == ["anna", "anna", "zf_xiaoxiao"]
    again = voice.cached(ANNA)
    assert again is not None
    assert (again.voice, again.troubles) == ("zf_xiaoxiao", ("silent",))
    assert voice.speak(replace(FREE, voice="anna")).voice == "anna"


def test_a_voice_that_always_fails_is_given_up_and_costs_no_more_than_the_stock_voice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fake = Fake({"anna": 99}, personal=["anna"])
    voice = synthesiser(fake, tmp_path, may_speak=permit())
    for _ in range(3):
        assert voice.speak(replace(FREE, voice="anna")).voice == "zf_xiaoxiao"
    assert "voice given up voice=anna" in caplog.text
    fake.by.clear()
    assert voice.speak(replace(FREE, voice="anna")).voice == "zf_xiaoxiao"
    assert fake.by == ["zf_xiaoxiao"]


def test_what_the_equaliser_made_silent_is_no_speech(tmp_path: Path) -> None:
    class Muted(Fake):
        def speak(self, *given: Any, **more: Any) -> Waveform:
            said = super().speak(*given, **more)
            quiet = said.coloured * np.float32(1e-4 if self.by[-1] == "anna" else 1.0)
            return replace(said, coloured=quiet)

    fake = Muted(personal=["anna"])
    said = synthesiser(fake, tmp_path, may_speak=permit()).speak(ANNA)
    assert (said.voice, said.troubles) == ("zf_xiaoxiao", ("silent",))


def test_where_the_stock_voice_fails_too_it_is_an_error(tmp_path: Path) -> None:
    fake = Fake({"anna": 9, "zf_xiaoxiao": 9}, personal=["anna"])
    with pytest.raises(SpeechFailed, match="zf_xiaoxiao") as caught:
        synthesiser(fake, tmp_path, may_speak=permit()).speak(ANNA)
    assert caught.value.troubles == ("silent",)


def test_a_voice_that_was_silenced_says_nothing_more(tmp_path: Path) -> None:
    voice = synthesiser(Fake(personal=["anna"]), tmp_path, may_speak=permit())
    assert voice.speak(ANNA).voice == "anna"
    assert voice.silence("anna")
    assert not voice.silence("zf_xiaoxiao")
    assert voice.speak(ANNA).troubles == ("misheard",)
    assert voice.speak(FIXED).voice == "zf_xiaoxiao"


def test_a_phrase_that_is_forgotten_is_made_again(tmp_path: Path) -> None:
    fake = Fake()
    voice = synthesiser(fake, tmp_path)
    voice.speak(FIXED)
    voice.forget(FIXED)
    assert voice.cached(FIXED) is None
    voice.speak(FIXED)
    assert len(fake.said) == 2
