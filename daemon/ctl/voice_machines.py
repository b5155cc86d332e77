"""How the machine itself sounds: its stock voices, and every voice that was made on this box."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.ctl.audio_file import at_rate, write_wav
from daemon.release.release import load as load_release
from daemon.voices.errors import TrainingMissing, VoiceError
from daemon.voices.files import read_record, write_record
from daemon.voices.likeness import Clip
from daemon.voices.pack import read_pack
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.records import Language
from daemon.voices.voiceprints import Embedder
from engines._core import g711_decode, g711_encode
from engines.tts.kokoro import RATE_HZ
from models.tts.judge_sentences import FOR_LIKENESS, SENTENCES
from models.tts.spoken import Voices

Floats = NDArray[np.float32]

_TABLE: Final = "tts/stock_voices.npz"
_BANDS: Final = {4_000: " by telephone", 8_000: ""}
_LINE_HZ: Final = 8_000
_DIGITS: Final = 6


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """``rendered.json`` beside a pack: how that voice sounds to the judge of speakers."""

    voice_sha256: str
    language: Language
    wide: tuple[float, ...]
    telephone: tuple[float, ...]


def machine_voices(
    state: Path, release: str, language: Language, embedder: Embedder
) -> dict[str, Floats]:
    """(192,) float32 of length 1 of every voice that the box can speak in, wide and narrow.

    Raises:
        TrainingMissing: the table of the stock voices is not there.
        NoRelease, LikenessFailed: a voice that was made here cannot be heard.
    """
    return stock_voices(language) | _made(state, release, language, embedder)


def stock_voices(language: Language) -> dict[str, Floats]:
    """Of the synthesiser's own voices: a table that is part of this software."""
    file = resources.files("models").joinpath(_TABLE)
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as table:
            names = [str(one) for one in table["names"]]
            found = {}
            for band_hz, how in _BANDS.items():
                rows = np.asarray(table[f"{language}_{band_hz}_ecapa"], np.float32)
                rows /= np.linalg.norm(rows, axis=1, keepdims=True)
                found.update({name + how: row for name, row in zip(names, rows, strict=True)})
            return found
    except (OSError, ValueError, KeyError) as reason:
        raise TrainingMissing(f"{file} is missing or damaged: {reason}.") from reason


def _made(state: Path, release: str, language: Language, embedder: Embedder) -> dict[str, Floats]:
    known: dict[str, Rendered] = {}
    packs: dict[str, Path] = {}
    for name in all_names(state):
        places = VoicePlaces(state, name)
        try:
            _, sha256 = read_pack(places.pack)
        except VoiceError:
            continue
        try:
            rendered = read_record(places.folder / "rendered.json", Rendered)
        except VoiceError:
            rendered = None
        if rendered and (rendered.voice_sha256, rendered.language) == (sha256, language):
            known[name] = rendered
        else:
            packs[name] = places.pack
    known |= _render(state, release, language, packs, embedder)
    return {
        name + how: np.array(row, np.float32)
        for name, one in known.items()
        for how, row in (("", one.wide), (" by telephone", one.telephone))
    }


def _render(
    state: Path, release: str, language: Language, packs: Mapping[str, Path], embedder: Embedder
) -> dict[str, Rendered]:
    if not packs:
        return {}
    found = {}
    texts = SENTENCES[language][:FOR_LIKENESS]
    with (
        tempfile.TemporaryDirectory() as folder,
        Voices(load_release(state, release, verify=False).files, packs) as voices,
    ):
        for name in packs:
            pcm = np.concatenate([voices.say(text, language, name).pcm for text in texts])
            narrow = at_rate(pcm, RATE_HZ, _LINE_HZ)
            heard = np.frombuffer(g711_decode(g711_encode(narrow, "ulaw"), "ulaw"), np.int16)
            wide_file, narrow_file = Path(folder) / "wide.wav", Path(folder) / "narrow.wav"
            write_wav(wide_file, pcm, RATE_HZ)
            write_wav(narrow_file, heard, _LINE_HZ)
            wide, telephone = embedder.embed(
                [Clip(file=str(wide_file)), Clip(file=str(narrow_file))]
            )
            pack = packs[name]
            found[name] = Rendered(
                voice_sha256=hashlib.sha256(pack.read_bytes()).hexdigest(),
                language=language,
                wide=tuple(round(float(one), _DIGITS) for one in wide),
                telephone=tuple(round(float(one), _DIGITS) for one in telephone),
            )
            write_record(pack.parent / "rendered.json", found[name])
    return found
