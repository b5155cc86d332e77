"""The child that judges a voice: what it reads, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.tts import ecapa, ge2e, judge_voice
from models.tts.judge_voice import Recordings

RECORDS = {
    "references.json": {"files": ["a.wav"], "language": "en", "band_hz": 4000},
    "held_out.json": {"files": []},
    "fit.json": {"start_voice": "af_heart", "steps": 80},
}


def folder(tmp_path: Path, **changed: bytes | None) -> Path:
    place = tmp_path / "work"
    place.mkdir()
    for name, record in RECORDS.items():
        content = changed.get(name.split(".")[0], json.dumps(record).encode())
        if content is not None:
            (place / name).write_bytes(content)
    return place


@pytest.mark.parametrize("record", ["references", "held_out", "fit"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1]", b"\xff", b"[" * 5_000])
def test_a_damaged_record_is_named(
    record: str, content: bytes | None, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    if record == "held_out" and content == b"{}":
        content = b'{"files": 3}'
    place = folder(tmp_path, **{record: content})
    code = judge_voice.main([str(place), "--weights", str(tmp_path), "--release", str(tmp_path)])
    assert code == 2
    last = json.loads(capfdbinary.readouterr().out.splitlines()[-1])
    assert f"{record}.json" in last["message"]
    assert last["error"]
    assert not (place / "judged.json").exists()


def test_a_recording_that_is_gone_is_named(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    place = folder(tmp_path)
    code = judge_voice.main([str(place), "--weights", str(tmp_path), "--release", str(tmp_path)])
    assert code == 2
    assert b"a.wav" in capfdbinary.readouterr().out


def recordings(references: int, held_out: int) -> Recordings:
    clips = [np.full(1_600, place, np.float32) for place in range(references + held_out)]
    return Recordings(references=tuple(clips[:references]), held_out=tuple(clips[references:]))


@pytest.mark.parametrize(
    ("references", "held_out", "sides"),
    [(5, 2, 1), (5, 1, 2), (5, 0, 2), (2, 0, 2), (1, 0, 1), (1, 1, 1)],
)
def test_a_person_is_judged_on_other_recordings(references: int, held_out: int, sides: int) -> None:
    one = recordings(references, held_out)
    found = one.sides()
    assert len(found) == sides
    for person, again in found:
        assert person
        assert again
        if references > 1:
            assert not {clip[0] for clip in person} & {clip[0] for clip in again}
    if held_out >= 2:
        assert {clip[0] for clip in found[0][0]} == {clip[0] for clip in one.held_out}


def test_other_people_are_found_and_the_person_is_not(tmp_path: Path) -> None:
    voices = tmp_path / "voices"
    for name, content in (
        ("anna", {"ecapa": [1.0] * ecapa.SIZE, "ge2e": [2.0] * ge2e.SIZE}),
        ("bert", {"ecapa": [1.0] * ecapa.SIZE, "ge2e": [-1.0] * ge2e.SIZE}),
        ("mine", {"ecapa": [3.0] * ecapa.SIZE, "ge2e": [3.0] * ge2e.SIZE}),
        ("damaged", None),
    ):
        (voices / name / "work").mkdir(parents=True)
        text = "{" if content is None else json.dumps(content)
        (voices / name / "work" / "embeddings.json").write_text(text)
    (voices / "invitations.json").write_text("[]")
    found = judge_voice._known(voices, voices / "mine" / "work", ())
    assert {name: rows.shape for name, rows in found.items()} == {
        "ecapa": (2, ecapa.SIZE),
        "ge2e": (2, ge2e.SIZE),
    }
    assert np.allclose(np.linalg.norm(found["ge2e"], axis=1), 1.0)
    without = judge_voice._known(voices, voices / "mine" / "work", ["bert"])
    assert without["ge2e"].shape == (1, ge2e.SIZE)
    nobody = judge_voice._known(None, voices / "mine" / "work", ())
    assert nobody["ecapa"].shape == (0, ecapa.SIZE)
