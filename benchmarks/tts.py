"""Speech synthesis: real-time factor by length, first clause, what a recogniser hears back, memory.

The peer in the same run is the network as it was published, which runs its vocoder over the silence
at both ends of a clause too. Voices are compared by Whisper base: error rate of what it hears at
8 kHz after G.711, both sides read out, so that "299" and "二百九十九" are the same.

    python -m benchmarks.tts             the agent's voices
    python -m benchmarks.tts --voices zm_yunxi af_bella    and others
    python -m benchmarks.tts --quick     within 50 s
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import jiwer
import numpy as np
import psutil  # type: ignore[import-untyped]
import soxr
from faster_whisper import WhisperModel  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.release.release import load
from engines._core import g711_decode, g711_encode
from engines.nlu.script import ScriptFolder
from engines.text.normalise import Language, read
from engines.text.reader import Reader
from engines.tts import kokoro as kokoro_module
from engines.tts.finish import finish
from engines.tts.kokoro import RATE_HZ, Kokoro
from engines.tts.synthesiser import SynthesiserSettings

_LENGTHS: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "好的。",
        "订单A1024，",
        "退款金额¥299.00，",
        "预计2026-11-26送到，由顺丰派送。",
        "我可以帮您查订单，或者办理退款，也可以转人工。",
    ),
    "en": (
        "Okay.",
        "Order A1024,",
        "a refund of $299.00.",
        "and SF Express should deliver it on 2026-11-26.",
        "I can look up an order, arrange a refund, or put you through to a colleague.",
    ),
}
_HEARD: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "您好，这里是小福商城。",
        "请再说一遍订单号，一个字母加四位数字。",
        "您的订单已经发货了，",
        "预计2026-11-26送到，由顺丰派送。",
        "订单A1024，退款金额¥299.00，",
        "退款申请已经提交了，退款编号是R7002。",
        "感谢您的来电，再见。",
        "非常抱歉给您添麻烦了。",
    ),
    "en": (
        "Hello, this is Lucky Mall. How can I help you?",
        "Please tell me the order number again, one letter and four digits.",
        "Your order has been shipped,",
        "and SF Express should deliver it on 2026-11-26.",
        "Order B2048, a refund of $299.00. Shall I go ahead?",
        "The refund number is R7002, for $49.50.",
        "I am putting you through to a colleague now.",
        "I am very sorry about the trouble.",
    ),
}
_PROMPT: Final = "以下是普通话的句子。"
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the tables, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs, within 50 s")
    parser.add_argument("--voices", nargs="*", default=[], help="others to compare, by name")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    files = load(options.state, "lite", verify=False).files
    before = _pss_mib(psutil.Process())
    reader = Reader()
    kokoro = Kokoro(files / "tts_kokoro", SynthesiserSettings().threads)
    try:
        reader.wait_ready()
        result: dict[str, Any] = {
            "lengths": lengths(reader, kokoro, runs=1 if options.quick else 3),
            "memory_mib": {
                "kokoro": round(_pss_mib(psutil.Process()) - before),
                "reader": round(_pss_mib(psutil.Process(reader.pid))),
                "espeak": round(sum(map(_pss_mib, psutil.Process(reader.pid).children()))),
            },
        }
        result["voices"] = heard_back(reader, kokoro, files, options)
    finally:
        reader.close()
    print_tables(result)
    save("tts", result, options.json)
    return 0


def lengths(reader: Reader, kokoro: Kokoro, *, runs: int) -> list[dict[str, Any]]:
    """Median times of each clause, text to finished PCM, and of the network as published."""
    rows: list[dict[str, Any]] = []
    for language in LANGUAGES:
        voice = SynthesiserSettings().voice(language)
        for text in _LENGTHS[language]:
            timed: dict[str, list[float]] = {"read": [], "ours": [], "published": []}
            seconds = 0.0
            for _ in range(runs):
                began = time.perf_counter()
                phonemes = " ".join(sounds for _, sounds in reader.phonemes(text, language))
                timed["read"].append(time.perf_counter() - began)
                began = time.perf_counter()
                waveform = kokoro.speak(phonemes, voice.name, voice.speed)
                seconds = finish(waveform.samples, RATE_HZ).size / RATE_HZ
                timed["ours"].append(time.perf_counter() - began)
                timed["published"].append(_as_published(kokoro, phonemes, voice.name, voice.speed))
            medians = {name: statistics.median(values) for name, values in timed.items()}
            rows.append(
                {
                    "language": language,
                    "text": text,
                    "phonemes": len(phonemes),
                    "speech_s": round(seconds, 2),
                    "read_s": round(medians["read"], 4),
                    "speak_s": round(medians["ours"], 3),
                    "published_s": round(medians["published"], 3),
                    "rtf": round(medians["ours"] / seconds, 3),
                }
            )
    return rows


def heard_back(
    reader: Reader, kokoro: Kokoro, files: Path, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Error rate of what Whisper base hears, by voice."""
    script = ScriptFolder(files / "nlu_lac" / "q2b.dic")
    model = WhisperModel(
        str(files / "asr_whisper"), device="cpu", compute_type="int8", cpu_threads=2
    )
    rows = []
    for language in LANGUAGES:
        families = ("zf_", "zm_") if language == "zh" else ("af_", "am_")
        agent = SynthesiserSettings().voice(language)
        others = [name for name in options.voices if name.startswith(families)]
        for name in dict.fromkeys([agent.name, *others]):
            pairs = []
            for text in _HEARD[language][: 3 if options.quick else None]:
                pcm = _speech(reader, kokoro, text, language, name, agent.speed)
                heard = _hear(model, pcm, language)
                pairs.append((text, script.fold(heard)))
            errors = _error_rate(pairs, language)
            rows.append({"voice": name, "language": language, "error_rate": round(errors, 3)})
            rows[-1]["heard"] = pairs
            print(f"{name:<14}{errors:.3f}")
    return rows


def print_tables(result: dict[str, Any]) -> None:
    """For people."""
    print(f"\n{hardware().line()}\n")
    columns = ("phonemes", "speech_s", "read_s", "speak_s", "rtf", "published_s")
    print("".join(f"{column:>13}" for column in columns))
    for row in result["lengths"]:
        print("".join(f"{row[column]:>13}" for column in columns) + "  " + row["text"])
    print(f"\nmemory, MiB PSS: {result['memory_mib']}")
    for row in result["voices"]:
        print(f"{row['voice']:<14} error rate of what Whisper base hears: {row['error_rate']:.3f}")


def _as_published(kokoro: Kokoro, phonemes: str, voice: str, speed: float) -> float:
    edges = kokoro_module._edges
    kokoro_module._edges = lambda tokens: np.zeros_like(edges(tokens))
    try:
        began = time.perf_counter()
        kokoro.speak(phonemes, voice, speed)
        return time.perf_counter() - began
    finally:
        kokoro_module._edges = edges


def _speech(
    reader: Reader, kokoro: Kokoro, text: str, language: Language, voice: str, speed: float
) -> NDArray[np.int16]:
    parts = []
    for _, phonemes in reader.phonemes(text, language):
        waveform = kokoro.speak(phonemes, voice, speed)
        parts.append(finish(waveform.samples, RATE_HZ))
    return np.concatenate(parts)


def _hear(model: WhisperModel, pcm: NDArray[np.int16], language: Language) -> str:
    narrow = soxr.resample(pcm, RATE_HZ, 8000)
    coded = np.frombuffer(g711_decode(g711_encode(narrow.tobytes(), "ulaw"), "ulaw"), np.int16)
    wide = soxr.resample(coded.astype(np.float32) / 32768, 8000, 16000)
    segments, _ = model.transcribe(
        np.pad(wide, (3200, 8000)),
        language=language,
        beam_size=5,
        initial_prompt=_PROMPT if language == "zh" else None,
    )
    return "".join(segment.text for segment in segments).strip()


def _error_rate(pairs: list[tuple[str, str]], language: Language) -> float:
    references = [_plain(text, language) for text, _ in pairs]
    heard = [_plain(text, language) for _, text in pairs]
    if language == "zh":
        return float(jiwer.cer(references, heard))
    return float(jiwer.wer(references, heard))


def _plain(text: str, language: Language) -> str:
    spoken = read(text, language).lower().replace("幺", "一").replace("两", "二")
    kept = re.sub(r"[^\w]+", "" if language == "zh" else " ", spoken).strip()
    return kept or "-"


def _pss_mib(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 2**20


if __name__ == "__main__":
    raise SystemExit(main())
