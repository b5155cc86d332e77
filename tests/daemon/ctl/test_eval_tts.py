"""``kefuctl eval tts``: which voices it hears, and what it shows of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon.ctl import eval_tts, main
from models.tts.evaluate import Evaluated, Pack

Ctl = Callable[..., tuple[int, str, str]]
LIKENESS = {
    "nearest_stock": 0.65,
    "nearest_stock_voice": "zf_xiaobei",
    "fitted": 0.78,
    "ceiling": 0.88,
    "others": 0.5,
    "share_of_the_way": 0.565,
    "first": True,
}
CARD = {
    "name": "mei-lin",
    "language": "zh",
    "made_at": "2026-01-01T00:00:00+00:00",
    "voice_sha256": "0" * 64,
    "base_sha256": "0" * 64,
    "start_voice": "zf_xiaobei",
    "samples": 20,
    "seconds": 60.0,
    "band_hz": 8000,
    "pitch_hz": 200.0,
    "voice_pitch_hz": 205.0,
    "optimised": LIKENESS,
    "independent": LIKENESS,
    "error_rate": 0.05,
    "stock_error_rate": 0.04,
    "guard_failures": 0,
    "seconds_to_make": 200.0,
    "peak_mib": 1500.0,
    "consent_id": "0" * 32,
    "personal_weight": 0.1,
    "base_weight": 0.9,
}


@pytest.fixture
def ctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Ctl:
    files = tmp_path / "files"
    (files / "tts_kokoro" / "voices").mkdir(parents=True)
    for name in ("zf_xiaoxiao", "af_heart", "ef_dora"):
        (files / "tts_kokoro" / "voices" / f"{name}.bin").write_bytes(b"")

    def evaluate(
        release: Path, packs: Mapping[str, Pack], sentences: int | None
    ) -> Iterator[Evaluated]:
        for name, pack in packs.items():
            yield Evaluated(
                voice=name,
                language=pack.language,
                error_rate=0.125,
                rtf=0.4,
                guard_failures=0,
                heard=(("您好", "您号"),) * (sentences or 23),
            )

    monkeypatch.setattr(eval_tts, "load", lambda state, release: SimpleNamespace(files=files))
    monkeypatch.setattr(eval_tts, "evaluate", evaluate)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.main(["eval", "tts", *arguments, "--state", str(tmp_path)])
        return code, *capfd.readouterr()

    return run


def voice(state: Path, name: str, card: dict[str, object] | None) -> None:
    folder = state / "voices" / name
    folder.mkdir(parents=True)
    (folder / "voice.bin").write_bytes(b"")
    if card is not None:
        (folder / "card.json").write_text(json.dumps(card))


def test_stock_voices_of_the_languages_that_are_spoken(ctl: Ctl) -> None:
    code, out, _ = ctl()
    assert code == 0
    assert "zf_xiaoxiao" in out
    assert "af_heart" in out
    assert "ef_dora" not in out
    assert "12.5 %" in out


def test_a_personal_voice_shows_how_near_it_came(ctl: Ctl, tmp_path: Path) -> None:
    voice(tmp_path, "mei-lin", CARD)
    voice(tmp_path, "half-made", None)
    code, out, _ = ctl()
    assert code == 0
    line = next(line for line in out.splitlines() if "mei-lin" in line)
    assert "0.78" in line
    assert "56 %" in line
    assert "passed" in line
    assert "half-made" not in out


@pytest.mark.parametrize(
    ("options", "sentences"), [([], 7), (["--quick"], 3), (["--thorough"], 23)]
)
def test_more_sentences_tell_more(ctl: Ctl, options: list[str], sentences: int) -> None:
    code, out, _ = ctl("--json", "--voice", "zf_xiaoxiao", *options)
    assert code == 0
    assert len(json.loads(out)[0]["heard"]) == sentences
    assert ctl("--quick", "--thorough")[0] == 2


def test_for_scripts(ctl: Ctl, tmp_path: Path) -> None:
    refused = {"code": "hard_to_understand", "reason": "", "mend": ""}
    voice(tmp_path, "mei-lin", {**CARD, "refusals": [refused]})
    code, out, _ = ctl("--json", "--voice", "mei-lin")
    (row,) = json.loads(out)
    assert code == 0
    assert row["personal"]
    assert row["likeness"]["share_of_the_way"] == 0.565
    assert row["refusals"] == ["hard_to_understand"]


@pytest.mark.parametrize("name", ["nobody", "../x", "", "😀"])
def test_a_voice_that_is_not_there(ctl: Ctl, name: str) -> None:
    code, _, err = ctl("--voice", name)
    assert code == 7
    assert "no_such_voice" in err
    assert "zf_xiaoxiao" in err
