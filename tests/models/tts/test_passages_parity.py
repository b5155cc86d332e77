"""What a person said, as the decoder would say it: a stock voice stands in for the person."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.errors import BadAudio
from engines.text.reader_child import Phonemes
from models.tts.clip import RATE_HZ, Floats, speech_only
from models.tts.decoder import Decoder, decoder_weights, style_of
from models.tts.front_end import FrontEnd
from models.tts.line_filter import LineFilter
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.passages import FRAME, LEAST, LENGTH, Retelling
from models.tts.reconstruction import Recorded
from models.tts.sounds import Sounds
from models.tts.voice_packs import DECODER, VoicePacks

STATE = Path(os.environ.get("KEFU_STATE", Path(__file__).parents[3] / "var"))
KOKORO = STATE / "releases" / "voice" / "files" / "tts_kokoro_float"
RELEASE = STATE / "releases" / "lite" / "files"
SAID = "Good morning, I would like to change the address of my order, please."
PHONEMES = "ɡˈʊd mˈɔɹnɪŋ, aɪ wʊd lˈaɪk tə tʃˈeɪndʒ ði ɐdɹˈɛs əv maɪ ˈɔːɹdɚ, plˈiːz."

needs_weights = pytest.mark.skipif(
    not (KOKORO / "model.onnx").exists(), reason="`kefuctl pull --profile voice` brings the weights"
)


class Stage:
    """The network, and a recording that another stock voice made."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self.packs = VoicePacks(KOKORO / "voices")
        self.decoder = Decoder(decoder_weights(KOKORO / "model.onnx"))
        self.front_end = FrontEnd(KOKORO)
        self.line = LineFilter(8000)
        self.retelling = Retelling(
            front_end=self.front_end,
            decoder=self.decoder,
            line=self.line,
            sounds=Sounds(RELEASE),
            pack=self.packs.pack("am_michael"),
            reader=Phonemes(),
        )

    def recording(self, voice: str) -> Floats:
        pack = self.packs.pack(voice)
        features = self.front_end.features(PHONEMES, pack)
        with torch.inference_mode():
            said = self.decoder(features, style_of(pack[features.tokens - 1, :, :DECODER]))
            return speech_only(self.line(said)[0].numpy())


def never(_: Floats) -> str:
    raise AssertionError("what is known need not be heard")


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@needs_weights
def test_retold_in_the_persons_timbre_a_passage_is_the_recording(stage: Stage) -> None:
    recording = stage.recording("af_bella")
    heard: list[tuple[int, int]] = []
    passages = stage.retelling.passages(
        [(recording, "")], "en", lambda _: SAID, lambda done, of: heard.append((done, of))
    )
    assert heard == [(0, 1)]
    assert len(passages) >= LEAST
    apart = {}
    spectrum, flat = LongTermSpectrum(8000), torch.zeros(48)
    for voice in ("af_bella", "am_adam", "zm_yunjian"):
        style = style_of(stage.packs.timbre(voice))
        with torch.inference_mode():
            apart[voice] = np.mean(
                [
                    float(
                        sum(
                            Recorded(spectrum, one.audio).unlike(
                                stage.line(stage.decoder(one.features, style)), flat
                            )
                        )
                    )
                    for one in passages
                ]
            )
    assert apart["af_bella"] < 0.7 * min(apart["am_adam"], apart["zm_yunjian"]), apart
    for one in passages:
        assert one.features.text.shape == (1, 512, LENGTH)
        assert one.features.pitch.shape == one.features.energy.shape == (1, 2 * LENGTH)
        assert one.audio.size == LENGTH * FRAME
        voiced = one.features.pitch[one.features.pitch > 0]
        assert 140 < np.median(voiced) < 300  # hers, and not that of the voice that retells


@needs_weights
def test_a_clip_of_other_words_is_left_out(stage: Stage) -> None:
    recording = stage.recording("af_bella")
    passages = stage.retelling.passages(
        [
            (recording, SAID),
            (recording, "Seven black cats never answer questions about breakfast."),
            (recording, ""),
        ],
        "en",
        lambda _: SAID,
        lambda *_: None,
    )
    alone = stage.retelling.passages([(recording, SAID)], "en", never, lambda *_: None)
    assert len(passages) == 2 * len(alone)


@needs_weights
@pytest.mark.parametrize("heard", ["", "  ", "?!", "🎺", "x" * 5000])
def test_recordings_of_which_nothing_is_understood_are_refused(stage: Stage, heard: str) -> None:
    with pytest.raises(BadAudio, match="understood"):
        stage.retelling.passages(
            [(stage.recording("am_adam"), "")], "en", lambda _: heard, lambda *_: None
        )


@needs_weights
@pytest.mark.parametrize("clips", [[], [np.zeros(RATE_HZ // 2, np.float32)]])
def test_clips_too_short_for_words_are_refused(stage: Stage, clips: list[Floats]) -> None:
    told = [(clip, SAID) for clip in clips]
    with pytest.raises(BadAudio):
        stage.retelling.passages(told, "en", never, lambda *_: None)
