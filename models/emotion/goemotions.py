"""GoEmotions' 28 emotions mapped onto our eight.

First as GoEmotions' authors group them into Ekman's six and neutral (the seven of
``emotion-english-distilroberta-base``), then to eight, for callers: relief is calm; curiosity and
confusion are neutral, since a caller's question is no surprise; approval, realization, caring,
desire, disapproval, optimism and pride are left out, because in a comment on the web and on the
telephone they sound different. A sentence whose emotions fall into two of ours is left out.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Final

MAPPING: Final = {
    "anger": "angry",
    "annoyance": "angry",
    "disgust": "disgust",
    "fear": "fearful",
    "nervousness": "fearful",
    "joy": "happy",
    "amusement": "happy",
    "excitement": "happy",
    "gratitude": "happy",
    "love": "happy",
    "admiration": "happy",
    "relief": "calm",
    "sadness": "sad",
    "disappointment": "sad",
    "embarrassment": "sad",
    "grief": "sad",
    "remorse": "sad",
    "surprise": "surprised",
    "curiosity": "neutral",
    "confusion": "neutral",
    "neutral": "neutral",
}


def read(data: Path, split: str) -> list[tuple[str, str]]:
    """(emotion of ours, sentence) of a split: train, dev or test; each sentence once."""
    path = data / "emotion-text-en-goemotions" / f"{split}.jsonl.gz"
    found: dict[str, str] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            labels = {MAPPING.get(emotion, "") for emotion in row["emotions"]}
            if len(labels) == 1 and "" not in labels:
                found[row["text"]] = labels.pop()
    return [(emotion, text) for text, emotion in found.items()]
