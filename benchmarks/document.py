"""Writes measured figures into documents, so that nobody copies a number by hand.

A document holds ``<!-- measured:NAME -->`` … ``<!-- /measured -->``; what stands between is
replaced by the table NAME made from ``benchmarks/results/``.

    python -m benchmarks.document            write README.md
    python -m benchmarks.document --check    exit 1 where a document is out of date
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.core import other_table, required_table
from benchmarks.endpointing import pieces_table
from benchmarks.interruptions import interruptions_table
from benchmarks.resampler_response import ours_table, soxr_table
from benchmarks.results import FOLDER
from benchmarks.security import security_table
from benchmarks.voice import voice_table

ROOT: Final = Path(__file__).parents[1]
_RESAMPLER_MISSING: Final = "Not measured yet: `python -m benchmarks.resampler_response`."
DOCUMENTS: Final = (
    "README.md",
    "README.zh-TW.md",
    "docs/core.md",
    "docs/resampling.md",
    "docs/turn-taking.md",
    "docs/voices.md",
    "models/asr/CARD.md",
)
_BLOCK: Final = re.compile(r"<!-- measured:(\w+) -->.*?<!-- /measured -->", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where stale")
    options = parser.parse_args(arguments)
    stale = [name for name in DOCUMENTS if _update(ROOT / name, write=not options.check)]
    for name in stale:
        print(f"{name}: {'out of date' if options.check else 'written'}")
    return 1 if stale and options.check else 0


def _update(path: Path, *, write: bool) -> bool:
    """Whether the document had to change."""
    text = path.read_text(encoding="utf-8")

    def block(found: re.Match[str]) -> str:
        if found[1] not in TABLES:
            return found[0]  # a benchmark writes it itself
        table = TABLES[found[1]]()
        inner = f"\n{table}\n" if "\n" in found[0] else table
        return f"<!-- measured:{found[1]} -->{inner}<!-- /measured -->"

    fresh = _BLOCK.sub(block, text)
    if fresh != text and write:
        path.write_text(fresh, encoding="utf-8")
    return fresh != text


def _result(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return {}
    document: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return document


def _voice_beside_calls() -> str:
    figures = _result("voice_beside_calls")
    if figures.get("wait_ratio") is None:
        return "not measured yet (`python -m benchmarks.voice_beside_calls`)"
    return (
        f"{figures['wait_ratio']:.3f} (95 %: {figures['wait_ratio_low']:.3f} to "
        f"{figures['wait_ratio_high']:.3f}; {len(figures['waits_beside_fit_s'])} and "
        f"{len(figures['waits_alone_s'])} waits)"
    )


def _enrolment_call() -> str:
    found = _result("enrolment_call")
    if not found:
        return "not measured yet (`python -m benchmarks.enrolment_call`)"
    return (
        f"{found['sentences']} sentences and the words of consent in "
        f"{found['seconds'] / 60:.1f} min, {found['readings']} readings, since the agent had some "
        "repeated or replaced; from the reader's last syllable to the agent "
        f"{found['wait_p50_s']:.1f} s in the median, {found['wait_highest_s']:.1f} s at most; "
        f"{found['usable']} samples usable; the consent refused as "
        f"{', '.join(f'`{code}`' for code in found['consent_refused_as']) or 'nothing'}"
    )


def _response() -> str:
    result = _result("response")
    if not result:
        return "Not measured yet: `make bench`."
    rows = [
        "| what | n | p50 | p95 | target |",
        "| --- | --- | --- | --- | --- |",
    ]
    targets = {"cached": "p50 < 1.0 s, p95 < 1.6 s", "live": "p50 < 1.6 s"}
    for kind, means in (("cached", "a cached phrase"), ("live", "speech synthesised live")):
        for suffix, language in (("", ""), ("_zh", ", Mandarin"), ("_en", ", English")):
            name = kind + suffix
            if not result.get(f"n_{name}"):
                continue
            rows.append(
                f"| caller's wait, answer begins with {means}{language} | {result[f'n_{name}']} "
                f"| {result[f'wait_{name}_p50_s']:.2f} s | {result[f'wait_{name}_p95_s']:.2f} s "
                f"| {targets[kind] if not suffix else ''} |"
            )
    early = result["endpointing"]
    rows.append(
        f"| turn ends that come too early, inner pauses of 200–700 ms | {early['lines']} "
        f"| {100 * early['premature_end_share']:.1f} % | | ≤ 5 % |"
    )
    rows.append(
        f"| the same with pauses that no setting was chosen on | {early['lines']} "
        f"| {100 * early['other_seed_share']:.1f} % | | |"
    )
    rows += [
        row for name, write in _OTHERS.items() if (found := _result(name)) for row in write(found)
    ]
    hardware = result["hardware"]
    head = (
        f"{hardware['cores']} cores of {hardware['cpu']}, {hardware['memory_gib']} GiB, "
        f"{hardware['system']}; the wait runs from the last syllable sent to the first audible "
        "frame received, at the client's socket."
    )
    elsewhere = [
        f"{name}: {found['hardware']['cpu']}"
        for name in _OTHERS
        if (found := _result(name)).get("hardware", hardware)["cpu"] != hardware["cpu"]
    ]
    if elsewhere:
        head += f" Measured on another processor: {'; '.join(elsewhere)}."
    return head + "\n\n" + "\n".join(rows)


def _barge_in_rows(result: dict[str, Any]) -> list[str]:
    return [
        "| barge-in: the caller's voice starts → our last frame with voice, at his socket | "
        f"{result['caught']} of {result['interruptions']} | {1000 * result['silent_p50_s']:.0f} ms "
        f"| {1000 * result['silent_p95_s']:.0f} ms | p95 ≤ 600 ms |",
        f"| replies cut by our own echo at −20 dB | {result['echo_calls']} "
        f"| {result['echo_cuts']} | | 0 |",
    ]


def _line_rows(result: dict[str, Any]) -> list[str]:
    rows = result["rows"]
    idle = [row for row in rows if row["load"] == "idle"]
    busy = [row for row in rows if row["load"] != "idle"]
    calls = ", ".join(str(row["calls"]) for row in idle)
    return [
        f"| lateness of a frame, idle, worst of {calls} calls: p99 "
        f"| {sum(row['frames'] for row in idle)} | {max(row['p99_ms'] for row in idle):.1f} ms "
        "| | ≤ 5 ms |",
        "| lateness of a frame, every core busy: p99.9 "
        f"| {sum(row['frames'] for row in busy)} | {max(row['p999_ms'] for row in busy):.1f} ms "
        "| | ≤ 20 ms |",
    ]


def _memory_rows(result: dict[str, Any]) -> list[str]:
    return [
        "| memory (PSS) of gateway, worker and its children in a call | 1 "
        f"| {result['pss_mib']:.0f} MiB | | ≤ 1.2 GB |",
        f"| memory (PSS) of the gateway alone | 1 | {result['gateway_pss_mib']:.0f} MiB "
        "| | ≤ 60 MB |",
        "| worker ready (canary answered), warm page cache | 1 "
        f"| {result['ready_warm_s']:.1f} s | | ≤ 8 s |",
        f"| worker ready, cold | 1 | {result['ready_cold_s']:.1f} s | | ≤ 15 s |",
    ]


def _asr_rows(result: dict[str, Any]) -> list[str]:
    default = next(way for name, way in result["ways"].items() if name.startswith("default"))
    return [
        f"| recognition after G.711: CER Mandarin, WER English | {result['lines']} lines "
        f"| {default['error_rate_zh']:.3f}, {default['error_rate_en']:.3f} | | |"
    ]


def _nlu_rows(result: dict[str, Any]) -> list[str]:
    clean, heard = result["intent_clean"], result["intent_as_heard"]
    return [
        f"| intent right, sentences nobody looked at while training | {clean['n']} "
        f"| {clean['value']:.2f} ({clean['low']:.2f} to {clean['high']:.2f}) | | |",
        f"| the same sentences, as the recogniser hears them | {heard['n']} "
        f"| {heard['value']:.2f} ({heard['low']:.2f} to {heard['high']:.2f}) | | |",
    ]


def _interruption_rows(result: dict[str, Any]) -> list[str]:
    named = {row["name"]: row for row in result["rows"]}
    rows = []
    for name, what, target in (
        ("interruption +0 dB", "interruptions as loud as we are: cut", "≥ 95 %"),
        ("backchannel +0 dB", "backchannels as loud as we are that cut us", "≤ 10 %"),
        ("echo -20 dB", "replies cut by our echo at −20 dB, 10 minutes", "0"),
        ("echo -10 dB", "the same at −10 dB", ""),
    ):
        row = named.get(name)
        if row is None:
            continue
        cut = row["cut"]
        rows.append(
            f"| {what} | {cut['of']} | {100 * cut['share']:.0f} % ({100 * cut['low95']:.0f} to "
            f"{100 * cut['high95']:.0f}) | | {target} |"
        )
    loud = named.get("interruption +0 dB")
    if loud is not None:
        rows.append(
            "| our voice is softer by 15 dB after the caller's voice began "
            f"| {loud['mixes']} | {loud['duck_p50_ms']:.0f} ms | {loud['duck_p95_ms']:.0f} ms "
            "| p95 ≤ 200 ms |"
        )
    return rows


def _drill_rows(result: dict[str, Any]) -> list[str]:
    drills = result["drills"]
    calls = sum(drill["calls"] for drill in drills)
    whole = sum(drill["completed"] for drill in drills)
    again = sum(len(drill["asked_again"]) for drill in drills)
    return [
        "| worker killed or stopped in each of five stages: silence at the caller's ear "
        f"| {calls} | | {result['silence_p95_ms']:.0f} ms | p95 ≤ 600 ms |",
        f"| the same: calls that reached their end, questions asked twice | {calls} "
        f"| {whole}, {again} | | all, 0 |",
    ]


def _fuzz_rows(result: dict[str, Any]) -> list[str]:
    return [
        "| bent messages on both sockets: longest gap between frames of a live call "
        f"| {result['messages']:,} | | {result['stall_ms']:.0f} ms | ≤ 100 ms |"
    ]


def _soak_rows(result: dict[str, Any]) -> list[str]:
    rows = []
    for kind, title in (("tiny", "stand-in engines"), ("real", "real engines")):
        run = result.get(kind)
        if run is None:
            continue
        growth = " ".join(
            f"{slope['process']} {1024 * slope['slope']:+.0f} ± {1024 * slope['error']:.0f} KiB;"
            for slope in run["slopes"]
            if slope["what"] == "rss_mib"
        )
        rows.append(
            f"| memory a call, {title} (± standard error) | {run['calls']} "
            f"| {growth.rstrip(';')} | | flat |"
        )
    silent = result.get("silence")
    if silent is not None:
        rows.append(
            f"| an open call without a word, for {silent['seconds'] / 60:.0f} min: sentences "
            f"heard | 1 | {len(silent['heard'])} | | 0 |"
        )
    return rows


def _admission_rows(result: dict[str, Any]) -> list[str]:
    return [
        "| calls at once with p95 wait ≤ 2.5 s, one turn of 4 s each 10 s "
        f"| | {result['max_calls']} | | ≥ 3 |"
    ]


def _dialogue_rows(result: dict[str, Any]) -> list[str]:
    return [
        f"| whole calls by voice: the shop's rows exactly right | {result['calls']} "
        f"| {100 * result['success']['value']:.0f} % ({100 * result['success']['low']:.0f} to "
        f"{100 * result['success']['high']:.0f}) | | ≥ 80 % |"
    ]


_OTHERS: Final[dict[str, Callable[[dict[str, Any]], list[str]]]] = {
    "barge_in": _barge_in_rows,
    "interruptions": _interruption_rows,
    "line_jitter": _line_rows,
    "admission": _admission_rows,
    "dialogues": _dialogue_rows,
    "drills": _drill_rows,
    "fuzz": _fuzz_rows,
    "soak": _soak_rows,
    "memory": _memory_rows,
    "asr": _asr_rows,
    "nlu": _nlu_rows,
}


def _pieces() -> str:
    result = _result("endpointing")
    return pieces_table(result) if result.get("pieces") else "Not measured yet: `make bench`."


def _interruptions() -> str:
    result = _result("interruptions")
    return interruptions_table(result) if result else "Not measured yet: `make bench`."


def _short_answers() -> str:
    result = _result("short_answers")
    if not result:
        return "Not measured yet: `python -m benchmarks.short_answers`."
    rows = []
    for name in dict.fromkeys(cell.rpartition(" ")[0] for cell in result["cells"]):
        source, language, meaning = name.split()
        rates = []
        for way in ("open", "answers"):
            cell = result["cells"][f"{name} {way}"]
            value, low, high = (100 * cell["interval"][key] for key in ("value", "low", "high"))
            rates.append(f"{value:.1f} % ({low:.1f} to {high:.1f})")
        n = result["cells"][f"{name} open"]["n"]
        rows.append(f"| {source}, {language}: {meaning} | {n} | {rates[0]} | {rates[1]} |")
    head = [
        "| said | n | right, all tokens | right, with answers alone |",
        "| --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows])


def _security() -> str:
    result = _result("security")
    return security_table(result) if result else "Not measured yet: `make bench`."


def _voice() -> str:
    result = _result("voice")
    return voice_table(result) if result else "Not measured yet: `python -m benchmarks.voice`."


def _resampler() -> str:
    result = _result("resampler_response")
    return ours_table(result) if result else _RESAMPLER_MISSING


def _resampler_soxr() -> str:
    result = _result("resampler_response")
    return soxr_table(result) if result else _RESAMPLER_MISSING


def _first_call() -> str:
    path = FOLDER / "first_call.txt"
    if not path.exists():
        return "Not recorded yet: `make bench`."
    return f"```\n{path.read_text(encoding='utf-8').rstrip()}\n```"


def _weights() -> str:
    return f"{_megabytes():.0f} MB of weights"


def _weights_zh_tw() -> str:
    return f"{_megabytes():.0f} MB 的模型權重"


def _megabytes() -> float:
    path = ROOT / "models" / "catalog" / "lite.toml"
    catalogue = msgspec.toml.decode(path.read_bytes())
    return float(sum(one.get("bytes", 0) for one in catalogue["objects"])) / 1e6


TABLES: Final[dict[str, Callable[[], str]]] = {
    "short_answers": _short_answers,
    "response": _response,
    "first_call": _first_call,
    "weights": _weights,
    "weights_zh_tw": _weights_zh_tw,
    "pieces": _pieces,
    "interruptions": _interruptions,
    "security": _security,
    "voice": _voice,
    "voice_beside_calls": _voice_beside_calls,
    "enrolment_call": _enrolment_call,
    "core": required_table,
    "core_others": other_table,
    "resampler": _resampler,
    "resampler_soxr": _resampler_soxr,
}

if __name__ == "__main__":
    sys.exit(main())
