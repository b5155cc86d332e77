"""What more recordings would bring to a voice: for people, in a sentence or two."""

from __future__ import annotations

import math

_TELEPHONE_HZ = 4000


def advice(
    samples: int,
    seconds: float,
    quality: float,
    band_hz: int,
    *,
    least_seconds: float = 15.0,
    least: int = 20,
    best: int = 50,
    threshold: float = 0.8,
) -> tuple[str, ...]:
    """Whether a voice can be made, and what would make it better. Pure.

    Args:
        samples: how many are usable.
        seconds: of voice in them.
        quality: their mean, 0..1.
        band_hz: up to where there is speech in the narrowest; 4000 is the telephone's.
        least_seconds: what a voice is made from.
        least: samples of a voice that has a share of its own.
        best: samples beyond which nothing is gained.
        threshold: quality that counts whole.
    """
    said: list[str] = []
    if seconds < least_seconds or samples < 3:
        missing = max(1, 3 - samples, math.ceil((least_seconds - seconds) / 3.0))
        said.append(
            f"{seconds:.0f} s of speech: a voice is made from {least_seconds:.0f} s in three "
            f"samples upwards; read about {missing} more sentence{'s' if missing > 1 else ''}."
        )
    elif samples < least:
        said.append(
            f"A voice can be made. It will be nearer to the person from {least} samples on: "
            f"{least - samples} more."
        )
    elif samples < best:
        said.append(f"A voice can be made; up to {best} samples make it better, more do not.")
    else:
        said.append("A voice can be made; more recordings bring nothing.")
    if samples and quality < threshold:
        said.append(
            f"Their quality is {quality:.2f} of 1, and {threshold:.2f} counts whole: a quieter "
            "room and a nearer microphone help more than more sentences."
        )
    if samples and band_hz <= _TELEPHONE_HZ:
        said.append(
            "Speech ends at 4 kHz in some of them, as over a telephone: the voice is fitted to "
            "that. A microphone at 16 kHz or more gives its s and f as well."
        )
    return tuple(said)
