"""Stands for the Python with torch: two modules that make a voice of zeros and judge it well.

Called as ``-I -m MODULE WORK --weights=…``; the environment says how it should go wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

STEPS = 6


def main() -> int:
    module, work = sys.argv[3], Path(sys.argv[4])
    with (work.parent / "ran").open("a") as ran:
        ran.write(f"{module} {os.sched_getscheduler(0)}\n")
    return fit(work) if module == "models.tts.make_voice" else judge(work)


def fit(work: Path) -> int:
    checkpoint = work / "checkpoint.npz"
    done = int(checkpoint.read_text()) if checkpoint.exists() else 0

    def stop(number: int, frame: FrameType | None) -> None:
        checkpoint.write_text(str(done))
        sys.exit(143)

    signal.signal(signal.SIGTERM, stop)
    if os.environ.get("STAND_IN") == "refuses":
        say(error="references_unusable", message="0001.wav holds no voice.")
        return 7
    if os.environ.get("STAND_IN") == "crashes":
        print("Traceback: out of luck", file=sys.stderr)
        return 1
    while done < STEPS:
        say(phase="fit", step=done, of=STEPS, loss=0.5)
        time.sleep(float(os.environ.get("STAND_IN_STEP_S", "0")))
        done += 1
        checkpoint.write_text(str(done))
        if os.environ.get("STAND_IN") == "killed" and done == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    size = 12 if os.environ.get("STAND_IN") == "half a voice" else 510 * 256 * 4
    (work / "voice.bin").write_bytes(bytes(size))
    report = {"start_voice": "zf_xiaoyi", "seconds_to_make": 9.0, "peak_mib": 1000.0}
    (work / "fit.json").write_text(json.dumps(report))
    return 0


def judge(work: Path) -> int:
    say(phase="judge", step=1, of=1)
    known = next(one for one in sys.argv if one.startswith("--known=")).partition("=")[2]
    assert Path(known).resolve() == work.parents[1].resolve()
    likeness = {
        "nearest_stock": 0.6,
        "nearest_stock_voice": "zf_xiaoyi",
        "fitted": 0.8,
        "ceiling": 0.9,
        "others": 0.5,
        "share_of_the_way": 0.67,
        "first": True,
    }
    refusals = []
    if os.environ.get("STAND_IN") == "unlike":
        refusals.append({"code": "unlike", "reason": "A third of the way.", "mend": "Record more."})
    report = {
        "optimised": likeness,
        "independent": likeness,
        "pitch_hz": 200.0,
        "voice_pitch_hz": 210.0,
        "error_rate": 0.05,
        "stock_error_rate": 0.04,
        "guard_failures": 0,
        "refusals": refusals,
    }
    (work / "judged.json").write_text(json.dumps(report))
    return 0


def say(**words: object) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    sys.exit(main())
