"""Result files: the figures with hardware and commit, where documents read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.hardware import hardware

FOLDER: Final = Path(__file__).parent / "results"


def save(name: str, figures: dict[str, Any], path: Path | None) -> Path:
    """Write ``figures`` of benchmark ``name``; ``path`` empty: ``benchmarks/results/NAME.json``."""
    where = path or FOLDER / f"{name}.json"
    where.parent.mkdir(parents=True, exist_ok=True)
    document = {"benchmark": name, "hardware": msgspec.to_builtins(hardware())} | figures
    encoded = msgspec.json.encode(document, enc_hook=float)
    where.write_bytes(msgspec.json.format(encoded, indent=1) + b"\n")
    print(f"written: {where}")
    return where
