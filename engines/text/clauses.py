"""A text in pieces that a synthesiser can say in one go."""

from __future__ import annotations

import re
from typing import Final

from engines.text.normalise import Language

LONGEST: Final[dict[Language, int]] = {"zh": 24, "en": 90}
"""Characters of a piece: about 100 phonemes. More costs memory and the listener's patience."""
_SHORT: Final[dict[Language, int]] = {"zh": 2, "en": 4}
"""A piece with fewer characters than this is said together with its neighbour."""
# Not the points and commas inside figures, nor those of "3:30" and "a.m.".
_END: Final = re.compile(r"(?:[。！？；，：…、—]|[,.!?;:](?![\dA-Za-z]))+[”」）)\"']*\s*")


def clauses(text: str, language: Language) -> list[str]:
    """``text`` cut at punctuation; joined (with a space in English) it is ``text`` again.

    Pieces are as long as ``LONGEST`` allows, so that they sound whole. A run without punctuation
    is cut at the last space before that, else at that length.
    """
    longest, short = LONGEST[language], _SHORT[language]
    pieces: list[str] = []
    for piece in _fitting(_at_punctuation(text), longest):
        fits = pieces and len(pieces[-1]) + len(piece) <= longest
        if fits or (pieces and min(len(pieces[-1].strip()), len(piece.strip())) <= short):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return [piece.strip() for piece in pieces]


def _at_punctuation(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for mark in _END.finditer(text):
        parts.append(text[start : mark.end()])
        start = mark.end()
    if text[start:].strip():
        parts.append(text[start:])
    return [part for part in parts if part.strip()]


def _fitting(parts: list[str], longest: int) -> list[str]:
    fitting: list[str] = []
    for part in parts:
        while len(part) > longest:
            cut = part.rfind(" ", longest // 2, longest) + 1 or longest
            fitting.append(part[:cut])
            part = part[cut:]
        fitting.append(part)
    return fitting
