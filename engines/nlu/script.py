"""Chinese script: Traditional characters and full-width forms folded to Simplified, one to one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engines.errors import WeightsUnusable

_FIXED: Final = {"妳": "你", "祢": "你", "裏": "里", "係": "系", "後": "后"}


class ScriptFolder:
    """``fold(text)`` has the length of ``text``, so that positions stay.

    Args:
        table: ``nlu_lac/q2b.dic``, lines of "character TAB character". Only its pairs from outside
            GB 2312 to inside of it are Traditional to Simplified; the rest is LAC's own affair.

    Raises:
        WeightsUnusable: the table is missing or not text.
    """

    def __init__(self, table: Path) -> None:
        self._map = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
        self._map[0x3000] = " "
        for old, new in read_table(table):
            if len(old) != 1 or len(new) != 1:
                continue
            if _simplified(new) and not _simplified(old):
                self._map[ord(old)] = new
            elif _simplified(old) and not _simplified(new) and ord(new) > 0x4E00:
                self._map.setdefault(ord(new), old)
        self._map |= {ord(old): new for old, new in _FIXED.items()}

    def fold(self, text: str) -> str:
        """The text in Simplified characters and half-width forms."""
        return text.translate(self._map).replace("著急", "着急")


def read_table(path: Path) -> list[tuple[str, str]]:
    """Pairs of a two-column file with tabs."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsUnusable(f"{path} is not a dictionary: {error}") from error
    pairs = [line.split("\t", 1) for line in lines if "\t" in line]
    if not pairs:
        raise WeightsUnusable(f"{path} is not a dictionary: it has no pairs.")
    return [(old, new) for old, new in pairs]


def _simplified(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return ord(character) > 0x4E00
