"""The voice's and the fusion's part of ``CARD.md``, from what was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from engines.emotion.baseline import LEAST_UTTERANCES, Baseline, Prosody, features, updated
from engines.emotion.feeling import LABELS, Feeling
from engines.emotion.fusion import FusionSettings, fuse
from engines.emotion.voice import ORDINARY, voice_feeling
from models.emotion import speech
from models.emotion.speech import Clip
from models.nlu.statistics import Share, bootstrap, wilson

CATALOGUE: Final = Path(__file__).parents[1] / "catalog" / "lite.toml"
AROUSED: Final = ("angry", "fearful", "happy", "surprised")
"""Classes that the reviews describe as louder, higher and faster."""
_CLIPS_A_SENTENCE: Final = 8
_Counts = Callable[[str, str], bool]
"""Of what was meant and what was answered."""


class _Catalogue(msgspec.Struct):
    settings: dict[str, dict[str, Any]]


def baseline_of(utterances: Iterable[Prosody]) -> Baseline:
    """What is usual for who spoke these."""
    baseline = Baseline()
    for prosody in utterances:
        baseline = updated(baseline, prosody)
    return baseline


def against_neutral(clips: list[Clip], most: int = 4) -> list[Feeling]:
    """Each clip judged beside at most so many neutral clips of its own actor, never itself."""
    neutral: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if clip.emotion == "neutral":
            neutral[clip.speaker].append(clip)
    return [
        voice_feeling(
            clip.prosody,
            baseline_of([one.prosody for one in neutral[clip.speaker] if one is not clip][:most]),
        )
        for clip in clips
    ]


def in_any_order(clips: list[Clip], rng: np.random.Generator) -> list[Feeling]:
    """Each clip judged beside all that its actor said before, whatever he felt then."""
    feelings: dict[int, Feeling] = {}
    baselines: dict[str, Baseline] = defaultdict(Baseline)
    for index in rng.permutation(len(clips)).tolist():
        clip = clips[index]
        feelings[index] = voice_feeling(clip.prosody, baselines[clip.speaker])
        baselines[clip.speaker] = updated(baselines[clip.speaker], clip.prosody)
    return [feelings[index] for index in range(len(clips))]


def aroused(feeling: Feeling) -> bool:
    """The aroused classes together have more than half of the posterior."""
    return sum(feeling.scores[LABELS.index(label)] for label in AROUSED) > 0.5


def section(data: Path, texts: dict[str, list[tuple[str, Feeling]]]) -> str:
    """Markdown. ``texts``: by set, the emotion of each sentence, and what its text says."""
    lite = of_lite()
    clips = speech.acted(data)
    levelled = speech.acted(data, levelled=True)
    feelings = against_neutral(clips)
    conditions = {
        "4 neutral clips": (clips, feelings),
        f"{LEAST_UTTERANCES} neutral clips": (clips, against_neutral(clips, LEAST_UTTERANCES)),
        "4 neutral clips, every clip equally loud": (levelled, against_neutral(levelled)),
        "all earlier clips, in any order": (
            clips,
            in_any_order(clips, np.random.default_rng(7)),
        ),
    }
    return _TEMPLATE.format(
        ordinary="\n".join(_ordinary_rows(speech.ordinary(data))),
        used=", ".join(f"{value:g}" for value in ORDINARY),
        base=f"{lite.base.voice:g} voice, {lite.base.text:g} text",
        threshold=lite.threshold,
        conditions="\n".join(_condition(name, *pair) for name, pair in conditions.items()),
        emotions="\n".join(_emotion(label, clips, feelings) for label in LABELS),
        fusion="\n".join(_fusion_rows(texts, clips, feelings)),
    )


def _ordinary_rows(speakers: dict[str, list[Prosody]]) -> list[str]:
    rows, judged, anger, total = [], 0, 0, 0
    for name, own in speakers.items():
        spread = np.array([features(prosody) for prosody in own]).std(axis=0, ddof=1)
        said = [
            voice_feeling(prosody, baseline_of(own[:place])) for place, prosody in enumerate(own)
        ][LEAST_UTTERANCES:]
        outside = sum(bool(feeling.scores) for feeling in said)
        judged, total = judged + outside, total + len(said)
        anger += sum(feeling.label == "angry" for feeling in said)
        figures = " | ".join(f"{value:.1f}" for value in spread)
        rows.append(f"| {name} | {figures} | {wilson(outside, len(said))} |")
    rows.append(f"| all | | | | | | {wilson(judged, total)}; angry {wilson(anger, total)} |")
    return rows


def _condition(name: str, clips: list[Clip], feelings: list[Feeling]) -> str:
    pairs = list(zip(clips, feelings, strict=True))
    judged = [(clip, feeling) for clip, feeling in pairs if feeling.scores]
    labelled = [(clip, feeling) for clip, feeling in judged if feeling.label]
    arousal = wilson(
        sum(aroused(feeling) == (clip.emotion in AROUSED) for clip, feeling in judged), len(judged)
    )
    right = sum(clip.emotion == feeling.label for clip, feeling in labelled)
    return (
        f"| {name} | {wilson(len(judged), len(pairs))} | {arousal} "
        f"| {wilson(len(labelled), len(pairs))} | {wilson(right, len(labelled))} |"
    )


def _emotion(label: str, clips: list[Clip], feelings: list[Feeling]) -> str:
    own = [feeling for clip, feeling in zip(clips, feelings, strict=True) if clip.emotion == label]
    judged = [feeling for feeling in own if feeling.scores]
    up = sum(aroused(feeling) for feeling in judged)
    named = sorted({feeling.label for feeling in own if feeling.label})
    counts = {name: sum(feeling.label == name for feeling in own) for name in named}
    said = ", ".join(f"{name} {count}" for name, count in counts.items()) or "–"
    return (
        f"| {label} | {wilson(up, len(own))} | {wilson(len(judged) - up, len(own))} "
        f"| {len(own) - len(judged)} | {said} |"
    )


def _fusion_rows(
    texts: dict[str, list[tuple[str, Feeling]]], clips: list[Clip], feelings: list[Feeling]
) -> list[str]:
    """Text alone beside both, by sentence, over voices of the same emotion drawn at random."""
    by_emotion: dict[str, list[Feeling]] = defaultdict(list)
    for clip, feeling in zip(clips, feelings, strict=True):
        by_emotion[clip.emotion].append(feeling)
    weights = {"the document's weights": FusionSettings(), "the weights of `lite`": of_lite()}
    rows = []
    for name, sentences in texts.items():
        emotions = [emotion for emotion, _ in sentences]
        rows.append(_fusion_row(f"{name}: text alone", emotions, [[t.label] for _, t in sentences]))
        for whose, settings in weights.items():
            rng = np.random.default_rng(7)
            answers = [
                [
                    fuse(by_emotion[emotion][index], text, settings).label
                    for index in rng.permutation(len(by_emotion[emotion]))[:_CLIPS_A_SENTENCE]
                ]
                for emotion, text in sentences
            ]
            rows.append(_fusion_row(f"{name}: with the voice, {whose}", emotions, answers))
    return rows


def of_lite() -> FusionSettings:
    """What the catalogue of the profile sets."""
    catalogue = msgspec.toml.decode(CATALOGUE.read_bytes(), type=_Catalogue)
    return msgspec.convert(catalogue.settings["emotion_fusion"], FusionSettings)


def _fusion_row(name: str, emotions: list[str], answers: list[list[str]]) -> str:
    return (
        f"| {name} | {_share(emotions, answers, lambda truth, said: said == truth)} "
        f"| {_share(emotions, answers, lambda truth, said: said not in ('', truth))} "
        f"| {_share(emotions, answers, lambda truth, said: said == 'angry', only='angry')} "
        f"| {_share(emotions, answers, lambda truth, said: said == 'angry', never='angry')} |"
    )


def _share(
    emotions: list[str],
    answers: list[list[str]],
    counts: _Counts,
    *,
    only: str = "",
    never: str = "",
) -> Share:
    values = [
        float(np.mean([counts(truth, said) for said in own]))
        for truth, own in zip(emotions, answers, strict=True)
        if truth == (only or truth) and truth != never
    ]
    return bootstrap(np.array(values))


_TEMPLATE: Final = """## Voice

**What it is.** Rules, no weights: pitch, its spread, level, its spread and syllables a second
(`engines/emotion/prosody.py`), as deviations from the caller's own earlier utterances, are compared
by direction with what two reviews of the literature say of each emotion (`engines/emotion/voice.py`
names them and holds the table). Without two earlier utterances, and within 3.3 deviations of them,
it abstains.

**Learnt from.** Only the deviations of ordinary speech, from the clean corpora below. RAVDESS
(CC BY-NC-SA 4.0) was evaluated on and nothing of it is shipped. Nothing was fitted to it, but the
concentration about the directions, the base and the threshold of the fusion in `lite` were chosen
while its table stood by: take its figures as an upper bound. A linear head on the recogniser's
encoder, trained on RAVDESS, reaches 0.66 of its eight classes on other actors of it and 0.25 on
acted Mandarin: its licence keeps it out of the product.

### Ordinary speech, 8 kHz G.711: deviations, and how often it is judged to stand out

Every utterance is judged beside all earlier ones of its speaker. Nobody acts here, so that each
judgement counts as a false alarm (a real caller may have been moved).

| speaker | pitch, semitones | its spread | level, dB | its spread | syllables/s | stands out |
| --- | --- | --- | --- | --- | --- | --- |
{ordinary}

The engine takes {used} until it knows the caller.

### Acted English (RAVDESS, 24 actors, 8 kHz G.711), by what it is compared with

Every actor is compared with himself alone, so every speaker is new. "Aroused": angry, fearful,
happy and surprised together have more than half of the posterior, which is right for those four.

| baseline | stands out | arousal right, of those | named | named rightly, of those |
| --- | --- | --- | --- | --- |
{conditions}

With 4 neutral clips (a neutral clip: beside the other three), by emotion:

| emotion | aroused | subdued | as usual | named |
| --- | --- | --- | --- | --- |
{emotions}

### Voice and text

No corpus has both: each written sentence of the test above is joined with eight RAVDESS clips of
the same emotion, drawn at random. By sentence, with 95 % interval:

| | right | wrong | anger found | other taken for anger |
| --- | --- | --- | --- | --- |
{fusion}

The document's weights were written for a strong voice engine. With this one they make the caller
"unsure" too often, so `lite` moves the base to {base} and the threshold to {threshold:g}
(`models/catalog/lite.toml`); every row of the table moves with the base. Where the intervals of two
rows overlap, no gain is shown.

### What the voice is bad at

- It tells how aroused a caller is, not whether he likes it: alone, its name for an emotion is wrong
  three times out of four. That is why its confidence stays near 0.5, and why the fusion lets it tip
  a text that leans and never lets it overrule a clear sentence.
- Loud sobbing is aroused; a calm voice and a sad one are mostly as usual.
- A caller who is angry from his first word is his own baseline: only the text can tell.
- A hand-set moved to the mouth is louder, and automatic gain hides what is louder (third row).
- Tones and their reduction in Mandarin move pitch by themselves; no acted Mandarin with a clean
  licence was found, so that its rate of right names is unknown.
"""
