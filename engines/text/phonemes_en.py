"""English text as Kokoro's phonemes: espeak-ng's IPA through a table."""

from __future__ import annotations

import re
from typing import Final

from engines.text.espeak import Espeak

# espeak-ng's American IPA on the left, Kokoro's on the right; longest first, one pass.
# Diphthongs and affricates are single letters there, length is not written.
_TABLE: Final = {
    "a^ɪ": "I",
    "a^ʊ": "W",
    "e^ɪ": "A",
    "o^ʊ": "O",
    "ə^ʊ": "O",
    "ɔ^ɪ": "Y",
    "d^ʒ": "ʤ",
    "t^ʃ": "ʧ",
    "ə^l": "ᵊl",
    "n\u0329": "ᵊn",
    "m\u0329": "ᵊm",
    "l\u0329": "ᵊl",
    "ɜː": "ɜɹ",
    "ɜːɹ": "ɜɹ",
    "ɜː^ɹ": "ɜɹ",
    "ɪə": "iə",
    "ɚ": "əɹ",
    "ɐ": "ə",
    "r": "ɹ",
    "x": "k",
    "ç": "k",
    "ɬ": "l",
    "e": "A",
    "o": "ɔ",
    "ɾ": "T",
    "ʔ": "t",
    "ʲ": "",
    "ː": "",
    "^": "",
    "\u0303": "",
    "\u0329": "",
    "\u200d": "",
}
_SOUND: Final = re.compile("|".join(map(re.escape, sorted(_TABLE, key=len, reverse=True))))
_LANGUAGE_FLAG: Final = re.compile(r"\([a-z-]{2,7}\)")
_LETTERS: Final = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ˈA bˈi sˈi dˈi ˈi ˈɛf ʤˈi ˈAʧ ˈI ʤˈA kˈA ˈɛl ˈɛm ˈɛn ˈO pˈi kjˈu ˈɑɹ ˈɛs tˈi jˈu vˈi "
        "dˈʌbᵊljˌu ˈɛks wˈI zˈi".split(),
        strict=True,
    )
)
# espeak-ng reduces these where Kokoro's own notation does not, or misses them.
_WORDS: Final = {
    "ok": "ˌOkˈA",
    "okay": "ˌOkˈA",
    "i": "I",
    "the": "ðə",
    "kefu": "kˈAfˈu",
    "yuan": "juˈɑn",
    "app": "ˈæp",
    "wifi": "wˈIfI",
}
_DIGITS: Final = frozenset("zero one two three four five six seven eight nine".split())
_PIECE: Final = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|[^A-Za-z\s]|\s+")
_PUNCTUATION: Final = {
    ",": ",",
    ".": ".",
    "!": "!",
    "?": "?",
    ":": ":",
    ";": ";",
    "…": "…",
    "—": "—",
    "–": "—",
    "“": "“",
    "”": "”",
    '"': '"',
    "(": "(",
    ")": ")",
    "，": ",",
    "。": ".",
    "？": "?",
    "！": "!",
}


def kokoro_sounds(ipa: str) -> str:
    """espeak-ng's IPA (ties as ``^``) in Kokoro's notation."""
    return _SOUND.sub(lambda match: _TABLE[match[0]], _LANGUAGE_FLAG.sub("", ipa))


def phonemes_en(text: str, espeak: Espeak) -> str:
    """The phonemes of spoken-form ``text``: words apart by a space, punctuation kept.

    Capitals that stand for letters ("A one zero two four", "VIP") are spelled.
    """
    pieces = [piece for piece in _PIECE.findall(text.replace("’", "'")) if not piece.isspace()]
    phrases: list[list[str]] = [[]]
    layout: list[str | None] = []
    """None: the phrase at this place; else finished phonemes."""
    for place, piece in enumerate(pieces):
        following = pieces[place + 1].lower() if place + 1 < len(pieces) else ""
        ready = _ready(piece, following, pieces[place - 1] if place else "")
        if ready is None:
            if not phrases[-1]:
                layout.append(None)
            phrases[-1].append(piece)
            continue
        if phrases[-1]:
            phrases.append([])
        layout.append(ready)
    asked = [" ".join(phrase) for phrase in phrases if phrase]
    answers = iter(espeak.ipa(asked) if asked else [])
    spoken: list[str] = []
    for part in layout:
        sounds = kokoro_sounds(next(answers)) if part is None else part
        if sounds in _PUNCTUATION.values() and spoken:
            spoken[-1] += sounds
        elif sounds:
            spoken.append(sounds)
    return " ".join(spoken)


def _ready(piece: str, following: str, before: str) -> str | None:
    """Finished phonemes of a piece, or None where espeak-ng is to say it."""
    if not piece[0].isalpha():
        return _PUNCTUATION.get(piece, "")
    if len(piece) == 1 and piece.isupper():
        alone = piece in ("A", "I") and not (
            following in _DIGITS or (_is_letter(following.upper()) and following != "i")
        )
        if alone and not (_is_letter(before) and before not in ("A", "I")):
            return None
        return _LETTERS[piece]
    known = _WORDS.get(piece.lower())
    if known and not (piece.lower() == "the" and following[:1] in tuple("aeiou")):
        return known
    if piece.isupper() and 2 <= len(piece) <= 4 and not _sayable(piece):
        # An apostrophe can stand between them: it has no sound.
        return "".join(_LETTERS.get(letter, "") for letter in piece)
    return None


def _is_letter(piece: str) -> bool:
    return len(piece) == 1 and piece.isalpha()


def _sayable(capitals: str) -> bool:
    """Longer capitals with a vowel are shouted words (PLEASE), the others letters (VIP, SMS)."""
    return len(capitals) > 3 and any(vowel in capitals for vowel in "AEIOU")
