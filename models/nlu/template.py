"""Sentence templates: ``(a|b|)`` is a choice, ``x?`` an optional character, ``{slot}`` a filler."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Fillers = dict[str, Callable[[np.random.Generator], str]]


class TemplateError(ValueError):
    """A template that cannot be read; it names the template and the place."""


def expand(template: str, fillers: Fillers, rng: np.random.Generator) -> str:
    """One sentence of a template, by chance; spaces are squeezed.

    Raises:
        TemplateError: an unbalanced bracket or a slot without a filler.
    """
    text, at = _sequence(template, 0, fillers, rng)
    if at != len(template):
        raise TemplateError(f"{template!r}: unexpected {template[at]!r} at {at}")
    return " ".join(text.split())


def _sequence(
    template: str, at: int, fillers: Fillers, rng: np.random.Generator
) -> tuple[str, int]:
    """What stands from ``at`` to the next ``|``, ``)`` or the end."""
    parts: list[str] = []
    while at < len(template) and template[at] not in "|)":
        if template[at] == "(":
            piece, at = _choice(template, at + 1, fillers, rng)
        elif template[at] == "{":
            end = template.find("}", at)
            name = template[at + 1 : end]
            if end < 0 or name not in fillers:
                raise TemplateError(f"{template!r}: no filler for the slot at {at}")
            piece, at = fillers[name](rng), end + 1
        else:
            piece, at = template[at], at + 1
        if at < len(template) and template[at] == "?":
            piece, at = (piece if rng.random() < 0.5 else ""), at + 1
        parts.append(piece)
    return "".join(parts), at


def _choice(template: str, at: int, fillers: Fillers, rng: np.random.Generator) -> tuple[str, int]:
    """One of the alternatives up to the closing bracket."""
    options: list[str] = []
    while True:
        option, at = _sequence(template, at, fillers, rng)
        options.append(option)
        if at >= len(template):
            raise TemplateError(f"{template!r}: a bracket is not closed")
        at += 1
        if template[at - 1] == ")":
            return options[int(rng.integers(len(options)))], at
