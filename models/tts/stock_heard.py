"""What the recogniser hears of the stock voices that speak by default: made once, committed.

    python -m models.tts.stock_heard --weights VOICE_FILES --release LITE_FILES

A fitted voice whose seven sentences leave a doubt is compared in all of them. What the stock voice
makes of them is always the same, so no box has to hear it again; with other weights or sentences
the table does not count.
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
from engines.tts.kokoro import RATE_HZ
from engines.tts.synthesiser import SynthesiserSettings
from models.tts.further_sentences import ALL
from models.tts.whole_file import write_whole

TABLE: Final = Path(__file__).parent / "stock_heard.json"
_MADE_BY: Final = "1"
"""Raised when the way in which they are heard changes."""
_NETWORKS: Final = ("tts_kokoro/model.onnx", "asr_whisper/model.bin", "nlu_lac/q2b.dic")
Heard = tuple[tuple[str, str], ...]


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    made_from: str
    heard: Heard


def stock_heard(release: Path, pack: Path, language: Language, table: Path = TABLE) -> Heard | None:
    """(said, heard) of each sentence of ``ALL``; None: it is not known of these weights.

    Args:
        release: folder of the objects of ``lite``.
        pack: of the stock voice.
        language: spoken.
        table: ``stock_heard.json``.

    Raises:
        WeightsUnusable: a file of the weights is missing.
    """
    try:
        rows = msgspec.json.decode(table.read_bytes(), type=dict[Language, _Row])
    except (OSError, ValueError, RecursionError):
        return None  # what is not there or damaged is heard anew
    row = rows.get(language)
    return row.heard if row and row.made_from == fingerprint(release, pack, language) else None


def fingerprint(release: Path, pack: Path, language: Language) -> str:
    """SHA-256 over the networks, the pack and the sentences that a row is made from.

    Raises:
        WeightsUnusable: a file is missing.
    """
    whole = hashlib.sha256("\n".join((_MADE_BY, *ALL[language])).encode())
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
    from models.tts.heard_back import HearBack, error_rate
    from models.tts.spoken import Voices

    ear, found = HearBack(options.release), dict[Language, _Row]()
    for language in get_args(Language):
        name = SynthesiserSettings().voice(language).name
        pack = options.weights / "tts_kokoro_float" / "voices" / f"{name}.bin"
        with Voices(options.release, {name: pack}) as voices:
            heard = tuple(
                (text, ear.hear(voices.say(text, language, name).pcm, RATE_HZ, language, text))
                for text in ALL[language]
            )
        made_from = fingerprint(options.release, pack, language)
        found[language] = _Row(made_from=made_from, heard=heard)
        print(f"{language} {name} {error_rate(heard, language):.1%}", flush=True)
    write_whole(TABLE, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
