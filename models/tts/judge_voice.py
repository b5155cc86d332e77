"""The child that judges a voice after ``make_voice``: likeness, intelligibility, pitch, the gate.

    python -m models.tts.judge_voice FOLDER --weights VOICE_FILES --release LITE_FILES

Reads of FOLDER ``voice.bin``, ``fit.json``, ``references.json`` (what the voice was fitted to) and
``held_out.json`` (the person's other recordings); writes ``judged.json`` and ``embeddings.json``.
Standard output: JSON lines ``{"phase": "speak", "step": 3, "of": 7}``. The person is compared in
the held-out recordings, which nothing was fitted to; where there are fewer than two, each half of
the references stands for the other, and the record says so.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from engines._core import prosody
from engines.errors import BadAudio, WeightsUnusable
from engines.text.normalise import Language
from engines.tts.kokoro import RATE_HZ as SPOKEN_HZ
from kefu.errors import KefuError
from models.tts import ecapa, ge2e
from models.tts.clip import RATE_HZ, Floats, in_band, read, speech_only
from models.tts.intelligibility import intelligibility
from models.tts.judge import Judge, centre
from models.tts.judge_names import JUDGES, JudgeName
from models.tts.judge_sentences import PIECES, SENTENCES
from models.tts.judgement import Embeddings, Fitted, HeldOut, Judgement, References
from models.tts.likeness import Likeness, likeness
from models.tts.parent import end_with_parent
from models.tts.spoken import Spoken, Voices, heard_in_pieces
from models.tts.stock_heard import default_pack
from models.tts.stock_voices import StockVoices, stock_voices
from models.tts.voice_gate import Figures, GateSettings, refusals
from models.tts.whole_file import write_whole

S = TypeVar("S", bound=msgspec.Struct)
_AGAIN: Final = "Fit the voice again."
_FITTED, _STOCK = "fitted", "stock"
_LEAST_HELD_OUT: Final = 2
_OPTIMISED: Final[JudgeName] = "ecapa"
_INDEPENDENT: Final[JudgeName] = "ge2e"


class Recordings(msgspec.Struct, frozen=True, kw_only=True):
    """The person, in speech at 16 kHz without silences."""

    references: tuple[Floats, ...]
    held_out: tuple[Floats, ...]

    def sides(self) -> list[tuple[list[Floats], list[Floats]]]:
        """Pairs of (recordings that stand for the person, others of the same person)."""
        if len(self.held_out) >= _LEAST_HELD_OUT:
            return [(list(self.held_out), list(self.references))]
        halves = list(self.references[::2]), list(self.references[1::2])
        return [halves, halves[::-1]] if all(halves) else [(halves[0], halves[0])]


def judge_voice(
    folder: Path,
    weights: Path,
    release: Path,
    *,
    language: Language | None,
    known: Path | None,
    same_person: Collection[str],
    settings: GateSettings,
) -> Judgement:
    """Judge the voice of a folder; the record is returned, not written.

    Args:
        folder: of the voice.
        weights: objects of the profile voice.
        release: objects of lite.
        language: instead of the references' own.
        known: folder with a folder for every voice.
        same_person: folders of other voices of the same person.
        settings: of the gate.

    Raises:
        BadAudio: a recording cannot be used.
        WeightsUnusable: weights are missing or broken.
    """
    references = _record(folder / "references.json", References)
    held_out = _record(folder / "held_out.json", HeldOut)
    fit = _record(folder / "fit.json", Fitted)
    spoken_language = language or references.language
    band_hz = references.band_hz
    recordings = Recordings(
        references=_heard(folder, references.files, band_hz),
        held_out=_heard(folder, held_out.files, band_hz),
    )
    packs = {_FITTED: folder / "voice.bin", _STOCK: default_pack(weights, spoken_language)}
    said = _say(release, packs, spoken_language)
    stock = stock_voices(
        weights,
        release,
        spoken_language,
        band_hz,
        cache=folder.parent / f"stock-voices-{spoken_language}.npz",
        progress=lambda step, of: report("stock", step, of),
    )
    synthetic = heard_in_pieces(said[_FITTED], band_hz)
    others = _known(known, folder, same_person)
    found: dict[JudgeName, Likeness] = {}
    own: dict[JudgeName, tuple[float, ...]] = {}
    persons: dict[JudgeName, Floats] = {}
    sides = recordings.sides()
    for step, name in enumerate(JUDGES):
        report("judge", step, len(JUDGES))
        judge = Judge(name, weights)
        persons[name] = np.stack([judge.embed(np.concatenate(person)) for person, _ in sides])
        found[name] = _compare(judge, persons[name], sides, synthetic, stock, others)
        own[name] = tuple(map(float, judge.embed(np.concatenate(recordings.references))))
    picked = int((stock.embeddings[_OPTIMISED] @ np.array(own[_OPTIMISED])).argmax())
    understood = intelligibility(
        release=release,
        packs=(packs[_FITTED], packs[_STOCK]),
        said=(said[_FITTED], said[_STOCK]),
        language=spoken_language,
        settings=settings,
        report=report,
    )
    figures = Figures(
        nearest_stock=found[_INDEPENDENT].nearest_stock,
        ceiling=found[_INDEPENDENT].ceiling,
        share_of_the_way=found[_INDEPENDENT].share_of_the_way,
        first=found[_INDEPENDENT].first,
        error_rate=understood.error_rate,
        stock_error_rate=understood.stock_error_rate,
        guard_failures=len(understood.objections),
    )
    _write(folder / "embeddings.json", Embeddings(ecapa=own["ecapa"], ge2e=own["ge2e"]))
    return Judgement(
        language=spoken_language,
        band_hz=band_hz,
        start_voice=fit.start_voice,
        stock_voice=packs[_STOCK].stem,
        optimised=found[_OPTIMISED],
        independent=found[_INDEPENDENT],
        picked_stock_voice=stock.names[picked],
        picked_stock=round(
            float((persons[_INDEPENDENT] @ stock.embeddings[_INDEPENDENT][picked]).mean()), 4
        ),
        error_rate=round(understood.error_rate, 4),
        stock_error_rate=round(understood.stock_error_rate, 4),
        sentences=len(understood.heard),
        heard=understood.heard,
        guard_failures=len(understood.objections),
        guard=understood.objections,
        pitch_hz=_pitch(recordings.references, RATE_HZ),
        voice_pitch_hz=_pitch([_float(one.pcm) for one in said[_FITTED]], SPOKEN_HZ),
        rtf=_rtf(said[_FITTED]),
        stock_rtf=_rtf(said[_STOCK]),
        reference_seconds=_seconds(recordings.references),
        held_out_seconds=_seconds(recordings.held_out),
        crossed=len(recordings.held_out) < _LEAST_HELD_OUT,
        known=len(others[_INDEPENDENT]),
        seconds_to_judge=round(time.process_time(), 1),
        peak_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        refusals=refusals(figures, settings),
    )


def report(phase: str, step: int, of: int) -> None:
    """One line of progress for whoever started this child."""
    _tell({"phase": phase, "step": step, "of": of})


def _tell(line: dict[str, str | int]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _say(release: Path, packs: dict[str, Path], language: Language) -> dict[str, list[Spoken]]:
    said: dict[str, list[Spoken]] = {name: [] for name in packs}
    texts = SENTENCES[language]
    with Voices(release, packs) as voices:
        # Turn about, so that what else the machine does falls on both.
        for step, text in enumerate(texts):
            report("speak", step, len(texts))
            for name in packs:
                said[name].append(voices.say(text, language, name))
    if not all(one.pcm.size for one in said[_FITTED]):
        raise BadAudio("The voice is silent where it should speak.", mend="Fit it again.")
    return said


def _compare(
    judge: Judge,
    persons: Floats,
    sides: Sequence[tuple[list[Floats], list[Floats]]],
    synthetic: Sequence[Floats],
    stock: StockVoices,
    others: dict[JudgeName, Floats],
) -> Likeness:
    size = round(float(np.mean([piece.size for piece in synthetic])))
    return likeness(
        persons=persons,
        again=[_pieces(judge, np.concatenate(again), size) for _, again in sides],
        fitted=np.stack([judge.embed(piece) for piece in synthetic]),
        stock=stock.embeddings[judge.name],
        stock_names=stock.names,
        others=others[judge.name],
    )


def _pieces(judge: Judge, speech: Floats, size: int) -> Floats:
    """(K, D) of pieces of a length; what is left over at the end is not heard."""
    count = max(1, min(PIECES, speech.size // size))
    return np.stack([judge.embed(speech[at * size : (at + 1) * size]) for at in range(count)])


def _heard(folder: Path, files: Sequence[str], band_hz: int) -> tuple[Floats, ...]:
    return tuple(speech_only(in_band(read(folder / file), RATE_HZ, band_hz)) for file in files)


def _known(folder: Path | None, own: Path, same_person: Collection[str]) -> dict[JudgeName, Floats]:
    """(O, D) of other people: every ``embeddings.json`` below the folder."""
    mine = {own.resolve(), *((folder / name).resolve() for name in same_person if folder)}
    people = []
    for path in sorted(folder.resolve().rglob("embeddings.json") if folder else ()):
        if mine.isdisjoint(path.parents):
            try:
                people.append(_record(path, Embeddings))
            except WeightsUnusable as reason:  # another's file: it is his job to make it again
                print(reason, file=sys.stderr)
    found: dict[JudgeName, Floats] = {}
    sizes: dict[JudgeName, int] = {"ecapa": ecapa.SIZE, "ge2e": ge2e.SIZE}
    for name, size in sizes.items():
        vectors = [np.array(getattr(one, name), np.float32) for one in people]
        rows = [centre([vector]) for vector in vectors if vector.size == size]
        found[name] = np.array(rows, np.float32).reshape(len(rows), size)
    return found


def _pitch(clips: Sequence[Floats], rate_hz: int) -> float:
    pcm = [np.rint(np.clip(clip, -1.0, 1.0) * 32767.0).astype(np.int16) for clip in clips]
    found = [prosody(clip, rate_hz).pitch_hz for clip in pcm if clip.size]
    voiced = [pitch for pitch in found if pitch > 0]
    return round(statistics.median(voiced), 1) if voiced else 0.0


def _rtf(said: Sequence[Spoken]) -> float:
    return round(sum(one.took_s for one in said) / max(1e-3, sum(one.seconds for one in said)), 3)


def _float(pcm: NDArray[np.int16]) -> Floats:
    return np.asarray(pcm.astype(np.float32) / 32768.0)


def _seconds(clips: Sequence[Floats]) -> float:
    return round(sum(clip.size for clip in clips) / RATE_HZ, 1)


def _record(path: Path, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise WeightsUnusable(f"{path} cannot be read: {error.strerror}.", mend=_AGAIN) from error
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise WeightsUnusable(f"{path} is damaged: {str(error)[:200]}.", mend=_AGAIN) from error


def _write(path: Path, record: msgspec.Struct) -> None:
    write_whole(path, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge and write ``judged.json``; 2 where that cannot be done, and a last line says why."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="objects of the profile voice")
    parser.add_argument("--release", type=Path, required=True, help="objects of lite")
    parser.add_argument("--language", choices=("zh", "en"), help="else that of the references")
    parser.add_argument("--known", type=Path, help="folder with embeddings of other people")
    parser.add_argument(
        "--same-person", action="append", default=[], help="a folder in it that is no other's"
    )
    parser.add_argument("--share-of-the-way", type=float, default=0.35, help="least that passes")
    parser.add_argument(
        "--error-rate-margin", type=float, default=0.03, help="most above that of the stock voice"
    )
    options = parser.parse_args(arguments)
    end_with_parent()
    torch.set_num_threads(1)
    try:
        judgement = judge_voice(
            options.folder,
            options.weights,
            options.release,
            language=options.language,
            known=options.known,
            same_person=options.same_person,
            settings=GateSettings(
                share_of_the_way=options.share_of_the_way,
                error_rate_margin=options.error_rate_margin,
            ),
        )
        report("write", 0, 1)
        _write(options.folder / "judged.json", judgement)
    except KefuError as reason:
        _tell({"error": reason.code, "message": str(reason)})
        return 2
    except OSError as error:
        _tell({"error": "disk", "message": f"Nothing could be written: {error}."})
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
