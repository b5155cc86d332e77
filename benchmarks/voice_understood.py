"""How well a voice of ``benchmarks/voice.py`` is understood beside the stock voice, by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks.voice_run import NotDone, Places, fingerprint
from engines._core import edit_distance
from engines.text.normalise import Language
from models.tts import stock_heard
from models.tts.evaluate import Pack, evaluate
from models.tts.heard_back import error_rate, spoken
from models.tts.stock_heard import Heard
from models.tts.whole_file import write_whole

_DRAWS: Final = 5_000


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """``heard.json`` beside a fitted voice, ``heard-NAME.json`` of a stock voice."""

    made_from: str
    heard: Heard


def how_understood(
    voice: Path, places: Places, language: Language, *, only_done: bool = False
) -> dict[str, Any]:
    """Error rates of both in all 23 sentences, and their difference with its interval.

    Args:
        voice: file of the fitted voice; what is heard of it is kept beside it.
        places: of weights.
        language: spoken.
        only_done: hear nothing.

    Raises:
        NotDone: ``only_done``, and it was not heard.
        KefuError: weights are missing or broken, or a text cannot be spoken.
    """
    pack = stock_heard.default_pack(places.weights, language)
    kept = voice.with_name("heard.json"), places.work / f"heard-{pack.stem}.json"
    fitted, stock = (
        _heard(one, places.release, language, where, only_done=only_done)
        for one, where in zip((voice, pack), kept, strict=True)
    )
    low, high = interval(fitted, stock, language)
    rates = error_rate(fitted, language), error_rate(stock, language)
    return {
        "error_rate": round(rates[0], 4),
        "stock_error_rate": round(rates[1], 4),
        "cer_change": round(rates[0] - rates[1], 4),
        "cer_change_low95": low,
        "cer_change_high95": high,
        "sentences": len(fitted),
    }


def interval(
    fitted: Sequence[tuple[str, str]], stock: Sequence[tuple[str, str]], language: Language
) -> tuple[float, float]:
    """95 % of the difference of error rates, over sentences (bootstrap, both in the same ones)."""
    wrong = np.array([[_wrong(*pair, language) for pair in some] for some in (fitted, stock)])
    length = np.array([len(spoken(said, language)) for said, _ in fitted])
    drawn = np.random.default_rng(11).integers(0, length.size, (_DRAWS, length.size))
    rates = wrong[:, drawn].sum(axis=2) / length[drawn].sum(axis=1)
    low, high = np.quantile(rates[0] - rates[1], [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def _wrong(said: str, heard: str, language: Language) -> int:
    return edit_distance(spoken(said, language), spoken(heard, language))


def _heard(pack: Path, release: Path, language: Language, kept: Path, *, only_done: bool) -> Heard:
    made_from = f"{fingerprint('evaluate')} {stock_heard.fingerprint(release, pack, language)}"
    try:
        before = msgspec.json.decode(kept.read_bytes(), type=_Kept)
    except (OSError, ValueError, RecursionError):
        before = None  # not heard yet, or cut off
    if before is not None and before.made_from == made_from:
        return before.heard
    if only_done:
        raise NotDone
    (found,) = evaluate(release, {"voice": Pack(file=pack, language=language)})
    write_whole(kept, msgspec.json.encode(_Kept(made_from=made_from, heard=found.heard)))
    return found.heard
