"""Makes the sounds of the interruptions benchmark.

Ours, the backchannels and the commands are Kokoro's: ours in the product's voices, the caller's in
voices that the product does not use. Short words are real recordings. Voice is found by energy on
the clean recording. Run once:
``python -m benchmarks.data.interruptions.make_sounds --data FOLDER --kokoro FOLDER``, the latter
with ``model.onnx``, ``tokenizer.json`` and ``voices/`` of all of ``VOICES`` (npm kokoro-js 1.2.1).
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr
from msgspec.structs import replace
from numpy.typing import NDArray

from benchmarks.data.endpointing.make_lines import telephone
from benchmarks.interruption_sounds import RATE_HZ, Kind, Sound, write_sounds
from daemon.release.release import load
from engines._core import g711_decode, g711_encode
from engines.asr.whisper import WhisperRecogniser
from engines.dialog.moves import Clause
from engines.text.reader import Reader
from engines.tts.errors import SpeechFailed
from engines.tts.kokoro import RATE_HZ as KOKORO_HZ
from engines.tts.kokoro import Kokoro
from engines.tts.phrase_cache import PhraseCache
from engines.tts.synthesiser import Synthesiser, SynthesiserSettings
from engines.tts.voice_choice import Voice

Floats = NDArray[np.float32]
Language = Literal["zh", "en"]
OURS: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "您好，这里是客户服务中心，请问有什么可以帮您？",
        "您的订单已经从上海仓库发出，预计明天下午三点以前送到。",
        "为了核对您的身份，请告诉我收件人的姓名和手机号码的最后四位。",
        "这件商品支持七天无理由退货，退款会在三个工作日内回到您的账户。",
        "如果您想换一个尺码，请先说明原因，我再帮您登记换货申请。",
        "非常抱歉给您带来不便，我马上为您查询这个包裹现在的位置。",
    ),
    "en": (
        "Hello, this is the customer service line. How can I help you today?",
        "Your order left our warehouse in Chicago and should arrive tomorrow before three.",
        "To confirm who you are, please tell me the name on the order and the last four digits.",
        "This item can be returned within seven days, and the refund takes three working days.",
        "If you would like another size, tell me the reason first and I will enter the exchange.",
        "I am sorry for the trouble. Let me look up where the parcel is at this moment.",
    ),
}
BACKCHANNELS: Final[dict[Language, tuple[str, ...]]] = {
    "zh": ("嗯", "对", "好", "哦", "是", "好的", "嗯嗯", "对对", "是的"),
    "en": ("uh-huh", "yeah", "okay", "right", "mm-hmm", "sure", "yes", "oh"),
}
COMMANDS: Final[dict[Language, tuple[str, ...]]] = {
    "zh": ("停", "等一下", "不对", "不要", "转人工", "没有"),
    "en": ("stop", "wait", "no", "operator", "hold on", "hello"),
}
OUR_VOICE: Final[dict[Language, str]] = {"zh": "zf_xiaoxiao", "en": "af_heart"}
VOICES: Final[dict[Language, tuple[str, ...]]] = {
    "zh": ("zf_xiaobei", "zm_yunxi", "zf_xiaoyi", "zm_yunjian", "zm_yunxia", "zm_yunyang"),
    "en": ("af_bella", "am_fenrir", "af_nova", "am_michael", "bf_emma", "bm_george"),
}
"""The first two are for tuning, the others for the report."""
TUNING_SPEAKERS: Final = ("george", "jackson")
EDGE_MS: Final = 100
NOISE_S: Final = 4.0
_VOICED_BELOW_PEAK_DB: Final = 30.0
_FRAME: Final = 80  # samples: 10 ms


def bounds(audio: Floats) -> tuple[int, int]:
    """First and last sample within 30 dB of the loudest 10 ms."""
    frames = audio[: len(audio) // _FRAME * _FRAME].reshape(-1, _FRAME)
    level_db = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-10)
    loud = np.flatnonzero(level_db > level_db.max() - _VOICED_BELOW_PEAK_DB)
    return int(loud[0]) * _FRAME, (int(loud[-1]) + 1) * _FRAME


def trimmed(sound: Sound, audio: Floats) -> tuple[Sound, Floats]:
    """The voice with 100 ms about it, and its place."""
    first, last = bounds(audio)
    edge = EDGE_MS * RATE_HZ // 1000
    start = max(0, first - edge)
    audio = audio[start : last + edge]
    place = {"speech_start": first - start, "speech_end": last - start}
    return replace(sound, samples=len(audio), **place), audio


def row(kind: Kind, text: str, language: str, speaker: str, tuning: bool) -> Sound:
    """A manifest row without its samples."""
    return Sound(
        kind=kind,
        text=text,
        language=language,
        speaker=speaker,
        tuning=tuning,
        samples=0,
        speech_start=0,
        speech_end=0,
        heard="",
        licence="Apache-2.0",
        credit="Kokoro-82M v1.0",
    )


def spoken(kokoro: Path, cache: Path) -> Iterator[tuple[Sound, Floats]]:
    """What is synthesised: ours, backchannels, commands."""
    engine, reader = Kokoro(kokoro, 2), Reader()
    try:
        for language in OURS:
            plan: list[tuple[Kind, str, str, bool]] = [
                ("ours", text, OUR_VOICE[language], False) for text in OURS[language]
            ]
            for number, name in enumerate(VOICES[language]):
                plan += [("backchannel", text, name, number < 2) for text in BACKCHANNELS[language]]
                plan += [("command", text, name, number < 2) for text in COMMANDS[language]]
            for kind, text, name, tuning in plan:
                voice = Voice(name=name)
                settings = SynthesiserSettings(zh=voice, en=voice)
                speaker = Synthesiser(reader, engine, PhraseCache(cache), settings)
                try:
                    pcm = speaker.speak(Clause(text=text, language=language)).pcm
                except SpeechFailed as failed:
                    print(f"left out: {failed}")
                    continue
                wave: Floats = (pcm / 32768).astype(np.float32)
                audio = telephone(wave, KOKORO_HZ) if kind != "ours" else narrow(wave)
                yield trimmed(row(kind, text, language, name, tuning), audio)
    finally:
        reader.close()


def narrow(wave: Floats) -> Floats:
    """Our own speech at the line's rate, as loud as the product speaks."""
    audio: Floats = soxr.resample(wave, KOKORO_HZ, RATE_HZ, quality="HQ").astype(np.float32)
    return audio


def recorded(data: Path) -> Iterator[tuple[Sound, Floats]]:
    """Real short words, and noise."""
    for name, most, longest_s in (("digits-en-8k", 120, 0.6), ("speech-zh-words", 60, 1.0)):
        rows = _rows(data / name)
        short = [one for one in rows if float(one["seconds"]) <= longest_s]
        for number, one in enumerate(short[:: max(1, len(short) // most)][:most]):
            sound = row("word", one["text"], one["lang"][:2], one["speaker"], number % 2 == 0)
            if name == "digits-en-8k":
                sound = replace(sound, tuning=one["speaker"] in TUNING_SPEAKERS)
            sound = replace(sound, licence=one["licence"], credit=one["origin"])
            yield trimmed(sound, _read(data / name / "audio" / one["file"]))
    noises = [one for one in _rows(data / "noise") if one["kind"] not in ("RIR", "impulse")]
    for number, one in enumerate(noises):
        audio = _read(data / "noise" / "audio" / one["file"])[: round(NOISE_S * RATE_HZ)]
        sound = row("noise", one["kind"], "", one["file"], number % 3 == 0)
        yield (
            replace(
                sound,
                samples=len(audio),
                speech_end=len(audio),
                licence=one["licence"],
                credit=one["origin"],
            ),
            audio,
        )


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _read(path: Path) -> Floats:
    clean, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return telephone(clean[:, 0], rate_hz)


def heard(recogniser: WhisperRecogniser, sound: Sound, audio: Floats) -> str:
    """What the recogniser makes of it, as turn taking would hand it over."""
    quiet = np.random.default_rng(1).normal(0, 10 ** (-58 / 20), len(audio) + 2400)
    quiet[1600 : 1600 + len(audio)] += audio
    pcm = (np.clip(quiet, -1, 1) * 32767).astype("<i2").tobytes()
    line = np.frombuffer(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), np.int16)
    voiced_ms = (sound.speech_end - sound.speech_start) * 1000 / RATE_HZ
    transcript = recogniser.hear(line, RATE_HZ, voiced_ms=voiced_ms, language=sound.language)
    return "" if transcript.dropped else transcript.text


def main() -> None:
    """Write the sounds and their manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("KEFU_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--kokoro", type=Path, required=True)
    parser.add_argument("--state", type=Path, default=Path("var"))
    options = parser.parse_args()
    sounds = [*spoken(options.kokoro, options.state / "cache"), *recorded(options.data)]
    weights = load(options.state, "lite", verify=False)
    recogniser = WhisperRecogniser(weights.path("asr_whisper"))
    sounds = [
        (
            replace(sound, heard=heard(recogniser, sound, audio))
            if sound.kind in ("backchannel", "command", "word")
            else sound,
            audio,
        )
        for sound, audio in sounds
    ]
    write_sounds(sounds)
    print(f"{len(sounds)} sounds, {sum(len(audio) for _, audio in sounds) / RATE_HZ:.0f} s")


if __name__ == "__main__":
    main()
