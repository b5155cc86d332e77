"""What is refused, and why: recordings of people, and what was done to them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from engines._core import g711_decode, g711_encode
from engines.errors import BadAudio
from engines.samples.gate import SampleReport, SampleSettings, judge, quality
from engines.samples.spans import voice_in
from engines.samples.spectrum import spectra
from tests.engines.samples.speech import Wave, golden, spoken, whole

SPEECH = ("zh_command", "zh_trade", "zh_brand", "en_weather", "en_child", "en_password")
LONG = ("zh_trade", "zh_brand", "en_child", "en_password")


def codes(report: SampleReport) -> list[str]:
    return [why.code for why in report.refusals]


def noise(sound: Wave, snr_db: float, kind: Wave) -> Wave:
    gain = np.sqrt(np.mean(sound**2) / np.mean(kind**2)) / 10 ** (snr_db / 20)
    return np.asarray(sound + gain * np.resize(kind, len(sound)))


def white(sound: Wave) -> Wave:
    return np.random.default_rng(1).standard_normal(len(sound))


def music(sound: Wave) -> Wave:
    return golden("noise_music")[0] / 32768.0


def at_most(sound: Wave, share: float) -> Wave:
    """With so much of the louder half cut off."""
    limit = np.percentile(np.abs(sound), 100 * (1 - share))
    return np.asarray(np.clip(sound, -limit, limit) / limit)


def low_pass(sound: Wave, rate_hz: int, band_hz: int) -> Wave:
    """Twice, as over two lines."""
    for _ in range(2):
        sound = soxr.resample(soxr.resample(sound, rate_hz, 2 * band_hz), 2 * band_hz, rate_hz)
    return sound


def over_ulaw(sound: Wave) -> Wave:
    coded = g711_decode(g711_encode(whole(sound).tobytes(), "ulaw"), "ulaw")
    return np.frombuffer(coded, "<i2") / 32768.0


def in_room(sound: Wave, rate_hz: int, decay_s: float) -> Wave:
    at = np.arange(int(decay_s * rate_hz)) / rate_hz
    tail = np.random.default_rng(2).standard_normal(len(at)) * 10 ** (-3 * at / decay_s)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] += 0.5
    heard = np.convolve(sound, tail)
    return np.asarray(heard * np.abs(sound).max() / np.abs(heard).max())


Spoilt = Callable[[Wave, int], Wave]
SPOILT: dict[str, tuple[str, Spoilt]] = {
    "0 dB of noise": ("noisy", lambda sound, rate: noise(sound, 0, white(sound)) * 0.5),
    "8 dB of noise": ("noisy", lambda sound, rate: noise(sound, 8, white(sound)) * 0.5),
    "a loud radio": ("noisy", lambda sound, rate: noise(sound, 5, music(sound)) * 0.5),
    "clipped at full scale": ("clipped", lambda sound, rate: at_most(sound, 0.02)),
    "clipped, then turned down": ("clipped", lambda sound, rate: at_most(sound, 0.02) * 0.2),
    "clipped, then over a line": (
        "clipped",
        lambda sound, rate: over_ulaw(at_most(sound, 0.04) / 2),
    ),
    "2 kHz of band": ("narrow_band", lambda sound, rate: low_pass(sound, rate, 2000)),
    "hardly audible": ("too_quiet", lambda sound, rate: sound / np.abs(sound).max() * 0.003),
    "a bathroom": ("reverberant", lambda sound, rate: in_room(sound, rate, 1.2)),
}


@pytest.mark.parametrize("name", SPEECH)
def test_people_are_accepted(name: str) -> None:
    report = judge(*golden(name))
    assert codes(report) == []
    assert report.quality > 0.6


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("how", SPOILT)
def test_what_was_spoilt_is_refused_for_that(name: str, how: str) -> None:
    pcm, rate_hz = golden(name)
    code, spoil = SPOILT[how]
    report = judge(whole(spoil(pcm / 32768.0, rate_hz)), rate_hz)
    assert code in codes(report)
    assert all(why.reason and why.mend for why in report.refusals)


@pytest.mark.parametrize("name", LONG)
def test_a_telephone_line_is_no_fault(name: str) -> None:
    pcm, rate_hz = golden(name)
    sound = pcm / 32768.0
    assert codes(judge(whole(over_ulaw(sound / np.abs(sound).max() * 0.5)), rate_hz)) == []


@pytest.mark.parametrize("name", ["noise_rain", "noise_street", "noise_music", "noise_key"])
def test_what_is_no_speech_is_refused(name: str) -> None:
    assert codes(judge(*golden(name)))


def test_a_radio_behind_the_speaker_is_told_from_noise() -> None:
    pcm = np.concatenate([np.zeros(8000, np.int16), golden("zh_brand")[0]])
    sound = noise(pcm / 32768.0, 18, music(pcm / 32768.0))
    assert "music" in codes(judge(whole(sound), 8000))


def test_silence_dc_and_a_square_wave_are_refused() -> None:
    square = np.where(np.arange(32000) // 40 % 2, 20_000, -20_000).astype(np.int16)
    for pcm in (np.zeros(32000, np.int16), np.full(32000, 32767, np.int16), square):
        assert codes(judge(pcm, 16_000))


@pytest.mark.parametrize("count", [0, 1, 255, 4000])
def test_almost_nothing_is_too_short(count: int) -> None:
    assert codes(judge(np.ones(count, np.int16), 8000)) == ["too_short"]


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_any_rate_gives_the_same_verdict(rate_hz: int) -> None:
    pcm = soxr.resample(spoken(3), 16_000, rate_hz)
    report = judge(pcm, rate_hz)
    assert codes(report) == []
    assert report.measurements.pitch_hz == pytest.approx(118, abs=10)
    assert report.measurements.bandwidth_hz == pytest.approx(min(8000, rate_hz / 2), abs=300)


@pytest.mark.parametrize(
    ("pcm", "rate_hz"),
    [
        (np.zeros(10, np.float32), 8000),
        (np.zeros((10, 2), np.int16), 8000),
        (np.zeros(10, np.int16), 7999),
        (np.zeros(10, np.int16), 96_000),
        (np.zeros(8000 * 30 + 1, np.int16), 8000),
    ],
)
def test_what_is_no_sample_raises(pcm: NDArray[np.int16], rate_hz: int) -> None:
    with pytest.raises(BadAudio):
        judge(pcm, rate_hz)


def test_text_is_held_against_what_was_asked() -> None:
    pcm, rate_hz = golden("zh_command")
    assert codes(judge(pcm, rate_hz, "设定二十九度", "设定29度。")) == []
    wrong = judge(pcm, rate_hz, "设定二十九度", "谢谢大家")
    assert codes(wrong) == ["other_text"]
    assert wrong.error_rate > 0.35
    assert codes(judge(pcm, rate_hz, "设定二十九度", "")) == ["other_text"]
    assert codes(judge(pcm, rate_hz, "", "谢谢大家")) == []


def test_limits_are_settings() -> None:
    strict = SampleSettings(least_snr_db=50.0, least_voice_s=0.5)
    assert codes(judge(*golden("zh_brand"), settings=strict)) == ["noisy"]


def test_quality_falls_with_noise() -> None:
    pcm, rate_hz = golden("zh_brand")
    found = [
        judge(whole(noise(pcm / 32768.0, snr, white(pcm / 1.0))), rate_hz).quality
        for snr in (0, 10, 20, 40)
    ]
    assert found == sorted(found)
    assert found[0] < 0.3 < 0.8 < found[-1]
    assert quality(judge(pcm, rate_hz).measurements, 0.5) < 0.6


def test_voice_is_found_where_it_is() -> None:
    pcm = np.concatenate([np.zeros(16_000, np.int16), spoken(1), np.zeros(16_000, np.int16)])
    voice = voice_in(spectra(pcm, 16_000).level_db())
    first, past = voice.spans()[0][0], voice.spans()[-1][1]
    assert 125 < first < 145
    assert len(voice.spoken) - 190 < past < len(voice.spoken) - 120
    assert not (voice.spoken & voice.pause).any()
