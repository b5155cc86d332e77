"""How surely a consent is told from none: every pair of speakers, machines, replays, other words.

    python -m benchmarks.consent [--quick] [--parts pairs machines replays words] [--json FILE]

Whose voice it is: the clips of every speaker, and of strangers with one clip, ask to be every
person who is enrolled, all heard by telephone as the check hears them. Machines: stock voices read
the sentence in every person's name, and in that of an enrolment of their own. Replays: recordings
coded, cut, made louder, played in a room or faster. Words: the sentence read with the right name,
another name, and a no. Everything is decided by the functions of `kefuctl voice consent`; the
threshold was chosen on development speakers (``benchmarks/voice_verification.py``).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr
from msgspec.structs import replace
from numpy.typing import NDArray

from benchmarks.results import save
from benchmarks.voice_speakers import BY_TELEPHONE, Clip, join, manifest, test_speakers, write_clips
from benchmarks.voice_verification import DEVELOPMENT, TEST, Voice, embed, everybody
from daemon.ctl.voice_machines import stock_voices
from daemon.voices.consent_speaker import Known, speaker_refusals
from daemon.voices.consent_terms import Terms
from daemon.voices.consent_words import word_refusals
from daemon.voices.likeness import Clip as Request
from daemon.voices.likeness import Likeness
from daemon.voices.records import Language
from daemon.voices.replay import OF_ANOTHER, at_any_speed
from daemon.voices.settings import PersonalVoiceSettings
from daemon.voices.training import training_weights
from engines._core import g711_decode, g711_encode
from engines.asr.whisper import WhisperRecogniser
from engines.samples.fingerprint import fingerprint
from engines.samples.measure import heard_in
from engines.samples.same_speaker import mean_print
from engines.samples.sentences import sentences
from models.nlu.statistics import wilson
from models.tts.spoken import Voices

Floats = NDArray[np.float32]
Pcm = NDArray[np.int16]

LEAST: Final = PersonalVoiceSettings().least_likeness
BAND_HZ: Final = 4_000
REPLAYED: Final = 40
QUICK: Final = ("Allison", "caller", "OSR")
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
NAMES: Final[dict[Language, tuple[str, ...]]] = {
    "zh": ("王小明", "陈丽华", "张伟", "欧阳雪", "李建国"),
    "en": ("Mary Johnson", "Robert Jones", "Susan Clark", "David Brown", "Alice Cooper"),
}
REFUSES: Final[dict[Language, tuple[str, str]]] = {
    "zh": ("我同意", "我不同意"),
    "en": ("I agree", "I do not agree"),
}
SPOKEN_HZ: Final = 24_000
DIGITS: Final = "digits alone"
PARTS: Final = ("pairs", "replays", "words", "machines")
Machines = Mapping[Language, Mapping[str, Floats]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three speakers, one machine")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data sets")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    release = (options.state / "releases" / "lite" / "files").resolve()
    figures: dict[str, Any] = {"least_likeness": LEAST}
    if {"pairs", "machines"} & {*options.parts}:
        machines = {language: stock_voices(language) for language in LANGUAGES}
        weights = training_weights(options.state).resolve()
        work = options.state / "benchmarks" / "consent"
        makers = _first_three if options.quick else everybody
        people = [
            one for one in makers(options.data, work, weights, "ecapa") if one.band_hz == BAND_HZ
        ]
        print(f"{len(people)} speakers heard", flush=True)
    if "pairs" in options.parts:
        figures["pairs"] = pairs(people, machines, options.data)
    if "replays" in options.parts:
        figures["replays"] = replays(options.data, 4 if options.quick else REPLAYED)
    if {"machines", "words"} & {*options.parts}:
        with tempfile.TemporaryDirectory() as folder:
            said = _machine_consents(release, Path(folder), options.quick)
            print(f"{len(said)} sentences of machines", flush=True)
            if "words" in options.parts:
                figures["words"] = words(release, said)
            if "machines" in options.parts:
                with Likeness(options.state) as embedder:
                    figures["machines"] = machine_tries(people, machines, said, embedder)
    _tell(figures)
    save("consent", figures, options.json)
    return 0


def pairs(people: Sequence[Voice], machines: Machines, data: Path) -> dict[str, Any]:
    """Everybody's clips to everybody's voice, by group; with nobody else enrolled, and with all.

    Those who said digits alone are a group of their own: no sentence of consent sounds so.
    """
    digits = _digits(data)
    people = [replace(one, group=DIGITS) if one.name in digits else one for one in people]
    every = {name: row for one in machines.values() for name, row in one.items()}
    figures: dict[str, Any] = {
        f"{group}, {which}": _pairs(people, group, every, others=which == "all enrolled")
        for group in (DEVELOPMENT, TEST, DIGITS)
        for which in ("one enrolled", "all enrolled")
    }
    table = np.stack([*every.values()]).T
    figures["people_to_nearest_machine"] = _spread(
        np.concatenate([(one.consents @ table).max(axis=1) for one in people])
    )
    return figures


def _digits(data: Path) -> set[str]:
    return {row["speaker"] for row in manifest(data / "digits-en-8k")}


def _pairs(
    people: Sequence[Voice], group: str, machines: Mapping[str, Floats], *, others: bool
) -> dict[str, Any]:
    own, strange = [], []
    confused = pairs_of = 0
    for target in people:
        if target.group != group or target.enrolment is None:
            continue
        known = Known(people=_rest(people, target) if others else {}, machines=machines)
        for speaker in people:
            if speaker.group != group:
                continue
            taken = [
                not speaker_refusals(print_, print_[None], target.enrolment, known, LEAST)
                for print_ in speaker.consents
            ]
            if speaker.name == target.name:
                own += taken
            else:
                strange += taken
                pairs_of += 1
                confused += any(taken)
    return {
        "false_accepts": _share(sum(strange), len(strange)),
        "false_refusals": _share(len(own) - sum(own), len(own)),
        "pairs_confused": _share(confused, pairs_of),
    }


def _rest(people: Sequence[Voice], target: Voice) -> dict[str, Floats]:
    return {
        one.name: one.enrolment
        for one in people
        if one.enrolment is not None and (one.name, one.group) != (target.name, target.group)
    }


def _first_three(data: Path, work: Path, weights: Path, judge: str) -> list[Voice]:
    chosen = [make() for name, make in test_speakers(data).items() if name in QUICK]
    voices = []
    for speaker in chosen:
        folder = work / "quick"
        samples = write_clips(join(speaker.references)[:2], folder, speaker.name)
        consents = write_clips(join(speaker.held_out)[:1], folder, f"{speaker.name}-h")
        rows = embed([*samples, *consents], weights, judge)
        voices.append(
            Voice(
                name=speaker.name,
                group=TEST,
                enrolment=mean_print(rows[: len(samples)]),
                consents=rows[len(samples) :],
                band_hz=speaker.band_hz,
            )
        )
    return voices


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence, read by a stock voice."""

    voice: str
    language: Language
    kind: str
    """``consent``, ``another name``, ``no`` or ``samples``."""
    terms: Terms
    file: Path


def machine_tries(
    people: Sequence[Voice],
    machines: Machines,
    said: Sequence[Said],
    embedder: Likeness,
) -> dict[str, Any]:
    """A stock voice reads the consent: for each person, and where it was itself enrolled."""
    passed = tries = passed_itself = itself = known_as_machine = 0
    nearest = []
    enrolments = {
        one.voice: embedder.embed([_narrow(one.file)])[0] for one in said if one.kind == "samples"
    }
    for one in said:
        if one.kind != "consent":
            continue
        prints = embedder.embed(_thirds(one.file))
        known = Known(machines=machines[one.language])
        nearest.append(float(max(prints[0] @ row for row in known.machines.values())))
        for target in people:
            if target.enrolment is not None:
                tries += 1
                found = speaker_refusals(prints[0], prints[1:], target.enrolment, known, LEAST)
                passed += not found
        itself += 1
        found = speaker_refusals(prints[0], prints[1:], enrolments[one.voice], known, LEAST)
        passed_itself += not found
        known_as_machine += any(why.code == "machine_voice" for why in found)
    return {
        "for_a_person_passed": _share(passed, tries),
        "for_its_own_enrolment_passed": _share(passed_itself, itself),
        "told_as_machines": _share(known_as_machine, itself),
        "to_nearest_machine": _spread(np.array(nearest)),
    }


def replays(data: Path, count: int) -> dict[str, Any]:
    """Copies that are found, by what was done to them; and recordings that are taken for one."""
    makers = [make for name, make in test_speakers(data).items() if BY_TELEPHONE not in name]
    clips = [clip for make in makers for clip in join(make().held_out)[:4] if clip.seconds < 29]
    heard = [_pcm(clip) for clip in clips[:: max(1, len(clips) // count)]]
    prints = [_print(*one) for one in heard]
    figures: dict[str, Any] = {}
    for how, change in CHANGES.items():
        alike = [
            at_any_speed(_print(*change(*one)), print_)
            for one, print_ in zip(heard, prints, strict=True)
        ]
        found = sum(one >= OF_ANOTHER for one in alike)
        figures[how] = _share(found, len(heard)) | {"lowest": round(min(alike), 3)}
    other = [
        at_any_speed(one, two) for place, one in enumerate(prints) for two in prints[place + 1 :]
    ]
    figures["others_taken_for_copies"] = _share(sum(one >= OF_ANOTHER for one in other), len(other))
    figures["others_highest"] = round(max(other), 3)
    return figures


def words(release: Path, said: Sequence[Said]) -> dict[str, Any]:
    """What the recogniser's errors make of the sentence: refused where it is right, and taken."""
    recogniser = WhisperRecogniser(release / "asr_whisper")
    counts: dict[str, list[tuple[bool, str]]] = {}
    for one in said:
        if one.kind == "samples":
            continue
        pcm, rate_hz = _read(one.file)
        common = np.asarray(soxr.resample(pcm, rate_hz, 16_000), np.int16)
        voiced_ms = 1000 * len(common) / 16_000
        heard = recogniser.hear(common, 16_000, voiced_ms=voiced_ms, language=one.language)
        refusals = word_refusals(one.terms, heard.text)
        codes = ",".join(why.code for why in refusals)
        counts.setdefault(f"{one.language} {one.kind}", []).append((not refusals, codes))
        if bool(refusals) == (one.kind == "consent"):
            print(one.voice, one.kind, one.terms.who, heard.text, codes, flush=True)
    return {
        kind: {"taken": _share(sum(taken for taken, _ in found), len(found))}
        for kind, found in sorted(counts.items())
    }


def _pcm(clip: Clip) -> tuple[Pcm, int]:
    return np.asarray(np.clip(clip.audio, -1, 1) * 32767, np.int16), clip.rate_hz


def _machine_consents(release: Path, work: Path, quick: bool) -> list[Said]:
    """Read by the stock voices of the release, heard by telephone."""
    packs = {path.stem: path for path in sorted((release / "tts_kokoro" / "voices").glob("*.bin"))}
    chosen = dict(list(packs.items())[:1]) if quick else packs
    found: list[Said] = []
    with Voices(release, packs) as voices:
        for place, voice in enumerate(chosen):
            language: Language = "zh" if voice.startswith("z") else "en"
            for kind, terms, text in _sentences(language, place, quick):
                pcm = voices.say(text, language, voice).pcm
                narrow, rate_hz = _telephone(pcm, SPOKEN_HZ)
                audio = np.asarray(narrow / np.float32(32768), np.float32)
                clip = Clip(audio=audio, rate_hz=rate_hz)
                (file,) = write_clips([clip], work / "machines", f"{len(found):03}")
                found.append(
                    Said(voice=voice, language=language, kind=kind, terms=terms, file=file)
                )
    return found


def _sentences(language: Language, place: int, quick: bool) -> Iterator[tuple[str, Terms, str]]:
    names = NAMES[language]
    terms = Terms(who=names[place % len(names)], language=language)
    gap = "" if language == "zh" else " "
    yield "samples", terms, gap.join(sentences(language)[:3])
    yield "consent", terms, terms.sentence
    if quick:
        return
    other = replace(terms, who=names[(place + 1) % len(names)])
    yield "another name", terms, other.sentence
    yield "no", terms, terms.sentence.replace(*REFUSES[language])


def _narrow(path: Path) -> Request:
    return Request(file=str(path), band_hz=BAND_HZ)


def _thirds(path: Path) -> list[Request]:
    """The whole, its beginning, its end."""
    pcm, rate_hz = _read(path)
    half = len(pcm) / rate_hz / 2
    whole = _narrow(path)
    return [whole, replace(whole, seconds=half), replace(whole, start_s=half)]


def _read(path: Path) -> tuple[Pcm, int]:
    pcm, rate_hz = soundfile.read(path, dtype="int16")
    return pcm, int(rate_hz)


def _print(pcm: Pcm, rate_hz: int) -> Floats:
    heard = heard_in(pcm, rate_hz)
    return fingerprint(heard.spectra, heard.voice)


def _telephone(pcm: Pcm, rate_hz: int) -> tuple[Pcm, int]:
    narrow = np.asarray(soxr.resample(pcm, rate_hz, 8_000), np.int16)
    return np.frombuffer(g711_decode(g711_encode(narrow, "ulaw"), "ulaw"), np.int16), 8_000


def _louder(pcm: Pcm, rate_hz: int) -> tuple[Pcm, int]:
    return np.clip(pcm * 1.6, -32768, 32767).astype(np.int16), rate_hz


def _later(pcm: Pcm, rate_hz: int) -> tuple[Pcm, int]:
    silence = np.zeros(rate_hz * 7 // 10 + 13, np.int16)
    return np.concatenate([silence, pcm[rate_hz // 2 :]]), rate_hz


def _room(pcm: Pcm, rate_hz: int) -> tuple[Pcm, int]:
    """A loudspeaker in a room: 0.3 s of reverberation, 20 dB over noise, then a telephone."""
    rng = np.random.default_rng(3)
    time_s = np.arange(rate_hz * 3 // 10) / rate_hz
    tail = rng.normal(size=time_s.size) * np.exp(-6.9 * time_s / 0.3)
    tail[0] = 4.0
    wet = np.convolve(pcm.astype(np.float64), tail / np.sqrt(np.sum(tail**2)))[: len(pcm)]
    wet += rng.normal(size=wet.size) * np.sqrt(np.mean(wet**2)) / 10
    return _telephone(np.clip(wet, -32768, 32767).astype(np.int16), rate_hz)


def _faster(pcm: Pcm, rate_hz: int) -> tuple[Pcm, int]:
    return np.asarray(soxr.resample(pcm, rate_hz * 1.03, rate_hz), np.int16), rate_hz


CHANGES: Final = {
    "as it is": lambda pcm, rate_hz: (pcm, rate_hz),
    "louder, clipped": _louder,
    "its beginning cut off": _later,
    "by telephone": _telephone,
    "in a room, by telephone": _room,
    "3 % faster": _faster,
}


def _share(count: int, n: int) -> dict[str, Any]:
    found = msgspec.to_builtins(wilson(int(count), n))
    return dict(found, count=int(count))


def _spread(values: NDArray[Any]) -> dict[str, float]:
    low, median, high = (float(one) for one in np.quantile(values, (0.0, 0.5, 1.0)))
    return {"lowest": round(low, 3), "median": round(median, 3), "highest": round(high, 3)}


def _tell(figures: dict[str, Any]) -> None:
    print(msgspec.json.format(msgspec.json.encode(figures), indent=1).decode())


if __name__ == "__main__":
    raise SystemExit(main())
