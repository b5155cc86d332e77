"""How near a voice came to a person: cosines of one judge, and the share of the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from models.tts.clip import Floats

_LIMIT: Final = 10.0
_NOTHING: Final = 1e-6


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """One judge's cosines; the fields of a card's ``Judged``."""

    nearest_stock: float
    nearest_stock_voice: str
    fitted: float
    ceiling: float
    """Of the person's recordings among themselves."""
    others: float
    """The highest of the fitted voice to anybody else; −1 where nobody else is known."""
    share_of_the_way: float
    """(fitted − nearest stock) ÷ (ceiling − nearest stock), −10..10."""
    first: bool
    """The person is nearer to the fitted voice than everybody else."""


def likeness(
    *,
    persons: Floats,
    again: Sequence[Floats],
    fitted: Floats,
    stock: Floats,
    stock_names: Sequence[str],
    others: Floats,
) -> Likeness:
    """Compare embeddings of length 1 of one judge; cosines of pieces are averaged.

    All pieces are of the same length: an embedding is the nearer, the more it heard.

    Args:
        persons: (P, D) the person, as heard in P sets of recordings that nothing was fitted to.
        again: for each set (K, D), the same person in K pieces of other recordings.
        fitted: (F, D) the fitted voice, in F pieces.
        stock: (S, D) the stock voices, at least one; each a mean over pieces.
        stock_names: their names.
        others: (O, D) other people; O may be 0.
    """
    to_stock = (stock @ persons.T).mean(axis=1)
    nearest = int(to_stock.argmax())
    to_person = float((persons @ fitted.T).mean())
    ceiling = float(
        np.mean([(other @ one).mean() for one, other in zip(persons, again, strict=True)])
    )
    to_others = float((others @ fitted.T).mean(axis=1).max()) if len(others) else -1.0
    return Likeness(
        nearest_stock=round(float(to_stock[nearest]), 4),
        nearest_stock_voice=stock_names[nearest],
        fitted=round(to_person, 4),
        ceiling=round(ceiling, 4),
        others=round(to_others, 4),
        share_of_the_way=share_of_the_way(float(to_stock[nearest]), to_person, ceiling),
        first=to_person > to_others,
    )


def share_of_the_way(stock: float, fitted: float, person: float) -> float:
    """How far the fitted voice came from a stock voice to the person, −10..10: all are cosines."""
    way = person - stock
    share = (fitted - stock) / (way if abs(way) > _NOTHING else _NOTHING)
    return round(max(-_LIMIT, min(_LIMIT, share)), 4)
