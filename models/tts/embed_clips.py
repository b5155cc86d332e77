"""The child that says whose voice clips are: one JSON line a request, one an answer, in order.

    python -m models.tts.embed_clips --weights DIR --judge ecapa|ge2e

Request: ``{"file": "a.wav", "start_s": 0.0, "seconds": null, "band_hz": 8000}``; answer:
``{"embedding": [...]}`` of length 1, or ``{"error": "why not"}``. WAV of any rate; ``band_hz`` of
4000: as a telephone carries it, for what is compared with telephone audio. It ends with its
standard input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import torch

from kefu.errors import KefuError
from models.tts.clip import RATE_HZ, in_band, read
from models.tts.judge import Judge
from models.tts.judge_names import JUDGES


class Request(msgspec.Struct, frozen=True):
    """One clip, or a part of one."""

    file: str
    start_s: Annotated[float, msgspec.Meta(ge=0.0, le=86_400.0)] = 0.0
    seconds: Annotated[float, msgspec.Meta(gt=0.0, le=600.0)] | None = None
    band_hz: Annotated[int, msgspec.Meta(ge=3_000, le=48_000)] = 8_000


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the two."""

    embedding: tuple[float, ...] = ()
    error: str = ""


def answer(judge: Judge, line: bytes) -> Answer:
    """What one request gives; whatever is wrong with it is said in the answer."""
    try:
        request = msgspec.json.decode(line, type=Request)
        audio = read(Path(request.file), request.start_s, request.seconds)
        audio = in_band(audio, RATE_HZ, request.band_hz)
        return Answer(embedding=tuple(float(value) for value in judge.embed(audio)))
    except KefuError as reason:
        return Answer(error=reason.message)
    except (ValueError, msgspec.MsgspecError, RecursionError) as reason:
        return Answer(error=f"No request: {str(reason)[:200]}.")


def serve(judge: Judge, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line until there are no more."""
    for line in requests:
        if line.strip():
            answers.write(msgspec.json.encode(answer(judge, line)) + b"\n")
            answers.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the judge and serve; 2 where its weights cannot be used."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="folder of the objects")
    parser.add_argument("--judge", choices=JUDGES, default="ecapa")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        judge = Judge(options.judge, options.weights)
    except KefuError as reason:
        print(reason, file=sys.stderr)
        return 2
    serve(judge, sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
