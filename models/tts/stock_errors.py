"""How well the stock voices are understood: measured once, committed.

    python -m models.tts.stock_errors --weights VOICE_FILES --release LITE_FILES

Each voice says everyday sentences of the language that it was made from, on the run-time network,
and the product's recogniser hears them by telephone. A voice that it does not understand lends
nobody its prosody or its timbre.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final, get_args

import msgspec

from engines.errors import WeightsUnusable
from engines.text.normalise import Language
from engines.tts.kokoro import RATE_HZ
from models.tts.reading import ORDINARY
from models.tts.voice_packs import VoicePacks
from models.tts.whole_file import write_whole

TABLE: Final = Path(__file__).parent / "stock_errors.json"
_MARGIN: Final = 0.1
"""Above the median of the voices of a language."""

ErrorRates = dict[Language, dict[str, float]]


def understood(names: Sequence[str], table: Path = TABLE) -> tuple[str, ...]:
    """Those of the voices that are understood; whoever is not in the table is.

    Args:
        names: of voices of any language.
        table: ``stock_errors.json``.

    Raises:
        WeightsUnusable: the table is missing or damaged.
    """
    try:
        found = msgspec.json.decode(table.read_bytes(), type=ErrorRates)
        rates = [found[language] for language in get_args(Language)]
    except (OSError, KeyError, msgspec.MsgspecError) as reason:
        raise WeightsUnusable(f"{table} is missing or damaged: {reason}.") from reason
    misheard = {
        name
        for some in rates
        for name, rate in some.items()
        if rate > median(some.values()) + _MARGIN
    }
    return tuple(name for name in names if name not in misheard)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the committed table again: ten minutes of a core."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="objects of the profile voice")
    parser.add_argument("--release", type=Path, required=True, help="objects of lite")
    options = parser.parse_args(arguments)
    # What recognises and speaks is not needed by whoever reads the table.
    from models.tts.heard_back import HearBack, error_rate
    from models.tts.spoken import Voices

    folder = options.weights / "tts_kokoro_float" / "voices"
    stock, ear = VoicePacks(folder), HearBack(options.release)
    found: ErrorRates = {}
    with Voices(options.release, {name: folder / f"{name}.bin" for name in stock.names}) as voices:
        for language in get_args(Language):
            found[language] = {}
            texts = ORDINARY[language]
            for name in stock.speaking(language):
                heard = [
                    (text, ear.hear(voices.say(text, language, name).pcm, RATE_HZ, language, text))
                    for text in texts
                ]
                found[language][name] = round(error_rate(heard, language), 4)
                print(f"{language} {name} {found[language][name]:.1%}", flush=True)
    write_whole(TABLE, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
