"""Makes the recorded callers' lines: `examples/demo/` and `benchmarks/data/response/`.

Run once, with the result committed. Callers have voices that are not the agent's: other Kokoro
voices in Chinese, Piper's "joe" (data CC0) in English. Piper is GPL: it is run as a program.

    python -m examples.demo.make_recordings --kokoro FOLDER --piper PROGRAM --piper-voice ONNX
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from engines.text.reader import Reader
from engines.tts.finish import LEAD_MS, TAIL_MS, finish, voiced_span
from engines.tts.kokoro import RATE_HZ as KOKORO_HZ
from engines.tts.kokoro import Kokoro

RATE_HZ: Final = 8000
MARGIN: Final = 800
"""Silence before and behind the speech of a recording: 100 ms."""
PAUSE_MS: Final = 450
DEMO: Final = Path(__file__).parent
RESPONSE: Final = Path(__file__).parents[2] / "benchmarks" / "data" / "response"
JOE: Final = "joe"

# "…" is a pause of 450 ms inside the sentence; "!" in front: said into the agent's reply.
_DEMO: Final = {
    "zh": (
        "我想查一下我的订单，…到哪里了？",
        "A 幺零二四。",
        "!等一下，我想退款，耳机坏了。",
        "对，我确定。",
        "没有了，谢谢。",
        "再见。",
    ),
    "en": (
        "I would like to check my order, … and see where it is.",
        "It is A one zero two four.",
        "!Wait a moment, I want a refund. The headphones are broken.",
        "Yes, please.",
        "No, that is all, thank you.",
        "Goodbye.",
    ),
}
# Four lines a call: two whose answer begins with a cached phrase, two that are spoken live.
_RESPONSE_ZH: Final = (
    ("我想查一下订单。", "{0}。"),
    ("你好，我的订单到哪里了？", "订单号是{0}。"),
    ("帮我查一下物流。", "是{0}。"),
    ("我要查订单。", "我的订单号是{0}。"),
)
_LIVE_ZH: Final = (
    "我想退订单{0}。",
    "订单{0}我要退款。",
    "请帮我退款，订单号{0}。",
    "我要退货，订单{0}。",
)
_RESPONSE_EN: Final = (
    ("I want to check my order.", "{0}."),
    ("Where is my order?", "The order number is {0}."),
    ("Can you track my package?", "It is {0}."),
    ("Hello, I would like to know my order status.", "My order number is {0}."),
)
_LIVE_EN: Final = (
    "I want a refund for order {0}.",
    "Please refund order {0}.",
    "I would like to return order {0}.",
    "I need my money back for order {0}.",
)
_ORDERS: Final = ("A1024", "B2049", "A1030", "B2048")
_VOICES_ZH: Final = ("zm_yunxi", "zm_yunjian", "zm_yunyang", "zf_xiaoyi")
_CALLS: Final = 7


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One row of ``lines.tsv``. Samples are at 8 kHz, counted from the file's first."""

    file: str
    script: str
    """Lines of a script are said one after the other in one call."""
    language: str
    text: str
    kind: str
    """How the answer should begin: ``cached`` or ``live``; empty where nobody asks."""
    voice: str
    samples: int
    voice_start: int
    last_syllable: int
    """Just past the last voiced sample."""
    pauses: str
    """Pauses inside the sentence as FIRST+SAMPLES, apart by spaces."""
    interrupts: int
    """1: said into the agent's reply, a second after it began."""


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    file: str
    script: str
    language: str
    text: str
    voice: str
    kind: str = ""


class Voices:
    """Everybody who calls."""

    def __init__(self, kokoro: Path, piper: str, piper_voice: Path) -> None:
        self._reader = Reader()
        self._kokoro = Kokoro(kokoro, 2)
        self._piper = (piper, str(piper_voice))

    def say(self, text: str, language: str, voice: str) -> NDArray[np.int16]:
        """(T,) int16, 8 kHz, trimmed, at the agent's loudness."""
        if voice == JOE:
            samples, rate_hz = self._joe(text)
        else:
            phonemes = " ".join(sounds for _, sounds in self._reader.phonemes(text, "zh"))
            waveform = self._kokoro.speak(phonemes, voice, 1.0)
            samples, rate_hz = waveform.samples, KOKORO_HZ
        pcm: NDArray[np.int16] = soxr.resample(finish(samples, rate_hz), rate_hz, RATE_HZ)
        return pcm

    def close(self) -> None:
        """End the reader."""
        self._reader.close()

    def _joe(self, text: str) -> tuple[NDArray[np.float32], int]:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            program, model = self._piper
            subprocess.run([program, "-m", model, "-f", file.name, "--", text], check=True)
            with wave.open(file.name) as sound:
                pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
                return _floats(pcm), sound.getframerate()


def main(arguments: Sequence[str] | None = None) -> None:
    """Make both folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kokoro", type=Path, required=True, help="folder of tts_kokoro")
    parser.add_argument("--piper", required=True, help="the piper program")
    parser.add_argument("--piper-voice", type=Path, required=True, help="en_US-joe-medium.onnx")
    options = parser.parse_args(arguments)
    voices = Voices(options.kokoro, options.piper, options.piper_voice)
    try:
        make(DEMO, _demo(), voices)
        make(RESPONSE, _response(), voices)
    finally:
        voices.close()


def make(folder: Path, wanted: Iterator[_Wanted], voices: Voices) -> None:
    """One WAV a line, and ``lines.tsv``."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_record(folder, one, voices) for one in wanted]
    with (folder / "lines.tsv").open("w", newline="", encoding="utf-8") as sink:
        table = csv.writer(sink, delimiter="\t", lineterminator="\n")
        table.writerow(Recording.__struct_fields__)
        table.writerows(msgspec.structs.astuple(row) for row in rows)


def _demo() -> Iterator[_Wanted]:
    for language, voice in (("zh", "zm_yunxi"), ("en", JOE)):
        for number, text in enumerate(_DEMO[language], 1):
            yield _Wanted(
                file=f"{language}-{number}.wav",
                script=language,
                language=language,
                text=text,
                voice=voice,
            )


def _response() -> Iterator[_Wanted]:
    for language in ("zh", "en"):
        openings, live = (_RESPONSE_ZH, _LIVE_ZH) if language == "zh" else (_RESPONSE_EN, _LIVE_EN)
        for call in range(_CALLS):
            orders = [_spoken_id(_ORDERS[(call + step) % 4], language, call) for step in range(3)]
            texts = (
                *(text.format(orders[0]) for text in openings[call % 4]),
                live[call % 4].format(orders[1]),
                live[(call + 1) % 4].format(orders[2]),
            )
            for number, text in enumerate(texts, 1):
                yield _Wanted(
                    file=f"{language}-{call + 1}-{number}.wav",
                    script=f"{language}-{call + 1}",
                    language=language,
                    text=text,
                    voice=_VOICES_ZH[call % 4] if language == "zh" else JOE,
                    kind="cached" if number <= 2 else "live",
                )


def _spoken_id(order: str, language: str, call: int) -> str:
    if language == "en":
        return f"{order[0]} {' '.join(_DIGITS_EN[int(digit)] for digit in order[1:])}"
    one = "幺" if call % 2 else "一"
    return f"{order[0]} " + "".join(f"零{one}二三四五六七八九"[int(digit)] for digit in order[1:])


_DIGITS_EN: Final = "zero one two three four five six seven eight nine".split()


def _floats(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    return (pcm / np.float32(32768)).astype(np.float32)


def _record(folder: Path, wanted: _Wanted, voices: Voices) -> Recording:
    pcm = np.zeros(MARGIN, np.int16)
    pauses: list[str] = []
    for part in wanted.text.removeprefix("!").split("…"):
        if pcm.size > MARGIN:
            # The silence that trimming leaves on both sides is part of the pause.
            inserted = (PAUSE_MS - LEAD_MS - TAIL_MS) * RATE_HZ // 1000
            first = pcm.size - TAIL_MS * RATE_HZ // 1000
            pauses.append(f"{first}+{PAUSE_MS * RATE_HZ // 1000}")
            pcm = np.concatenate([pcm, np.zeros(inserted, np.int16)])
        pcm = np.concatenate([pcm, voices.say(part, wanted.language, wanted.voice)])
    pcm = np.concatenate([pcm, np.zeros(MARGIN, np.int16)])
    start, end = voiced_span(_floats(pcm), RATE_HZ)
    with wave.open(str(folder / wanted.file), "wb") as sound:
        sound.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        sound.writeframes(pcm.astype("<i2").tobytes())
    return Recording(
        file=wanted.file,
        script=wanted.script,
        language=wanted.language,
        text=wanted.text.removeprefix("!").replace("… ", "").replace("…", ""),
        kind=wanted.kind,
        voice=wanted.voice,
        samples=pcm.size,
        voice_start=start,
        last_syllable=end,
        pauses=" ".join(pauses),
        interrupts=int(wanted.text.startswith("!")),
    )


if __name__ == "__main__":
    main()
