"""Pinyin syllables as Kokoro's phonemes: a table of initials and finals, tones as arrows.

Kokoro v1.0 was trained on Standard Chinese in this notation: affricates as one letter, a tone
arrow right after the vowels of the syllable (→ first, ↗ second, ↓ third, ↘ fourth, nothing for
the neutral tone), ``ɨ`` for the vowel of zi, ci, si, zhi, chi, shi and ri.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from pypinyin.contrib.tone_convert import to_finals, to_initials, to_normal

_TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_INITIALS: Final = {
    "": "",
    "b": "p",
    "p": "pʰ",
    "m": "m",
    "f": "f",
    "d": "t",
    "t": "tʰ",
    "n": "n",
    "l": "l",
    "g": "k",
    "k": "kʰ",
    "h": "x",
    "j": "ʨ",
    "q": "ʨʰ",
    "x": "ɕ",
    "zh": "ꭧ",
    "ch": "ꭧʰ",
    "sh": "ʂ",
    "r": "ɻ",
    "z": "ʦ",
    "c": "ʦʰ",
    "s": "s",
}
# 0 marks the place of the tone.
_FINALS: Final = {
    "a": "a0",
    "ai": "ai0",
    "an": "a0n",
    "ang": "a0ŋ",
    "ao": "au0",
    "e": "ɤ0",
    "ei": "ei0",
    "en": "ə0n",
    "eng": "ə0ŋ",
    "i": "i0",
    "ia": "ja0",
    "ian": "jɛ0n",
    "iang": "ja0ŋ",
    "iao": "jau0",
    "ie": "je0",
    "in": "i0n",
    "ing": "i0ŋ",
    "iong": "jʊ0ŋ",
    "iou": "jou0",
    "o": "wo0",
    "ong": "ʊ0ŋ",
    "ou": "ou0",
    "u": "u0",
    "ua": "wa0",
    "uai": "wai0",
    "uan": "wa0n",
    "uang": "wa0ŋ",
    "uei": "wei0",
    "uen": "wə0n",
    "ueng": "wə0ŋ",
    "uo": "wo0",
    "v": "y0",
    "ve": "ɥe0",
    "van": "ɥɛ0n",
    "vn": "y0n",
}
_WHOLE: Final = {
    "er": "ɚ0",
    "o": "ɔ0",
    "io": "jɔ0",
    "ê": "ɛ0",
    "m": "m0",
    "n": "n0",
    "ng": "ŋ0",
    "hm": "hm0",
    "hng": "hŋ0",
}
_HISSING: Final = frozenset({"z", "c", "s", "zh", "ch", "sh", "r"})


@lru_cache(maxsize=2048)
def syllable(pinyin: str) -> str:
    """Kokoro's phonemes of one syllable with its tone as a digit behind it (``"hao3"``).

    Raises:
        KeyError: it is no syllable of Standard Chinese.
    """
    tone = _TONES[pinyin[-1]]
    plain = to_normal(pinyin).replace("ü", "v")
    if plain in _WHOLE:
        return _WHOLE[plain].replace("0", tone)
    initial = to_initials(pinyin, strict=True)
    final = to_finals(pinyin, strict=True).replace("ü", "v")
    vowels = "ɨ0" if final == "i" and initial in _HISSING else _FINALS[final]
    return (_INITIALS[initial] + vowels).replace("0", tone)
