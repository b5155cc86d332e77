"""Telling Chinese from English text, for verbs that are given text without its language."""

from __future__ import annotations

import re
from typing import Final, Literal

_HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


def language_of(text: str) -> Literal["zh", "en"]:
    """``zh`` where a Chinese character stands in the text."""
    return "zh" if _HAN.search(text) else "en"
