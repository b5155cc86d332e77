"""Short answers, with and without a decode among answers alone, by voices that set no threshold.

Each answer and each other short utterance is said by six Kokoro voices that are not in the
release, over G.711. An answer is right when the dialogue reads the yes or the no that was said; any
other utterance when it reads neither. Beside them: 315 recorded words of one human speaker
(``speech-zh-words`` of the data folder): a few sound like an answer, none is one.
Peer: the same recogniser without the closed vocabulary, on the same sound.

    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python -m benchmarks.short_answers --voices package/voices --data FOLDER
"""

from __future__ import annotations

import argparse
import csv
import datetime
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.hardware import hardware
from benchmarks.results import save
from benchmarks.spoken_caller import RATE_HZ, Callers, over_the_line, voiced_part
from daemon.ctl.audio_file import at_rate
from daemon.release.release import load as load_release
from engines.asr.transcript import SpokenLanguage, Transcript
from engines.asr.whisper import WhisperRecogniser
from engines.dialog.moves import Heard
from engines.dialog.reading import Context, read
from engines.dialog.settings import DialogueSettings
from engines.emotion.feeling import NO_FEELING
from engines.emotion.text import TextEmotionSettings
from engines.nlu.understand import Understander
from engines.pipeline import load_mind
from engines.vad.silero import SileroVad
from models.nlu.statistics import wilson

VOICES: Final = (
    ("zf_xiaoyi", "bf_emma"),
    ("zm_yunyang", "bm_george"),
    ("zm_yunxia", "am_puck"),
)
Meaning = Literal["yes", "no", "other"]
_TODAY: Final = datetime.date(2026, 11, 25)
SAID: Final[dict[SpokenLanguage, dict[Meaning, tuple[str, ...]]]] = {
    "zh": {
        "yes": tuple(
            "是 是的 对 对的 好 好的 行 可以 可以的 没错 确定 确认 需要 要 好吧 没问题".split()
        ),
        "no": tuple("不 不是 不对 不行 不要 不用 不用了 不需要 没有 没有了 没了 算了 不了".split()),
        "other": tuple(
            "多少钱 什么 什么意思 再说一遍 等一下 喂 你是谁 转人工 退款 我要投诉 下午三点 明天上午 "
            "我叫王伟 在北京 上海 快点 为什么 怎么办 还没收到 我的快递呢 发票 耳机坏了 红色的 "
            "那个台灯 太贵了 什么时候 你好 听不清 大声点 慢一点 第二个 一百块 两件 会员卡".split()
        ),
    },
    "en": {
        "yes": (
            *"yes yeah yep sure okay right correct alright fine".split(),
            *("that's right", "yes please", "go ahead", "please do", "of course"),
        ),
        "no": (
            *"no nope nothing".split(),
            *("no thanks", "no thank you", "that's all", "nothing else", "not really"),
            *("no that's wrong", "never mind", "no goodbye", "no that's everything"),
        ),
        "other": (
            *"what hello refund tomorrow why invoice agent when".split(),
            *("how much", "say that again", "hold on", "who are you", "a human please"),
            *("at three", "my name is John", "in London", "hurry up", "where is it"),
            *("the blue one", "it's broken", "the headphones", "too expensive", "speak up"),
            *("slower please", "the second one", "two of them", "my parcel"),
        ),
    },
}


class Clip(msgspec.Struct, frozen=True):
    """One utterance."""

    source: str
    """``synthetic`` or ``human``."""
    language: SpokenLanguage
    meaning: Meaning
    text: str
    pcm: NDArray[np.int16]
    """(T,) at 8 kHz, decoded from G.711."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Say, hear both ways, count, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--voices", type=Path, required=True, help="folder of Kokoro voices")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    release = load_release(options.state, "lite")
    recogniser = WhisperRecogniser(release.path("asr_whisper"))
    vad = SileroVad(release.path("vad_silero") / "silero_vad.onnx")
    understander, _ = load_mind(release.files, TextEmotionSettings())
    counts: dict[str, dict[str, int]] = {}
    cache = options.state / "cache"
    for clip in _clips(release.files, options.voices, options.data, cache):
        for way in ("open", "answers"):
            transcript = _heard(clip, way == "answers", recogniser, vad)
            read_as = _meaning(transcript, understander)
            cell = counts.setdefault(f"{clip.source} {clip.language} {clip.meaning} {way}", {})
            cell[read_as] = cell.get(read_as, 0) + 1
            if read_as != clip.meaning and way == "answers":
                print(
                    f"{clip.source} {clip.language} {clip.text!r} is {read_as!r}: heard "
                    f"{transcript.text!r} {transcript.confidence:.2f} {transcript.guards}",
                    flush=True,
                )
    print(hardware().line())
    figures = {name: _figure(name, cell) for name, cell in sorted(counts.items())}
    for name, figure in figures.items():
        print(f"{name:28} {figure['right']:4} of {figure['n']:4} right; {figure['read_as']}")
    save("short_answers", {"cells": figures}, options.json)
    return 0


def _figure(name: str, cell: dict[str, int]) -> dict[str, Any]:
    n, right = sum(cell.values()), cell.get(name.split()[2], 0)
    interval = msgspec.to_builtins(wilson(right, n))
    return {"n": n, "right": right, "interval": interval, "read_as": cell}


def _clips(files: Path, voices: Path, data: Path, cache: Path) -> Iterator[Clip]:
    with tempfile.TemporaryDirectory(prefix="kefu-voices-") as folder:
        speech = Path(folder) / "tts_kokoro"
        speech.mkdir()
        for file in ("model.onnx", "tokenizer.json"):
            (speech / file).symlink_to((files / "tts_kokoro" / file).resolve())
        (speech / "voices").symlink_to(voices.resolve())
        with Callers(Path(folder), cache, VOICES) as callers:
            for language, meanings in SAID.items():
                for meaning, texts in meanings.items():
                    for text in texts:
                        for voice in range(len(VOICES)):
                            pcm = callers.say(text, voice, home=language)
                            yield Clip("synthetic", language, meaning, text, pcm)
    words = data / "speech-zh-words"
    with (words / "manifest.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            audio, rate_hz = soundfile.read(words / "audio" / row["file"], dtype="int16")
            narrow = at_rate(np.asarray(audio), rate_hz, RATE_HZ)
            yield Clip("human", "zh", "other", row["text"], over_the_line(narrow))


def _heard(clip: Clip, answer: bool, recogniser: WhisperRecogniser, vad: SileroVad) -> Transcript:
    utterance = voiced_part(clip.pcm, vad)
    if utterance is None:
        return Transcript(text="", language=clip.language, language_probability=1.0, confidence=0.0)
    piece, voiced_ms = utterance
    return recogniser.hear(
        piece, RATE_HZ, voiced_ms=voiced_ms, language=clip.language, answer=answer
    )


def _meaning(transcript: Transcript, understander: Understander) -> Meaning:
    """As the dialogue takes it that asks for a yes to a change."""
    settings = DialogueSettings()
    understanding = understander.understand(transcript.text, transcript.language, _TODAY)
    heard = Heard(
        text=transcript.text,
        language=transcript.language,
        confidence=transcript.confidence,
        understanding=understanding,
        feeling=NO_FEELING,
    )
    if transcript.confidence < settings.hear_from:
        return "other"
    yes = read(heard, (), Context(language=transcript.language)).yes
    if yes is None or (yes and transcript.confidence < settings.agree_from):
        return "other"
    return "yes" if yes else "no"


if __name__ == "__main__":
    sys.exit(main())
