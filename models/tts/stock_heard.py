"""What the recogniser hears of the stock voices in the further sentences: made once, committed.

    python -m models.tts.stock_heard --weights VOICE_FILES --release LITE_FILES

A fitted voice whose seven sentences leave a doubt is compared in all 23. A stock voice says them
always alike, so a box need not hear it in the others too; but a table of other weights, or of a
machine on which the seven were heard otherwise, does not count.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec

from engines.errors import WeightsUnusable
from engines.text.normalise import Language
from engines.tts.synthesiser import PRONUNCIATION, SynthesiserSettings
from models.tts.further_sentences import ALL
from models.tts.whole_file import write_whole

TABLE: Final = Path(__file__).parent / "stock_heard.json"
_MADE_BY: Final = "1"
"""Raised when the way in which they are heard changes."""
_NETWORKS: Final = (
    "tts_kokoro/model.onnx",
    "tts_kokoro/tokenizer.json",
    "asr_whisper/model.bin",
    "asr_whisper/config.json",
    "asr_whisper/tokenizer.json",
    "asr_whisper/vocabulary.txt",
    "nlu_lac/q2b.dic",
)
Heard = tuple[tuple[str, str], ...]


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    made_from: str
    heard: Heard


def default_pack(weights: Path, language: Language) -> Path:
    """Of the stock voice that speaks a language by default; its stem is the voice's name.

    Args:
        weights: objects of the profile ``voice``.
        language: spoken.
    """
    name = SynthesiserSettings().voice(language).name
    return weights / "tts_kokoro_float" / "voices" / f"{name}.bin"


def stock_heard(
    release: Path, pack: Path, language: Language, seven: Heard, table: Path = TABLE
) -> Heard:
    """(said, heard) of each of ``FURTHER``; () where it is not known of these weights.

    Args:
        release: folder of the objects of ``lite``.
        pack: of the stock voice.
        language: spoken.
        seven: what this machine hears of ``SENTENCES``.
        table: ``stock_heard.json``.

    Raises:
        WeightsUnusable: a file of the weights is missing.
    """
    try:
        rows = msgspec.json.decode(table.read_bytes(), type=dict[Language, _Row])
    except (OSError, ValueError, RecursionError):
        return ()  # what is not there or damaged is heard anew
    row = rows.get(language)
    if row is None or row.made_from != fingerprint(release, pack, language):
        return ()
    return row.heard[len(seven) :] if row.heard[: len(seven)] == seven else ()


def fingerprint(release: Path, pack: Path, language: Language) -> str:
    """SHA-256 over the networks, the pack and the sentences that a row is made from.

    Raises:
        WeightsUnusable: a file is missing.
    """
    made_by = (_MADE_BY, str(PRONUNCIATION), *ALL[language])
    whole = hashlib.sha256("\n".join(made_by).encode())
    for path in [*(release / name for name in _NETWORKS), pack]:
        try:
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise WeightsUnusable(f"{path} cannot be read: {error.strerror}.") from error
    return whole.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the committed table again: two minutes of a core."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="objects of the profile voice")
    parser.add_argument("--release", type=Path, required=True, help="objects of lite")
    options = parser.parse_args(arguments)
    # What recognises and speaks is not needed by whoever reads the table.
    from models.tts.evaluate import Pack, evaluate

    found: dict[Language, _Row] = {}
    for language in get_args(Language):
        pack = default_pack(options.weights, language)
        (one,) = evaluate(options.release, {pack.stem: Pack(file=pack, language=language)})
        made_from = fingerprint(options.release, pack, language)
        found[language] = _Row(made_from=made_from, heard=one.heard)
        print(f"{language} {one.voice} {one.error_rate:.1%}", flush=True)
    write_whole(TABLE, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
