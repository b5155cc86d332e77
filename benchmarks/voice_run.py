"""One speaker of ``benchmarks/voice.py``: clips to files, fit, judgement; each step is kept.

What is whole in the work folder is not made again, as long as the code that made it is the same.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.voice_speakers import Clip, Speaker, write_clips
from daemon.voices.training import training_python
from models.tts.clip import RATE_HZ, at_rate, speech_only
from models.tts.likeness import share_of_the_way

ROOT: Final = Path(__file__).parents[1]
_MODULES: Final = ROOT / "models" / "tts"
_IMPORTS: Final = re.compile(r"^from models\.tts(?:\.(\w+))? import ([\w, ]+)$", re.MULTILINE)


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where weights and work lie."""

    weights: Path
    release: Path
    work: Path


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Of one child; ``cost-CHILD.json``."""

    made_by: str
    """Fingerprint of its code and of what it was given."""
    cpu_s: float
    wall_s: float


class NotDone(Exception):
    """A step is not made yet, and nothing new should be made."""


def run_speaker(
    speaker: Speaker, places: Places, known: Path, note: str = "", *, only_done: bool = False
) -> dict[str, Any]:
    """Fit and judge a speaker; the row of the report.

    Args:
        speaker: with the clips to use.
        places: of weights and work.
        known: folder with embeddings of other people.
        note: distinguishes several fits of one speaker in the work folder.
        only_done: make nothing.

    Raises:
        CalledProcessError: a child failed; its last words are printed.
        NotDone: ``only_done``, and it is not.
    """
    folder = places.work / (slug(speaker.name) + note)
    given = _write(speaker, folder)
    weights = ["--weights", str(places.weights), "--release", str(places.release)]
    fit = _child("make_voice", folder, weights, ["voice.bin", "fit.json"], given, only_done)
    more = ["--known", str(known)]
    judge = _child(
        "judge_voice",
        folder,
        [*weights, *more],
        ["judged.json"],
        given + fit.made_by,
        only_done,
    )
    fitted = msgspec.json.decode((folder / "fit.json").read_bytes())
    judged = msgspec.json.decode((folder / "judged.json").read_bytes())
    return {
        "name": speaker.name,
        "language": speaker.language,
        "band_hz": speaker.band_hz,
        "source": speaker.source,
        "share_of_the_way": judged["independent"]["share_of_the_way"],
        "share_from_picked": share_of_the_way(
            judged["picked_stock"],
            judged["independent"]["fitted"],
            judged["independent"]["ceiling"],
        ),
        "picked_stock": judged["picked_stock"],
        "picked_stock_voice": judged["picked_stock_voice"],
        "share_of_the_way_optimised": judged["optimised"]["share_of_the_way"],
        "first": judged["independent"]["first"] and judged["optimised"]["first"],
        "known": judged["known"],
        "guard_failures": judged["guard_failures"],
        "rtf_to_stock": round(judged["rtf"] / judged["stock_rtf"], 3),
        "independent": judged["independent"],
        "optimised": judged["optimised"],
        "pitch_hz": judged["pitch_hz"],
        "voice_pitch_hz": judged["voice_pitch_hz"],
        "start_voice": judged["start_voice"],
        "reference_seconds": judged["reference_seconds"],
        "held_out_seconds": judged["held_out_seconds"],
        "steps": fitted["steps"],
        "fit_cpu_s": fit.cpu_s,
        "judge_cpu_s": judge.cpu_s,
        "making_cpu_s": round(fit.cpu_s + judge.cpu_s, 1),
        "making_wall_s": round(fit.wall_s + judge.wall_s, 1),
        "peak_mib": max(fitted["peak_mib"], judged["peak_mib"]),
        "refusals": [one["code"] for one in judged["refusals"]],
        "fitted_by": fit.made_by[:12],
    }


def of_speech(clips: Sequence[Clip], seconds: float) -> tuple[Clip, ...]:
    """The first clips that hold ``seconds`` of speech together, silences not counted."""
    kept, have = [], 0.0
    for clip in clips:
        if have >= seconds:
            break
        kept.append(clip)
        have += speech_only(at_rate(clip.audio, clip.rate_hz, RATE_HZ)).size / RATE_HZ
    return tuple(kept)


def slug(name: str) -> str:
    """A name as a folder."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def fingerprint(module: str) -> str:
    """SHA-256 over a module of ``models.tts`` and all of ``models.tts`` that it imports."""
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _MODULES / f"{name}.py"
        if name in found or not path.exists():
            continue
        found[name] = path.read_text(encoding="utf-8")
        for one, names in _IMPORTS.findall(found[name]):
            waiting += [one] if one else names.split(", ")
    whole = "".join(found[name] for name in sorted(found))
    return hashlib.sha256(whole.encode()).hexdigest()


def _write(speaker: Speaker, folder: Path) -> str:
    """The files of a job; a digest of them."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = hashlib.sha256()
    for name, clips in (("references", speaker.references), ("held_out", speaker.held_out)):
        paths = write_clips(clips, folder / name, "")
        for path, clip in zip(paths, clips, strict=True):
            whole.update(path.read_bytes())
            whole.update(clip.text.encode())
        record = {
            "files": [str(path) for path in paths],
            "texts": [clip.text for clip in clips],
            "language": speaker.language,
            "band_hz": speaker.band_hz,
        }
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(record))
    return whole.hexdigest()


def _child(
    module: str,
    folder: Path,
    options: Sequence[str],
    outcome: Sequence[str],
    given: str,
    only_done: bool,
) -> Cost:
    made_by = hashlib.sha256((fingerprint(module) + given).encode()).hexdigest()
    path = folder / f"cost-{module}.json"
    if path.exists() and all((folder / name).exists() for name in outcome):
        cost = msgspec.json.decode(path.read_bytes(), type=Cost)
        if cost.made_by == made_by:
            return cost
    if only_done:
        raise NotDone
    (folder / "checkpoint.npz").unlink(missing_ok=True)  # of other code, or of half the cost
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(training_python()), "-m", f"models.tts.{module}", str(folder), *options]
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )
    if run.returncode:
        print((run.stdout[-300:] + run.stderr[-1200:]).decode(errors="replace"))
        run.check_returncode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(
        made_by=made_by,
        cpu_s=round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        wall_s=round(time.monotonic() - began, 1),
    )
    path.write_bytes(msgspec.json.encode(cost))
    return cost
