"""Stands for the Python with torch and its child ``models.tts.embed_clips``.

Called as ``-I -m models.tts.embed_clips --weights=… --judge=…``. All recordings are of one person;
the environment says how it should go wrong.
"""

from __future__ import annotations

import json
import os
import sys
import time

import numpy as np


def main() -> int:
    how = os.environ.get("STAND_IN", "")
    if sys.argv[1:4] != ["-I", "-m", "models.tts.embed_clips"] or "--judge=ecapa" not in sys.argv:
        return 2
    if how == "will not start":
        print("WeightsUnusable: model.ckpt is broken.", file=sys.stderr)
        return 2
    for count, line in enumerate(sys.stdin):
        if how == "dies" and count == 1:
            print("Traceback: out of memory", file=sys.stderr)
            return 1
        if how == "hangs":
            time.sleep(60)
        print("{" if how == "babbles" else json.dumps(answer(json.loads(line), how)), flush=True)
    return 0


def answer(request: dict[str, object], how: str) -> dict[str, object]:
    if how == "refuses":
        return {"error": f"{request['file']} is too short."}
    if how == "zeros":
        return {"embedding": [0.0] * 192}
    seed = int(float(str(request["start_s"])) * 1000) + len(str(request["file"]))
    row = np.ones(192) + 0.1 * np.random.default_rng(seed).standard_normal(192)
    return {"embedding": list(row / np.linalg.norm(row))}


if __name__ == "__main__":
    raise SystemExit(main())
