"""Passwords, tokens and keys hidden before text or settings leave the box in a support bundle."""

from __future__ import annotations

import re
from typing import Any, Final

HIDDEN: Final = "***"
_NAMES: Final = (
    r"pass(?:word|wd|phrase|code)|\bpwd\b|secret|token|(?:api|private|access)[ _-]?key|credential"
    r"|authorization|\bbearer\b|cookie|密码|密碼|口令|令牌"
)
_SECRET_KEY: Final = re.compile(_NAMES, re.IGNORECASE)
# The name, what stands between, and the value: quoted, in brackets, or up to the next field. Prose
# may have any words between ("password is x", "password for y: x"), so all of it goes.
_TOLD: Final = re.compile(
    rf"((?:{_NAMES}|\bpass(?=[\"']?\s*[=:]))[A-Za-z0-9_-]*[\"']?\s*[=:]?\s*)"
    r"(\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|\[[^\]\n]*\]?"
    r"|[^\s\"'\[](?:(?!(?<![;,&])\s[\w.-]+=)[^\n\"'])*)",
    re.IGNORECASE,
)
_IN_ADDRESS: Final = re.compile(r"://[^\s@\"']{1,256}@")


def without_secrets(text: str) -> str:
    """What follows a word such as ``password`` or ``token`` hidden, and users in addresses."""
    text = _TOLD.sub(lambda found: found[1] + HIDDEN, text)
    return _IN_ADDRESS.sub(f"://{HIDDEN}@", text)


def masked_document(document: Any, key: str = "") -> Any:
    """Settings or the like, as read from TOML: values of secret keys hidden, at any depth."""
    if _SECRET_KEY.search(key) and not isinstance(document, bool):
        return HIDDEN
    if isinstance(document, dict):
        return {name: masked_document(value, str(name)) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [masked_document(value) for value in document]
    return without_secrets(document) if isinstance(document, str) else document
