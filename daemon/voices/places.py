"""Where a personal voice lies in the state folder, and what it may be called.

``voices/NAME/``: ``enrolment.json``, ``samples/``, ``consent.json`` and ``consent.wav``, ``work/``
(of the job), ``voice.bin``, ``card.json``, ``approval.json``. ``voices/ledger.jsonl`` is the signed
history of all of them, ``voices/key.pem`` what signs it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from daemon.voices.errors import BadVoiceName
from engines.voice_name import PERSONAL

_STOCK: Final = re.compile(r"[a-z][fm]_[a-z]+")
OBJECT: Final = "tts_personal"
"""Folder of personal voices in a release: ``tts_personal/NAME.bin``."""


def checked_name(name: str) -> str:
    """The name, if a voice may have it: 3 to 32 of a-z, 0-9 and ``-``, a letter first.

    Raises:
        BadVoiceName: a path, spaces, other letters; who it is stands in the consent.
    """
    if not PERSONAL.fullmatch(name) or _STOCK.fullmatch(name):
        raise BadVoiceName(f"{name[:40]!r} is no name for a voice.")
    return name


class VoicePlaces:
    """The files of one voice. Nothing is made here."""

    def __init__(self, state: Path, name: str) -> None:
        self.name = checked_name(name)
        self.state = state
        self.folder = state / "voices" / name
        self.draft = state / "voices" / f".{name}.import"
        """What an import puts together beside it."""
        self.enrolment = self.folder / "enrolment.json"
        self.samples = self.folder / "samples"
        self.consent = self.folder / "consent.json"
        self.consent_audio = self.folder / "consent.wav"
        self.consent_before = self.folder / "consent.before.wav"
        """The audio of the consent that is being renewed; gone when that is done."""
        self.work = self.folder / "work"
        self.pack = self.folder / "voice.bin"
        self.card = self.folder / "card.json"
        self.approval = self.folder / "approval.json"
        self.approved_card = self.folder / "approved-card.json"
        """The card as it was approved: a later fit writes another."""


def all_names(state: Path) -> list[str]:
    """Names of the voices that there is anything of, sorted."""
    folder = state / "voices"
    if not folder.is_dir():
        return []
    found = (one.name for one in folder.iterdir() if one.is_dir())
    return sorted(name for name in found if PERSONAL.fullmatch(name))
