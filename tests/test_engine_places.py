"""An engine stands in five places (docs/adding-an-engine.md); this names the missing one."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINES = {
    # engine in the release: (module, card, benchmark)
    "vad_silero": ("engines/vad/silero.py", "models/vad/CARD.md", "benchmarks/endpointing.py"),
    "asr_whisper": ("engines/asr/whisper.py", "models/asr/CARD.md", "benchmarks/asr.py"),
    "nlu_use": ("engines/nlu/use.py", "models/nlu/CARD.md", "benchmarks/nlu.py"),
    "nlu_intent": ("engines/nlu/intent.py", "models/nlu/CARD.md", "benchmarks/nlu.py"),
    "nlu_lac": ("engines/nlu/lac.py", "models/nlu/CARD.md", "benchmarks/nlu.py"),
    "emotion_text": ("engines/emotion/text.py", "models/emotion/CARD.md", "benchmarks/nlu.py"),
    "tts_kokoro": ("engines/tts/kokoro.py", "models/tts/CARD.md", "benchmarks/tts.py"),
}


def catalogued() -> set[str]:
    text = (ROOT / "models/catalog/lite.toml").read_text(encoding="utf-8")
    names = [line.split('"')[1] for line in text.splitlines() if line.startswith('name = "')]
    return {name.split("/")[0] for name in names if "/" in name}


def test_every_engine_of_the_catalogue_is_listed_here_and_the_other_way_round() -> None:
    assert catalogued() == set(ENGINES)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_an_engine_has_its_module_card_benchmark_and_a_place_in_the_pipeline(engine: str) -> None:
    for path in ENGINES[engine]:
        assert (ROOT / path).is_file(), f"{engine}: {path} is missing"
    assert f'"{engine}"' in (ROOT / "engines/pipeline.py").read_text(encoding="utf-8")
