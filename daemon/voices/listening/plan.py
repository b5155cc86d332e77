"""Which clips are played and what is asked about them, in no order that could tell anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, Literal

import msgspec

from daemon.voices.listening.trials import CONDITIONS, Clip, Condition, Trial

FEWEST_SENTENCES: Final = 3
MOST_SENTENCES: Final = 40
_ID_BITS: Final = 64


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of a voice: read by the person, and to be spoken by both voices."""

    text: str
    file: str
    """The person's recording, in ``samples/``."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that will be heard and asked, shuffled."""

    clips: tuple[Clip, ...]
    """Without their durations: nothing was spoken yet."""
    trials: tuple[Trial, ...]


def plan(
    lines: Mapping[str, Sequence[Line]],
    training: Mapping[str, tuple[str, str]],
    speakers: Mapping[str, str],
    random: Random,
) -> Plan:
    """The plan of a page.

    Each sentence is heard once from the person, the fitted and the stock voice; one clip of each
    condition is asked about again. Half as many pairs as sentences hold each condition against a
    real recording of another sentence, so that the words never tell.

    Args:
        lines: of each voice, at least ``FEWEST_SENTENCES``.
        training: of each voice two sentences that are no ``lines``; the first voice's are used.
        speakers: of each voice the name of its stock voice.
        random: draws ids, pairs and order; never that of the page's seed, which the page shows.
    """
    clips: list[Clip] = []
    quality: list[Trial] = []
    same: list[Trial] = []
    for voice, chosen in lines.items():
        heard = {
            (condition, number): Clip(
                id=_id(random),
                voice=voice,
                condition=condition,
                sentence=number,
                text=line.text,
                seconds=0.0,
                source={"real": line.file, "fitted": voice, "stock": speakers[voice]}[condition],
            )
            for number, line in enumerate(chosen)
            for condition in CONDITIONS
        }
        clips += heard.values()
        asked = {place: _trial(random, "quality", [clip]) for place, clip in heard.items()}
        quality += asked.values()
        for condition in CONDITIONS:
            again = asked[condition, random.randrange(len(chosen))]
            quality.append(msgspec.structs.replace(again, id=_id(random), repeats=again.id))
        same += _pairs(heard, len(chosen), random)
    practice, first = _training(training, speakers, random)
    clips += practice
    # The order of clips and trials in the page must not be that of the conditions.
    for some in (clips, quality, same):
        random.shuffle(some)
    return Plan(clips=tuple(clips), trials=(*first, *quality, *same))


def _pairs(
    heard: Mapping[tuple[Condition, int], Clip], sentences: int, random: Random
) -> list[Trial]:
    found = []
    for condition in CONDITIONS:
        for number in random.sample(range(sentences), max(2, sentences // 2)):
            other = random.choice([one for one in range(sentences) if one != number])
            pair = [heard["real", number], heard[condition, other]]
            trial = _trial(random, "same", pair)
            if random.random() < 0.5:
                trial = msgspec.structs.replace(trial, clips=trial.clips[::-1])
            found.append(trial)
    return found


def _training(
    texts: Mapping[str, tuple[str, str]], speakers: Mapping[str, str], random: Random
) -> tuple[list[Clip], list[Trial]]:
    """One question of each kind, by a stock voice: how it goes is learnt where nothing counts."""
    voice, said = next(iter(texts.items()))
    clips = [
        Clip(
            id=_id(random),
            voice=voice,
            condition="stock",
            sentence=-1 - number,
            text=text,
            seconds=0.0,
            source=speakers[voice],
        )
        for number, text in enumerate(said)
    ]
    trials = [_trial(random, "quality", clips[:1]), _trial(random, "same", clips)]
    return clips, [msgspec.structs.replace(trial, training=True) for trial in trials]


def _trial(random: Random, kind: Literal["quality", "same"], clips: Sequence[Clip]) -> Trial:
    return Trial(
        id=_id(random),
        kind=kind,
        clips=tuple(clip.id for clip in clips),
        voice=clips[-1].voice,
        condition=clips[-1].condition,
    )


def _id(random: Random) -> str:
    return f"{random.getrandbits(_ID_BITS):016x}"
