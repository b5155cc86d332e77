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

from daemon.ctl.audio_file import write_wav
from daemon.release.release import load as load_release
from daemon.voices.errors import TrainingMissing, VoiceError
from daemon.voices.files import read_record, write_record
from daemon.voices.likeness import Clip
from daemon.voices.pack import read_pack
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.records import Language
from daemon.voices.voiceprints import Embedder, is_print
from engines.tts.kokoro import RATE_HZ
from models.tts.judge_sentences import FOR_LIKENESS, SENTENCES
from models.tts.spoken import Voices

Floats = NDArray[np.float32]

_TABLE: Final = "tts/stock_voices.npz"
_BAND_HZ: Final = 4_000
"""As consents are compared: the way a telephone carries them."""
_DIGITS: Final = 6


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """``rendered.json`` beside a pack: how that voice sounds to the judge of speakers."""

    voice_sha256: str
    language: Language
    embedding: tuple[float, ...]


def machine_voices(
    state: Path, release: str, language: Language, embedder: Embedder
) -> dict[str, Floats]:
    """(192,) float32 of length 1 of every voice that the box can speak in, by telephone.

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
            rows = np.asarray(table[f"{language}_{_BAND_HZ}_ecapa"], np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            return dict(zip(names, rows, strict=True))
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
        same = rendered and (rendered.voice_sha256, rendered.language) == (sha256, language)
        if rendered and same and is_print(rendered.embedding):
            known[name] = rendered
        else:
            packs[name] = places.pack
    known |= _render(state, release, language, packs, embedder)
    return {name: np.array(one.embedding, np.float32) for name, one in known.items()}


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
            file = Path(folder) / f"{name}.wav"
            write_wav(file, pcm, RATE_HZ)
            (row,) = embedder.embed([Clip(file=str(file), band_hz=_BAND_HZ)])
            pack = packs[name]
            found[name] = Rendered(
                voice_sha256=hashlib.sha256(pack.read_bytes()).hexdigest(),
                language=language,
                embedding=tuple(round(float(one), _DIGITS) for one in row),
            )
            write_record(pack.parent / "rendered.json", found[name])
    return found
