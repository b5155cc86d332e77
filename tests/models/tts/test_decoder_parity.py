"""The decoder in torch against the published network, and its gradients."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.tts.equaliser import BANDS
from engines.tts.kokoro import Kokoro
from engines.tts.kokoro_norms import OFFSETS
from engines.tts.voice_file import written
from models.tts.decoder import Decoder, Style, decoder_weights, style_of
from models.tts.front_end import FrontEnd
from models.tts.line_filter import LineFilter
from models.tts.styled_snake import StyledSnake
from models.tts.voice_packs import DECODER, VoicePacks

STATE = Path(os.environ.get("KEFU_STATE", Path(__file__).parents[3] / "var"))
KOKORO = STATE / "releases" / "voice" / "files" / "tts_kokoro_float"
PHONEMES = "həlˈO, ɡˈʊd mˈɔɹnɪŋ."

needs_weights = pytest.mark.skipif(
    not (KOKORO / "model.onnx").exists(), reason="`kefuctl pull --profile voice` brings the weights"
)


@needs_weights
@pytest.mark.parametrize("voice", ["am_michael", "zf_xiaoxiao"])
def test_the_decoder_speaks_as_the_published_network(voice: str) -> None:
    torch.set_num_threads(1)
    pack = VoicePacks(KOKORO / "voices").pack(voice)
    features = FrontEnd(KOKORO).features(PHONEMES, pack)
    style = style_of(pack[features.tokens - 1, :, :DECODER])
    with torch.inference_mode():
        ours = Decoder(decoder_weights(KOKORO / "model.onnx"))(features, style).numpy()[0]
    # The run-time engine, on the float32 network: it cuts the same silence.
    theirs = Kokoro(KOKORO, 1).speak(PHONEMES, voice, 1.0).samples
    assert ours.size == theirs.size
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99
    assert ours.std() == pytest.approx(theirs.std(), rel=0.1)


@needs_weights
def test_offsets_of_the_norms_do_the_same_in_both(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    packs = VoicePacks(KOKORO / "voices")
    pack = packs.pack("am_michael")
    decoder = Decoder(decoder_weights(KOKORO / "model.onnx"))
    units = decoder.norm_spread(np.stack([packs.timbre(name) for name in packs.names[:6]]))
    offsets = units * torch.from_numpy(
        np.random.default_rng(3).normal(0, 1.5, OFFSETS).astype(np.float32)
    )
    features = FrontEnd(KOKORO).features(PHONEMES, pack)
    row = style_of(pack[features.tokens - 1, :, :DECODER]).row
    with torch.inference_mode():
        ours = decoder(features, Style(row, offsets)).numpy()[0]
        plain = decoder(features, Style(row)).numpy()[0]
    (tmp_path / "anna.bin").write_bytes(written(pack, np.zeros(BANDS, np.float32), offsets.numpy()))
    theirs = Kokoro(KOKORO, 1, tmp_path).speak(PHONEMES, "anna", 1.0).samples
    assert np.corrcoef(ours, theirs)[0, 1] > 0.97
    assert np.corrcoef(plain, theirs)[0, 1] < 0.95


def test_the_activations_gradient_is_that_of_its_formula() -> None:
    torch.manual_seed(2)
    x = torch.randn(1, 3, 40, dtype=torch.float64, requires_grad=True)
    gain = torch.randn(1, 3, 1, dtype=torch.float64, requires_grad=True)
    shift = torch.randn(1, 3, 1, dtype=torch.float64, requires_grad=True)
    alpha = torch.rand(1, 3, 1, dtype=torch.float64) + 0.5
    assert torch.autograd.gradcheck(
        lambda *values: StyledSnake.apply(*values, alpha), (x, gain, shift)
    )


@pytest.mark.parametrize(
    ("band_hz", "heard_hz", "lost_hz"), [(4000, 3000, 5000), (8000, 6500, 9000)]
)
def test_the_line_passes_its_band_alone(band_hz: int, heard_hz: int, lost_hz: int) -> None:
    time = torch.arange(24_000) / 24_000
    line = LineFilter(band_hz)
    heard, lost = (
        line(torch.sin(2 * torch.pi * hertz * time)[None])[0] for hertz in (heard_hz, lost_hz)
    )
    assert heard.shape == (16_000,)
    assert float(heard[200:-200].std()) == pytest.approx(0.5**0.5, rel=0.03)
    assert float(lost[200:-200].std()) < 0.01
    again = torch.sin(2 * torch.pi * heard_hz * torch.arange(16_000) / 16_000)
    assert float((heard - again)[200:-200].abs().max()) < 0.05
