"""Chinese text as Kokoro's phonemes: words, pinyin in their context, the table of syllables."""

from __future__ import annotations

import re
from typing import Final

from pypinyin import Style, lazy_pinyin

from engines.text.letters_zh import latin
from engines.text.pinyin_ipa import syllable
from engines.text.words_zh import Words

_RUNS: Final = re.compile(
    r"[\u4e00-\u9fff〇]+|[A-Za-z]+(?:['-][A-Za-z]+)*|[^\u4e00-\u9fff〇A-Za-z]"
)
_PUNCTUATION: Final = {
    "，": ",",
    ",": ",",
    "、": ",",
    "。": ".",
    "．": ".",
    ".": ".",
    "！": "!",
    "!": "!",
    "？": "?",
    "?": "?",
    "：": ":",
    ":": ":",
    "；": ";",
    ";": ";",
    "…": "…",
    "—": "—",
    "“": "“",
    "”": "”",
    "「": "“",
    "」": "”",
    "《": "“",
    "》": "”",
    "（": "(",
    "）": ")",
    "(": "(",
    ")": ")",
}


def phonemes_zh(text: str, words: Words) -> str:
    """The phonemes of spoken-form ``text``: words apart by a space, punctuation kept.

    What is neither Chinese, Latin nor punctuation is dropped.
    """
    spoken: list[str] = []
    for run in _RUNS.findall(text):
        if run in _PUNCTUATION:
            if spoken:
                spoken[-1] += _PUNCTUATION[run]
        elif run[0].isascii():
            if run[0].isalpha():
                spoken.append(" ".join(syllable(part) for part in latin(run)))
        elif "\u4e00" <= run[0] <= "\u9fff" or run[0] == "〇":
            spoken += [_word(word) for word in words.split(run.replace("〇", "零"))]
    return " ".join(part for part in spoken if part)


def _word(word: str) -> str:
    if set(word) <= set("零幺二三四五六七八九"):
        # Digit strings are no words: every digit gets its own stress.
        return " ".join(map(_spoken, word))
    return _spoken(word)


def _spoken(word: str) -> str:
    sounds = lazy_pinyin(
        word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore", v_to_u=False
    )
    return "".join(map(_known_syllable, sounds))


def _known_syllable(pinyin: str) -> str:
    try:
        return syllable(pinyin)
    except KeyError:
        return ""
