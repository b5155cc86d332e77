"""How the judges hear the stock voices: made once, committed, so that no box renders 54 voices.

    python -m models.tts.stock_voices --weights VOICE_FILES --release LITE_FILES

Each voice says what a fitted voice is judged by, in both languages, on the run-time network; both
judges hear it at 16 kHz and as a telephone carries it. One piece of speech would flatter the
nearest of 54: it is the one whom that piece suited. The table names what it was made from; with
other weights or sentences it is made again (half an hour of a core a language).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engines.errors import WeightsUnusable
from engines.text.normalise import Language
from models.tts.clip import TELEPHONE_HZ, Floats
from models.tts.judge_names import FILES, JUDGES, JudgeName
from models.tts.judge_sentences import FOR_LIKENESS, PIECES, SENTENCES
from models.tts.spoken import Voices, heard_in_pieces

TABLE: Final = Path(__file__).parent / "stock_voices.npz"
BANDS_HZ: Final = (TELEPHONE_HZ, 8_000)
_MADE_BY: Final = "3"
"""Raised when the way in which they are heard changes."""

Progress = Callable[[int, int], None]


class StockVoices(msgspec.Struct, frozen=True, kw_only=True):
    """How all stock voices are heard in one language and band."""

    names: tuple[str, ...]
    embeddings: dict[JudgeName, Floats]
    """(54, 192) and (54, 256) float32: means over ``PIECES`` embeddings of length 1, so that the
    product with a person is the mean cosine to their pieces."""


def stock_voices(
    weights: Path,
    release: Path,
    language: Language,
    band_hz: int,
    *,
    cache: Path | None = None,
    progress: Progress = lambda step, of: None,
) -> StockVoices:
    """The committed table, or one made from these weights.

    Args:
        weights: objects of the profile ``voice``.
        release: objects of ``lite``.
        language: that the sentences are in.
        band_hz: up to where the recordings reach that they are compared with.
        cache: where a table is kept that had to be made.
        progress: called with (voices heard, of how many) while one is made.

    Raises:
        WeightsUnusable: a file of them is missing or broken.
    """
    made_from = fingerprint(weights, release)
    for path in (TABLE, cache):
        table = _read(path, made_from) if path is not None else None
        if table is not None:
            return _part(table, language, band_hz)
    table = make(weights, release, (language,), progress)
    if cache is not None:
        _write(cache, table)
    return _part(table, language, band_hz)


def make(
    weights: Path, release: Path, languages: Sequence[Language], progress: Progress
) -> dict[str, np.ndarray]:
    """Render and hear every voice; the arrays of a table by name."""
    import torch  # who finds the table needs none

    from models.tts.judge import Judge

    torch.set_num_threads(1)
    packs = {path.stem: path for path in sorted(_packs(weights))}
    judges = [Judge(name, weights) for name in JUDGES]
    rows: dict[str, list[Floats]] = {}
    with Voices(release, packs) as voices:
        for count, name in enumerate(packs):
            progress(count, len(packs))
            for language in languages:
                said = [voices.say(text, language, name) for text in _texts(language)]
                for band_hz in BANDS_HZ:
                    pieces = heard_in_pieces(said, band_hz)
                    for judge in judges:
                        key = f"{language}_{band_hz}_{judge.name}"
                        heard = np.mean([judge.embed(piece) for piece in pieces], axis=0)
                        rows.setdefault(key, []).append(heard)
    table = {key: np.stack(vectors).astype(np.float16) for key, vectors in rows.items()}
    return table | {
        "names": np.array(list(packs)),
        "made_from": np.array(fingerprint(weights, release)),
    }


def fingerprint(weights: Path, release: Path) -> str:
    """SHA-256 over the networks, the packs and the sentences that a table is made from.

    Raises:
        WeightsUnusable: a file is missing.
    """
    whole = hashlib.sha256(_MADE_BY.encode())
    files = [release / "tts_kokoro" / "model.onnx", *(weights / file for file in FILES.values())]
    for path in [*files, *sorted(_packs(weights))]:
        try:
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise WeightsUnusable(f"{path} cannot be read: {error.strerror}") from error
    for language in SENTENCES:
        whole.update("\n".join(_texts(language)).encode())
    return whole.hexdigest()


def _texts(language: Language) -> Sequence[str]:
    return SENTENCES[language][: PIECES * FOR_LIKENESS]


def _packs(weights: Path) -> list[Path]:
    found = list((weights / "tts_kokoro_float" / "voices").glob("*.bin"))
    if not found:
        raise WeightsUnusable(f"{weights} has no voices.")
    return found


def _read(path: Path, made_from: str) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as table:
            whole = dict(table)
        return whole if str(whole["made_from"]) == made_from else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # what is not there or damaged is made again


def _part(table: dict[str, np.ndarray], language: Language, band_hz: int) -> StockVoices:
    band_hz = TELEPHONE_HZ if band_hz <= TELEPHONE_HZ else BANDS_HZ[-1]
    found: dict[JudgeName, Floats] = {}
    for name in JUDGES:
        found[name] = table[f"{language}_{band_hz}_{name}"].astype(np.float32)
    return StockVoices(names=tuple(map(str, table["names"])), embeddings=found)


def _write(path: Path, table: dict[str, np.ndarray]) -> None:
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **table)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content.getvalue())
    draft.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the committed table again."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="objects of the profile voice")
    parser.add_argument("--release", type=Path, required=True, help="objects of lite")
    options = parser.parse_args(arguments)
    table = make(
        options.weights,
        options.release,
        ("zh", "en"),
        lambda step, of: print(f"{step} of {of}", flush=True),
    )
    _write(TABLE, table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
