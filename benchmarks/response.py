"""How long a caller waits: his last syllable sent to our first audible frame received.

Recorded lines go over the real socket in real time to a gateway and a worker of their own; the
caller knows the sample number of his last syllable. A wait counted from our own decision that the
turn has ended stands in another column. Turn ends that come too early, and the curve of cut-offs
against dead air, come from ``benchmarks/endpointing.py`` through the same VAD and turn taking.

    python -m benchmarks.response            both languages, all lines
    python -m benchmarks.response --quick    a few of each, within 50 s
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import kefu
from benchmarks import endpointing
from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.ctl.caller import Answer, Line, RecordedCaller
from daemon.ctl.own_state import own_state
from daemon.ctl.recordings import read_scripts
from daemon.ctl.serving import serving
from daemon.records import reader
from kefu.protocol import Language
from kefu.records import Turn

DATA: Final = Path("benchmarks/data/response")
QUICK_LINES: Final = 2
LEAST_LIVE: Final = 20
"""The calls are placed again, with other noise, until so many answers began live."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few lines, within 50 s")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    waits = measure(options.state, quick=options.quick)
    early = endpointing.measure(options.state, quick=options.quick)
    result = summarise(waits) | {
        "premature_end_share": early["premature_end_share"],
        "endpointing": early,
    }
    print_table(result)
    save("response", result, options.json)
    return 0


def measure(state: Path, *, quick: bool) -> list[dict[str, Any]]:
    """One row a line: language, kind of answer, waits in seconds."""
    rows: list[dict[str, Any]] = []
    with own_state(state) as own, serving(own) as address, kefu.Client(address) as client:
        scripts = _scripts(quick=quick)
        for seed, lines in enumerate(scripts if quick else itertools.cycle(scripts)):
            live = sum(row["kind"] == "live" for row in rows)
            if seed >= len(scripts) and (live >= LEAST_LIVE or seed >= 2 * len(scripts)):
                break
            language: Language = "zh" if lines[0].language == "zh" else "en"
            caller = RecordedCaller(client, called="800", language=language, seed=seed)
            answers = caller.say(lines)
            caller.hang_up()
            _, turns = reader.show(own / "records.sqlite", caller.call.id.hex())
            rows += [_row(language, answer, turns) for answer in answers]
            print(f"{len(rows)} lines", end="\r", file=sys.stderr)
    return rows


def _scripts(*, quick: bool) -> list[list[Line]]:
    """Calls to place; quick: the first of each language, cut short."""
    scripts = list(read_scripts(DATA).values())
    if not quick:
        return scripts
    first = {script[0].language: script[:QUICK_LINES] for script in reversed(scripts)}
    return list(first.values())


def _row(language: str, answer: Answer, turns: Sequence[Turn]) -> dict[str, Any]:
    numbers = {turn["number"] for turn in answer.turns if turn.get("reply")}
    answered = [turn for turn in turns if turn.number in numbers]
    row: dict[str, Any] = {
        "language": language,
        "said": answer.line.text,
        "premature": answer.premature,
        "wait_s": answer.wait_s,
        "kind": "none",
    }
    if not answered:
        return row
    turn = answered[-1]
    ledger = turn.ledger
    row["heard"] = turn.heard
    row["kind"] = "filler" if turn.reply_filler else "cached" if turn.reply_cached else "live"
    if ledger.first_frame_ms is not None and ledger.turn_end_ms is not None:
        row["from_decision_s"] = (ledger.first_frame_ms - ledger.turn_end_ms) / 1000
    for stage in ("asr", "nlu", "emotion", "dialog", "business", "tts_first"):
        took = getattr(ledger, stage)
        if took is not None:
            row[f"{stage}_ms"] = took.took_ms
    return row


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Waits by kind of answer, and the same by language."""
    result: dict[str, Any] = {}
    for language in ("", "zh", "en"):
        for kind in ("cached", "live", "filler"):
            chosen = [
                row
                for row in rows
                if row["kind"] == kind
                and row["wait_s"] is not None
                and not row["premature"]
                and language in ("", row["language"])
            ]
            name = f"{kind}_{language}" if language else kind
            result[f"n_{name}"] = len(chosen)
            if chosen:
                waits = sorted(row["wait_s"] for row in chosen)
                result[f"wait_{name}_p50_s"] = round(statistics.median(waits), 3)
                result[f"wait_{name}_p95_s"] = round(quantile(waits, 0.95), 3)
                decided = [row["from_decision_s"] for row in chosen if "from_decision_s" in row]
                result[f"from_decision_{name}_p50_s"] = round(statistics.median(decided), 3)
    result["n_no_answer"] = sum(row["wait_s"] is None for row in rows)
    result["n_answered_into_the_line"] = sum(row["premature"] for row in rows)
    result["rows"] = rows
    return result


def print_table(result: dict[str, Any]) -> None:
    """For people."""
    print(f"\n{hardware().line()}\n")
    print(f"{'reply begins':<14}{'n':>4}{'p50 s':>9}{'p95 s':>9}{'from our decision p50 s':>26}")
    for kind in ("cached", "live", "filler"):
        for language in ("", "_zh", "_en"):
            name = kind + language
            if result.get(f"n_{name}"):
                print(
                    f"{name:<14}{result[f'n_{name}']:>4}{result[f'wait_{name}_p50_s']:>9.2f}"
                    f"{result[f'wait_{name}_p95_s']:>9.2f}"
                    f"{result[f'from_decision_{name}_p50_s']:>26.2f}"
                )
    print(
        f"no answer: {result['n_no_answer']}; answered into the line: "
        f"{result['n_answered_into_the_line']}; premature ends over lines with inner pauses: "
        f"{result['premature_end_share']:.3f}"
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between order statistics."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


if __name__ == "__main__":
    sys.exit(main())
