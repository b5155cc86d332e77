"""The survey at a call's end: how did the voice sound, 1 to 5, by key or word.

Asked once, of callers who were served and not angry; whatever else is answered ends the call, and
only another request goes on. The scenario asks for it (``survey: voice``).
"""

from __future__ import annotations

import re
from typing import Final

from engines.dialog.draft import Draft
from engines.dialog.learning import sure
from engines.dialog.moves import Move
from engines.dialog.questions import RATE_VOICE
from engines.dialog.reading import Reading

_NUMBERS: Final = {
    **{str(number): number for number in range(1, 6)},
    **dict(zip("一二三四五", range(1, 6), strict=True)),
    **{"两": 2, "兩": 2},
    **dict(zip(("one", "two", "three", "four", "five"), range(1, 6), strict=True)),
}
_FULL_MARKS: Final = re.compile(
    r"满分[是为]?[五5]分?|[五5]分(?:满分|里面?|中)|\bout of (?:five|5)\b"
)
"""What is said of the scale, not of the voice."""
_POINTS: Final = re.compile(r"(?<![\d.十百点點])([1-5一二两兩三四五])(?=\s*(?:分|颗|顆|星))")
_ALONE: Final = re.compile(r"(?:那?就?我?给?打?|按)([1-5一二两兩三四五])(?:吧|啊|呀|了)*")
_ENGLISH: Final = re.compile(r"(?<![\d.])(one|two|three|four|five|[1-5])(?![\d.]*\d|[a-z])")
_FEW_WORDS: Final = 6
_PUNCTUATION: Final = re.compile(r"[\s，。！？、,.!?]+")


def answers_survey(draft: Draft, reading: Reading) -> Move | None:
    """A score is kept; another request is served; anything else ends the call."""
    if draft.step != RATE_VOICE:
        return None
    score = score_in(reading.sentence)
    if not score and draft.playbook.started_by(reading.intent) is not None and sure(draft, reading):
        return None
    return rated(draft, score)


def rated(draft: Draft, score: int) -> Move:
    """Thanks and goodbye; ``score`` 1 to 5, 0: none was given."""
    draft.score = score
    draft.because(f"The caller rates the voice {score}." if score else "The voice is not rated.")
    survey = draft.playbook.survey
    thanks = draft.words(survey.thanks) if score and survey is not None else ()
    return draft.goodbye(thanks)


def score_in(text: str) -> int:
    """The one score that was said, 1 to 5; 0 where there is none, or more than one."""
    plain = _FULL_MARKS.sub(" ", text.lower())
    found = _POINTS.findall(plain)
    if not found:
        alone = _ALONE.fullmatch(_PUNCTUATION.sub("", plain))
        found = [alone[1]] if alone else []
    if not found and len(plain.split()) <= _FEW_WORDS:
        found = _ENGLISH.findall(plain)
    scores = {_NUMBERS[one] for one in found}
    return scores.pop() if len(scores) == 1 else 0
