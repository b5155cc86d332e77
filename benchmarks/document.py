"""Writes measured figures into documents, so that nobody copies a number by hand.

A document holds ``<!-- measured:NAME -->`` … ``<!-- /measured -->``; what stands between is
replaced by the table NAME made from ``benchmarks/results/``.

    python -m benchmarks.document            write README.md and docs/
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

from benchmarks.results import FOLDER

ROOT: Final = Path(__file__).parents[1]
DOCUMENTS: Final = ("README.md",)
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
    line = _result("line_jitter")
    if line:
        rows += _line_rows(line)
    memory = _result("memory")
    if memory:
        rows += _memory_rows(memory)
    hardware = result["hardware"]
    head = (
        f"{hardware['cores']} cores of {hardware['cpu']}, {hardware['memory_gib']} GiB, "
        f"{hardware['system']}; the wait runs from the last syllable sent to the first audible "
        "frame received, at the client's socket."
    )
    return head + "\n\n" + "\n".join(rows)


def _line_rows(line: dict[str, Any]) -> list[str]:
    return [
        "| lateness of a frame, idle (p99), worker busy on both cores (p99.9) | "
        f"| {line['idle']['p99_ms']:.1f} ms | {line['busy']['p999_ms']:.1f} ms "
        "| p99 ≤ 5 ms; p99.9 ≤ 20 ms |"
    ]


def _memory_rows(memory: dict[str, Any]) -> list[str]:
    return [
        "| memory (PSS) of gateway, worker and its children, one call | "
        f"| {memory['pss_mib']:.0f} MiB | | ≤ 1.2 GB |",
        "| memory (PSS) of the gateway alone | "
        f"| {memory['gateway_pss_mib']:.0f} MiB | | ≤ 60 MB |",
        "| worker ready (canary answered), warm page cache | "
        f"| {memory['ready_warm_s']:.1f} s | | ≤ 8 s |",
    ]


def _first_call() -> str:
    path = FOLDER / "first_call.txt"
    if not path.exists():
        return "Not recorded yet: `make run`."
    return f"```\n{path.read_text(encoding='utf-8').rstrip()}\n```"


def _weights() -> str:
    path = ROOT / "models" / "catalog" / "lite.toml"
    catalogue = msgspec.toml.decode(path.read_bytes())
    megabytes = sum(one.get("bytes", 0) for one in catalogue["objects"]) / 1e6
    return f"{megabytes:.0f} MB of weights"


TABLES: Final[dict[str, Callable[[], str]]] = {
    "response": _response,
    "first_call": _first_call,
    "weights": _weights,
}

if __name__ == "__main__":
    sys.exit(main())
