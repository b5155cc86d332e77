"""The log-mel spectrogram is Whisper's, as faster-whisper computes it."""

from __future__ import annotations

import numpy as np
import pytest

from engines.asr.log_mel import BANDS, HOP, log_mel


@pytest.mark.parametrize("samples", [16000, 16123, 48001, 480000])
def test_equal_to_the_reference(samples: int) -> None:
    feature_extractor = pytest.importorskip("faster_whisper.feature_extractor")
    random = np.random.default_rng(samples)
    audio = (random.standard_normal(samples) * 0.1).astype(np.float32)
    audio[: samples // 2] *= 0.01
    expected = feature_extractor.FeatureExtractor()(audio, padding=0)
    np.testing.assert_allclose(log_mel(audio), expected[:, : samples // HOP], atol=1e-5)


def test_shape_dtype_and_silence() -> None:
    silent = log_mel(np.zeros(3200, np.float32))
    assert silent.shape == (BANDS, 20)
    assert silent.dtype == np.float32
    assert np.isfinite(silent).all()


def test_a_tone_stands_in_its_band() -> None:
    time = np.arange(16000) / 16000
    low, high = (
        log_mel(np.sin(2 * np.pi * hz * time).astype(np.float32)).mean(axis=1).argmax()
        for hz in (300, 3000)
    )
    assert low < high
