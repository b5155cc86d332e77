"""Packs of personal voices on the real network: another stock pack stands in for a person's."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from daemon.release.release import Release
from engines._core import prosody
from engines.errors import WeightsUnusable
from engines.tts.equaliser import BANDS
from engines.tts.finish import LOUDNESS_LKFS, finish
from engines.tts.guard import troubles
from engines.tts.kokoro import RATE_HZ, Kokoro
from engines.tts.kokoro_norms import NORMS, OFFSETS, PLACES
from engines.tts.voice_file import written
from tests.engines.tts.test_finish import at_the_callers_ear

SENTENCES = {
    "zh": (
        ("nin↓xau↓, tsɨŋ↓wən↘ jou↓ ʂən↗mɤ khɤ↓i↓ paŋ↗ nin↓ tɤ ma?", "您好，请问有什么可以帮您的吗"),
        ("xau↓ tɤ, uo↓ paŋ↗ nin↓ ʈʂha↗ i→ ɕja↘.", "好的，我帮您查一下"),
    ),
    "en": (
        ("hˈaʊ kæn aɪ hˈɛlp juː tədˈeɪ, plˈiːz?", "how can I help you today, please"),
        ("jʊɹ ˈɔːɹdɚ hɐz bɪn ʃˈɪpt.", "your order has been shipped"),
    ),
}


VOICES = {"zh": ("zf_xiaoxiao", "zm_yunjian"), "en": ("af_heart", "af_bella")}


@pytest.fixture(scope="module")
def packs(weights: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tts_personal")
    stock = weights.files / "tts_kokoro" / "voices"
    for name, pack in (("anna", "zf_xiaobei"), ("bert", "am_michael")):
        shutil.copy(stock / f"{pack}.bin", folder / f"{name}.bin")
    plain = np.fromfile(folder / "anna.bin", "<f4").reshape(510, 1, 256)
    tilt = np.linspace(-6.0, 6.0, BANDS, dtype=np.float32)
    none = np.zeros(OFFSETS, np.float32)
    (folder / "clara.bin").write_bytes(written(plain, tilt, none))
    more = none.copy()
    more[PLACES["generator.resblocks.5.adain2.2"]] = 0.5
    (folder / "dora.bin").write_bytes(written(plain, 0 * tilt, more))
    (folder / "emil.bin").write_bytes(written(plain, 0 * tilt, none, -0.2))
    (folder / "short.bin").write_bytes(b"\0" * 100)
    np.full(510 * 256, np.nan, "<f4").tofile(folder / "no-number.bin")
    for name in ("zf_false", "Anna", "a", "..", "anna bert"):
        shutil.copy(folder / "anna.bin", folder / f"{name}.bin")
    return folder


@pytest.fixture(scope="module")
def kokoro(weights: Release, packs: Path) -> Kokoro:
    return Kokoro(weights.files / "tts_kokoro", 1, packs)


def test_it_speaks_as_the_same_pack_among_the_stock_voices_does(kokoro: Kokoro) -> None:
    assert kokoro.personal_voices == [
        *("anna", "bert", "clara", "dora", "emil", "no-number", "short")
    ]
    ((phonemes, _), *_) = SENTENCES["zh"]
    sizes = {
        voice: kokoro.speak(phonemes, voice, 1.0).samples.size for voice in ("anna", "zf_xiaobei")
    }
    assert sizes["anna"] == sizes["zf_xiaobei"]
    assert kokoro.pack_sha256("anna") == kokoro.pack_sha256("zf_xiaobei")


def test_a_voice_with_an_equaliser_is_heard_behind_it_and_judged_before_it(kokoro: Kokoro) -> None:
    ((phonemes, _), *_) = SENTENCES["zh"]
    plain, clara = (kokoro.speak(phonemes, voice, 1.0) for voice in ("anna", "clara"))
    np.testing.assert_array_equal(plain.coloured, plain.samples)
    np.testing.assert_allclose(clara.samples, plain.samples, atol=1e-4)

    def tilt_db(samples: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(samples)) ** 2
        hertz = np.fft.rfftfreq(samples.size, 1 / RATE_HZ)
        high, low = (power[(hertz > at) & (hertz < 2 * at)].sum() for at in (2000.0, 250.0))
        return float(10 * np.log10(high / low))

    assert 3.0 < tilt_db(clara.coloured) - tilt_db(plain.coloured) < 8.0


def test_offsets_of_its_norms_change_how_a_voice_sounds_and_not_when(kokoro: Kokoro) -> None:
    ((phonemes, _), *_) = SENTENCES["zh"]
    plain, dora = (kokoro.speak(phonemes, voice, 1.0).samples for voice in ("anna", "dora"))
    assert plain.size == dora.size
    assert 0.3 < np.corrcoef(plain, dora)[0, 1] < 0.999
    np.testing.assert_array_equal(kokoro.speak(phonemes, "anna", 1.0).samples, plain)


def test_a_pitch_that_is_moved_changes_nothing_else(kokoro: Kokoro) -> None:
    ((phonemes, _), *_) = SENTENCES["zh"]
    plain, emil = (kokoro.speak(phonemes, voice, 1.0).samples for voice in ("anna", "emil"))
    assert plain.size == emil.size
    own, lower = (
        prosody(np.rint(one * 20_000).astype(np.int16), RATE_HZ).pitch_hz for one in (plain, emil)
    )
    assert np.log2(lower / own) == pytest.approx(-0.2, abs=0.05)


def test_the_norms_are_those_of_the_network() -> None:
    assert len(NORMS) == 58
    assert OFFSETS == 37_396
    assert PLACES["encode.norm1"] == slice(0, 1028)
    assert PLACES["generator.resblocks.5.adain2.2"].stop == OFFSETS


@pytest.mark.parametrize("voice", ["short", "no-number"])
def test_a_file_that_is_no_pack_is_refused_and_the_others_speak(kokoro: Kokoro, voice: str) -> None:
    with pytest.raises(WeightsUnusable, match=voice):
        kokoro.speak("a", voice, 1.0)
    assert np.isfinite(kokoro.speak("a", "anna", 1.0).samples).all()


def test_a_pack_is_read_when_it_is_needed_and_once(
    weights: Release, packs: Path, tmp_path: Path
) -> None:
    for name in ("anna", "bert"):
        shutil.copy(packs / f"{name}.bin", tmp_path)
    fresh = Kokoro(weights.files / "tts_kokoro", 1, tmp_path)
    (tmp_path / "bert.bin").unlink()
    digest = fresh.pack_sha256("anna")
    (tmp_path / "anna.bin").unlink()
    assert fresh.pack_sha256("anna") == digest
    with pytest.raises(WeightsUnusable):
        fresh.pack_sha256("bert")


@pytest.mark.parametrize("language", SENTENCES)
def test_every_voice_is_as_loud_at_the_callers_ear_and_the_guard_finds_nothing(
    kokoro: Kokoro, language: str
) -> None:
    heard = {}
    for voice in (*VOICES[language], "anna", "bert"):
        levels = []
        for phonemes, text in SENTENCES[language]:
            waveform = kokoro.speak(phonemes, voice, 1.0)
            assert not troubles(waveform.samples, RATE_HZ, text=text, tokens=waveform.tokens)
            levels.append(at_the_callers_ear(finish(waveform.coloured, RATE_HZ)))
        heard[voice] = float(np.mean(levels))
    assert max(heard.values()) - min(heard.values()) < 1.0, heard
    assert np.mean(list(heard.values())) == pytest.approx(LOUDNESS_LKFS, abs=0.7)
