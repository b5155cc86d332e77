"""Whether somebody read what was asked, by what a recogniser heard."""

from __future__ import annotations

import re
from typing import Final

from engines._core import edit_distance, tokenize
from engines.text.errors import UnreadableText
from engines.text.normalise import Language, read

_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_DIGITS: Final = re.compile(r"\d")
_ALIKE: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))
"""Sounds that half of the country does not tell apart."""
_FASTEST: Final[dict[Language, float]] = {"zh": 7.0, "en": 4.5}
"""Syllables and words a second that are read aloud at most."""
_LEAST_REPEATED: Final = 4
"""Words or syllables: who says fewer of them twice may have said them."""
_SAME: Final = {"yao": "yi", "liang": "er"}
"""幺 and 两 are read as 一 and 二."""


def error_rate(asked: str, heard: str, voice_s: float | None = None) -> float:
    """What was heard otherwise, was missing or came on top, over the length of what was asked.

    In Chinese by syllables without tones: a recogniser's homophones are no slips of a reader. Else
    by words. Numbers count as they are read out, as a whole or digit by digit. 1 for an empty text.

    Args:
        asked: the sentence that was to be read.
        heard: what a recogniser made of it.
        voice_s: seconds of voice in it: what nobody says in so short a time, over and over, was a
            recogniser's repetition. None: not known, so all of it counts.
    """
    wanted = _sounds(asked, digitwise=False)
    if not wanted or not heard.strip():
        return 1.0
    ways = [_sounds(heard, digitwise=digitwise) for digitwise in (False, True)]
    if voice_s is not None:
        most = _FASTEST[language_of(asked)] * voice_s
        ways += [_once(way) for way in ways if len(way) > most]
    return min(edit_distance(wanted, way) for way in ways) / len(wanted)


def language_of(text: str) -> Language:
    """Zh, if a Chinese character is in it."""
    return "zh" if _CHINESE.search(text) else "en"


def _once(sounds: list[str]) -> list[str]:
    """Without what a recogniser says over and over, as it does behind some ends of sentences."""
    for length in range(_LEAST_REPEATED, len(sounds) - _LEAST_REPEATED + 1):
        if sounds[length:] == sounds[:-length]:
            return sounds[:length]
    return sounds


def _sounds(text: str, *, digitwise: bool) -> list[str]:
    if digitwise:
        text = _DIGITS.sub(lambda found: f" {found[0]} ", text)
    try:
        spoken = read(text, language_of(text))
    except UnreadableText:
        return []
    tokens = tokenize(spoken)
    if language_of(text) == "en":
        return tokens
    from pypinyin import lazy_pinyin  # loads dictionaries

    sounds: list[str] = []
    for token in tokens:
        if not _CHINESE.match(token):
            sounds.append(token)
            continue
        (syllable,) = lazy_pinyin(token)[:1]
        for one, other in _ALIKE:
            syllable = syllable.replace(one, other)
        sounds.append(_SAME.get(syllable, syllable))
    return sounds
