"""How well a voice of ``benchmarks/voice.py`` is understood beside the stock voice, by sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from engines._core import edit_distance
from engines.text.normalise import Language
from engines.tts.synthesiser import SynthesiserSettings
from models.tts.evaluate import Pack, evaluate
from models.tts.further_sentences import ALL
from models.tts.heard_back import error_rate, spoken
from models.tts.stock_heard import Heard, stock_heard

_DRAWS: Final = 5_000


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """``heard-NAME.json`` beside a voice."""

    made_from: str
    heard: Heard


def how_understood(voice: Path, release: Path, weights: Path, language: Language) -> dict[str, Any]:
    """Error rates of both in all 23 sentences, and their difference with its interval.

    Args:
        voice: file of the fitted voice; what is heard of it is kept beside it.
        release: folder of the objects of ``lite``.
        weights: objects of the profile ``voice``.
        language: spoken.
    """
    name = SynthesiserSettings().voice(language).name
    pack = weights / "tts_kokoro_float" / "voices" / f"{name}.bin"
    fitted = _heard(voice, release, language, voice.with_name("heard.json"))
    stock = stock_heard(release, pack, language)
    if stock is None:
        stock = _heard(pack, release, language, voice.with_name(f"heard-{name}.json"))
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


def _heard(pack: Path, release: Path, language: Language, kept: Path) -> Heard:
    made_from = hashlib.sha256(pack.read_bytes() + "\n".join(ALL[language]).encode()).hexdigest()
    if kept.exists():
        before = msgspec.json.decode(kept.read_bytes(), type=_Kept)
        if before.made_from == made_from:
            return before.heard
    (found,) = evaluate(release, {"voice": Pack(file=pack, language=language)})
    kept.write_bytes(msgspec.json.encode(_Kept(made_from=made_from, heard=found.heard)))
    return found.heard
