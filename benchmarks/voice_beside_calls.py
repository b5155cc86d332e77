"""Whether callers feel that a personal voice is being made, and how long that takes beside them.

Three recorded callers talk to a real gateway and worker (as in ``benchmarks/admission.py``). First
the fit runs in every other stretch of 30 s and stands still in the others: the waits in both are
compared, in one run. Then a whole voice is made, fit and judgement, while they talk on.

    python -m benchmarks.voice_beside_calls                  about half an hour
    python -m benchmarks.voice_beside_calls --parts waits    the waits alone, nine minutes
    python -m benchmarks.voice_beside_calls --quick          one stretch of each, within 50 s
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.admission import ratio
from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.ctl import engines_of, places
from daemon.ctl.audio_file import write_wav
from daemon.ctl.load import Load, Script, hold
from daemon.ctl.measure import callers_scripts, measured_service
from daemon.settings import Settings
from daemon.voices import training_child
from daemon.voices.job_files import Fit, Judgement, References
from daemon.voices.leftover import Leftover
from daemon.voices.training import training_python, training_weights
from daemon.voices.training_child import Interrupted, Progress
from engines.dialog.moves import Clause
from engines.samples.sentences import sentences

CALLS: Final = 3
STRETCH_S: Final = 30.0
TALK_S: Final = 480.0
REFERENCES: Final = 15
HELD_OUT: Final = 5
PARTS: Final = ("waits", "making")
_IDLE: Final = (
    "import os, sys; from daemon.voices.idle import become_idle; become_idle(); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One voice."""

    seconds: float
    """From the samples to its judgement."""
    peak_mib: float
    """Of the child that needed most."""


class Making(threading.Thread):
    """Makes voices, one after the other, as the job does: idle, on one core."""

    def __init__(self, state: Path, work: Path, paused: Callable[[int], bool]) -> None:
        super().__init__(daemon=True)
        self.steps = 0
        self.made: list[Made] = []
        """The voices, in their order."""
        self.failure: Exception | None = None
        self._state = state
        self._work = work
        self._paused = paused
        self._stop_it = threading.Event()

    def run(self) -> None:
        """Until ``end``."""
        try:
            while not self._stop_it.is_set():
                began = time.monotonic()
                for left_over in ("checkpoint.npz", "voice.bin", "fit.json", "judged.json"):
                    (self._work / left_over).unlink(missing_ok=True)
                self._child("models.tts.make_voice", [])
                self._child("models.tts.judge_voice", ["--language=zh"])
                self.made.append(Made(seconds=time.monotonic() - began, peak_mib=self._peak_mib()))
        except Interrupted:
            return
        except Exception as failure:
            self.failure = failure

    def end(self) -> None:
        """Stop what is being made."""
        self._stop_it.set()
        self.join()
        if self.failure is not None:
            raise self.failure

    def _peak_mib(self) -> float:
        fit = msgspec.json.decode((self._work / "fit.json").read_bytes(), type=Fit)
        judged = msgspec.json.decode((self._work / "judged.json").read_bytes(), type=Judgement)
        return max(fit.peak_mib, judged.peak_mib)

    def _child(self, module: str, more: list[str]) -> None:
        python = str(training_python())
        weights = f"--weights={training_weights(self._state).resolve()}"
        release = f"--release={(self._state / 'releases' / 'lite' / 'files').resolve()}"
        command = [python, "-I", "-m", module, str(self._work), weights, release, *more]
        training_child.run(
            [python, "-I", "-c", _IDLE, *command],
            stop=self._stop_it,
            paused=self._paused,
            on_progress=self._told,
            log=self._work / "child.log",
        )

    def _told(self, progress: Progress) -> None:
        self.steps += progress.phase == "fit"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one stretch of each, within 50 s")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    work = Path(tempfile.mkdtemp(prefix="voice-"))
    try:
        write_references(options.state, work)
        parts = ("waits",) if options.quick else options.parts
        figures = beside(options.state, work, parts, quick=options.quick)
    finally:
        shutil.rmtree(work)
    print(f"\n{hardware().line()}\n")
    if "voice_made_s" in figures:
        _print_made(figures)
    save("voice_beside_calls", figures | {"quick": options.quick}, options.json)
    return 0


def write_references(state: Path, work: Path) -> None:
    """Twenty sentences in a stock voice: what making a voice costs does not depend on whose."""
    texts = sentences("zh")[: REFERENCES + HELD_OUT]
    files = []
    with engines_of.load(state, places.RELEASE) as engines:
        for number, text in enumerate(texts):
            speech = engines.synthesiser.speak(Clause(text=text, language="zh"))
            path = work / f"{number:04}.wav"
            write_wav(path, speech.at(16_000), 16_000)
            files.append(str(path))
    for name, listed in (
        ("references.json", files[:REFERENCES]),
        ("held_out.json", files[REFERENCES:]),
    ):
        references = References(files=tuple(listed), language="zh", band_hz=8000)
        (work / name).write_bytes(msgspec.json.encode(references))


def beside(state: Path, work: Path, parts: Sequence[str], *, quick: bool) -> dict[str, Any]:
    """Waits of three calls with and without the fit, and the time of a voice beside them."""
    scripts = callers_scripts(state, places.RELEASE)
    figures: dict[str, Any] = {}
    with measured_service(state, places.RELEASE, Settings(), max_calls=CALLS) as (address, _):
        if "waits" in parts:
            figures |= _waits(state, work, address, scripts, quick=quick)
            _print(figures)
        if "making" in parts:
            figures |= _made(state, work, address, scripts)
    return figures


def _waits(
    state: Path, work: Path, address: str, scripts: Sequence[Script], *, quick: bool
) -> dict[str, Any]:
    stretch_s, talk_s = (12.0, 26.0) if quick else (STRETCH_S, TALK_S)
    began = time.monotonic()
    left = Leftover(os.sched_getaffinity(0))

    def fits_at(instant: float) -> bool:
        return int((instant - began) / stretch_s) % 2 == 1

    def paused(child: int) -> bool:
        return not fits_at(time.monotonic()) or left.none(child)

    making = Making(state, work, paused)
    making.start()
    crowd = hold(address, scripts, CALLS, talk_s, seed=11)
    making.end()
    return compare(crowd, fits_at) | {"fit_steps": making.steps}


def _made(state: Path, work: Path, address: str, scripts: Sequence[Script]) -> dict[str, Any]:
    making = Making(state, work, Leftover(os.sched_getaffinity(0)).none)
    making.start()
    while not making.made and making.is_alive():
        hold(address, scripts, CALLS, 30.0, seed=12)
    making.end()
    first = making.made[0]
    return {"voice_made_s": round(first.seconds, 1), "peak_mib": first.peak_mib}


def compare(crowd: Load, fits_at: Callable[[float], bool]) -> dict[str, Any]:
    """Ratio of the median waits, with its 95 % interval by resampling."""
    waits: dict[bool, list[float]] = {True: [], False: []}
    for one in crowd.spoken:
        if one.answer.wait_s is not None and not one.answer.premature:
            waits[fits_at(one.ended)].append(one.answer.wait_s)
    low, middle, high = ratio(waits[True], waits[False])
    return {
        "calls": CALLS,
        "unanswered": crowd.unanswered,
        "waits_beside_fit_s": [round(one, 3) for one in waits[True]],
        "waits_alone_s": [round(one, 3) for one in waits[False]],
        "wait_ratio": middle,
        "wait_ratio_low": low,
        "wait_ratio_high": high,
    }


def _print(figures: dict[str, Any]) -> None:
    if figures["wait_ratio"] is not None:
        print(
            f"median wait of {CALLS} calls beside the fit over that without: "
            f"{figures['wait_ratio']:.3f} (95 %: {figures['wait_ratio_low']:.3f} to "
            f"{figures['wait_ratio_high']:.3f}; {len(figures['waits_beside_fit_s'])} and "
            f"{len(figures['waits_alone_s'])} waits), {figures['fit_steps']} steps of the fit"
        )


def _print_made(figures: dict[str, Any]) -> None:
    print(
        f"a whole voice beside {CALLS} calls: {figures['voice_made_s']:.0f} s, "
        f"peak {figures['peak_mib']:.0f} MiB"
    )


if __name__ == "__main__":
    sys.exit(main())
