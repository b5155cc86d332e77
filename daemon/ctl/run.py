"""kefuctl run: gateway and worker in the foreground, a call in each language, then more."""

from __future__ import annotations

import signal
import sys
import threading
import wave
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

import kefu
from daemon.business.seed import make_database
from daemon.ctl import places
from daemon.ctl.caller import RATE_HZ, Answer, Line, RecordedCaller
from daemon.ctl.conversation_view import ConversationView, summary
from daemon.ctl.output import print_json, results
from daemon.ctl.recordings import read_script
from daemon.ctl.serving import serving
from daemon.records.true_ends import write_true_ends
from daemon.settings import BusinessSettings
from kefu.protocol import Language

SEED: Final = Path(BusinessSettings().seed)
CALLS: Final[tuple[tuple[str, Language], ...]] = (("zh", "zh"), ("en", "en"))


def run(
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    demo: Annotated[Path, typer.Option(help="Folder of the recorded callers.")] = Path(
        "examples/demo"
    ),
    once: Annotated[bool, typer.Option("--once", help="End after the two calls.")] = False,
    json: places.Json = False,
) -> None:
    """Start gateway and worker here, and let a recorded caller talk to them.

    Examples:
      kefuctl run                 two calls, then open for more until Ctrl-C

      kefuctl run --once --json   the same for a script
    """
    # Ended by SIGTERM, gateway and worker must be ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with serving(state, release, config) as address, kefu.Client(address) as client:
        answers = {name: _call(client, state, demo, name, language) for name, language in CALLS}
        if json:
            print_json({name: [_as_json(one) for one in lines] for name, lines in answers.items()})
        else:
            results.print()
            results.print(summary(answers))
            for name in answers:
                results.print(f"Both sides of the {name} call: {_wav_path(state, name)}")
            results.print(
                f"Look closer:  kefuctl calls list --state {state}  ·  "
                f"kefuctl calls show ID --state {state}"
            )
        if not once:
            results.print(f"\nOpen for calls at {address} – Ctrl-C ends it.")
            _until_interrupted()


def _call(
    client: kefu.Client, state: Path, demo: Path, name: str, language: Language
) -> list[Answer]:
    # The demonstration's shop begins anew, or this call would find its refund already made.
    (state / "shop.sqlite").unlink(missing_ok=True)
    make_database(SEED, state / "shop.sqlite")
    results.rule(f"{name}: a recorded caller, G.711 µ-law at 8 kHz, line noise")
    view = ConversationView(results)
    lines: list[Line] = read_script(demo, name)
    caller = RecordedCaller(
        client, called="800", language=language, noise_dbfs=-58, seed=1, on_event=view.event
    )
    answers = caller.say(lines)
    caller.listen(1.0)
    caller.hang_up()
    # Of the turns that came of a line, the last is its answer.
    ends_ms = {one.turns[-1]["number"]: one.end_ms for one in answers if one.turns}
    write_true_ends(places.records(state), caller.call.id.hex(), ends_ms)
    write_stereo(_wav_path(state, name), caller.stereo())
    return answers


def write_stereo(path: Path, samples: NDArray[np.int16]) -> None:
    """(T, 2) int16 at 8 kHz as a WAV file, caller left, agent right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())


def _wav_path(state: Path, name: str) -> Path:
    return state / "recordings" / f"demo-{name}.wav"


def _as_json(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.line.text,
        "wait_s": answer.wait_s,
        "premature": answer.premature,
        "silent_after_s": answer.silent_after_s,
    }


def _until_interrupted() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    results.print("Ending.")
