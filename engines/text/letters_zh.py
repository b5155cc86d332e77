"""Latin letters and loan words inside Chinese speech, in pinyin as Chinese speakers say them."""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = {
    "A": "ei1",
    "B": "bi1",
    "C": "xi1",
    "D": "di1",
    "E": "yi4",
    "F": "ai2 fu5",
    "G": "ji4",
    "H": "ei2 chi5",
    "I": "ai4",
    "J": "zhei4",
    "K": "kei4",
    "L": "ai2 lou5",
    "M": "ai2 mu5",
    "N": "en1",
    "O": "ou1",
    "P": "pi1",
    "Q": "kiu1",
    "R": "a4 er5",
    "S": "ai2 si5",
    "T": "ti4",
    "U": "you1",
    "V": "wei1",
    "W": "da2 bu5 liu5",
    "X": "ai2 ke5 si5",
    "Y": "wai1",
    "Z": "zei4",
}
_WORDS: Final = {
    "ok": "ou1 kei4",
    "hello": "ha1 lou2",
    "hi": "hai1",
    "bye": "bai4",
    "sorry": "suo3 rui4",
    "app": "ei1 pi1 pi1",
    "email": "yi1 mei4 ou5",
    "wifi": "wai1 fai1",
    "pay": "pei4",
    "plus": "pu3 la1 si5",
    "pro": "pu3 rou4",
    "max": "mai4 ke5 si5",
    "mini": "mi2 ni5",
    "iphone": "ai4 feng1",
    "ipad": "ai4 pai4 de5",
    "pad": "pai4 de5",
    "taobao": "tao2 bao3",
    "com": "kang1 mu5",
    "kefu": "ke4 fu2",
}


def latin(word: str) -> list[str]:
    """Pinyin with tone digits of a run of Latin letters: a loan word, else letter by letter."""
    known = _WORDS.get(word.lower())
    if known:
        return known.split()
    letters = re.sub(r"[^A-Z]", "", word.upper())
    return [part for letter in letters for part in _LETTERS[letter].split()]
