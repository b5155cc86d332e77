"""``kefuctl say --voice``: who speaks, who may not, and what is told of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from daemon.ctl import engines_of, main
from engines.dialog.moves import Clause
from engines.tts.speech import Speech
from engines.tts.voice_choice import Chosen, Voice

STOCK = "zf_xiaoxiao"
REFUSALS = {"carl": "revoked", "nobody": "missing"}


class Synthesiser:
    """Everybody may speak but those of ``REFUSALS``; what bert says the stock voice must say."""

    voices = (STOCK, "af_heart", "anna")

    def chosen(self, clause: Clause) -> Chosen:
        refused = REFUSALS.get(clause.voice, "")
        name = STOCK if refused or not clause.voice else clause.voice
        return Chosen(
            voice=Voice(name=name), wanted=clause.voice if refused else "", refused=refused
        )

    def speak(self, clause: Clause) -> Speech:
        given_up = clause.voice == "bert"
        return Speech(
            pcm=np.ones(2400, np.int16),
            rate_hz=24_000,
            phonemes=3,
            cached=False,
            voice=STOCK if given_up else self.chosen(clause).voice.name,
            troubles=("repeats",) if given_up else (),
        )


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def load(state: Path, release: str, *, as_agent: bool = False) -> Iterator[Any]:
        assert as_agent, "the agent's voices and their permits"
        yield SimpleNamespace(synthesiser=Synthesiser())

    monkeypatch.setattr(engines_of, "load", load)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.main(["say", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_voice_that_nobody_has_approved_is_no_stranger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "voices" / "nobody").mkdir(parents=True)
    out = str(tmp_path / "x.wav")
    asked = ("你好", "-o", out, "--voice", "nobody", "--state", str(tmp_path))
    code, _, err = run(capsys, *asked)
    assert code == 7
    assert "voice_not_permitted" in err
    assert "kefuctl voice test nobody" in err


@pytest.mark.parametrize(
    ("voice", "spoke", "troubles"),
    [((), STOCK, []), (("--voice", "anna"), "anna", []), (("--voice", "bert"), STOCK, ["repeats"])],
)
def test_the_voice_that_spoke_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    voice: tuple[str, ...],
    spoke: str,
    troubles: list[str],
) -> None:
    wav = tmp_path / "a.wav"
    code, out, _ = run(capsys, "好的。", "-o", str(wav), "--json", *voice)
    assert code == 0
    said = json.loads(out)
    assert (said["voice"], said["troubles"]) == (spoke, troubles)
    assert wav.stat().st_size > 2400
    code, _, err = run(capsys, "好的。", "-o", str(wav), *voice)
    assert (code, spoke in err) == (0, True)


@pytest.mark.parametrize(
    ("voice", "says"),
    [("carl", "revoked"), ("nobody", "anna")],
)
def test_who_may_not_speak_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], voice: str, says: str
) -> None:
    status, out, err = run(capsys, "好的。", "-o", str(tmp_path / "a.wav"), "--voice", voice)
    assert status != 0
    assert says in out + err
    assert not (tmp_path / "a.wav").exists()
