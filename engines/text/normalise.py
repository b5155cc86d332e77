"""From text as written to text as spoken: one entry for both languages."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from engines.text.errors import UnreadableText
from engines.text.reading_en import read_en
from engines.text.reading_zh import read_zh

Language = Literal["zh", "en"]
LONGEST = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202f\ufeff]+")


def read(text: str, language: Language) -> str:
    """``text`` with numbers, money, dates, times, order ids, telephone numbers and units in words.

    An ISO date loses its year, as people say it; a year that is written out (2026年, November 26,
    2026) is said. Digits of names (orders, telephones) are read one by one, in Chinese with 幺.

    Raises:
        UnreadableText: more than 2000 characters, or another language than zh and en.
    """
    if len(text) > LONGEST:
        raise UnreadableText(f"A clause of {len(text)} characters is too long to be read out.")
    text = _plain_forms(text)
    if language == "zh":
        return read_zh(text).strip()
    if language == "en":
        return read_en(text).strip()
    raise UnreadableText(f"There is no voice for the language {language!r}.")


def _plain_forms(text: str) -> str:
    """Full-width letters and digits become ASCII, control characters become spaces."""
    text = _CONTROL.sub(" ", text)
    return "".join(
        unicodedata.normalize("NFKC", char) if "\uff10" <= char <= "\uff5a" else char
        for char in text
    )
