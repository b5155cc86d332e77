"""Files of results come from anywhere: what is wrong with one is said, and the others count."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.voices.listening.results import MOST_BYTES, read, read_all
from engines.samples.refusal import Refusal
from tests.daemon.voices.listening.made import key_of, planned, results_of, written

KEY = key_of(planned())


def document(listener: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(results_of(KEY, listener)))
    return found


def of_kind(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    kinds = {trial.id: trial.kind for trial in KEY.trials}
    answer: dict[str, Any] = next(one for one in found["answers"] if kinds[one["trial"]] == kind)
    return answer


def test_a_careful_listener_counts(tmp_path: Path) -> None:
    path = written(tmp_path, results_of(KEY))
    taken, refused = read_all([path], KEY)
    assert [one.listener for _, one in taken] == [f"{1:016x}"]
    assert refused == []


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"\x00\xff",
    "cut": msgspec.json.encode(results_of(KEY))[:-40],
    "a list": b"[]",
    "nested": b"[" * 100_000,
    "null": b"null",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_no_results_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.json"
    path.write_bytes(content)
    found = read(path, KEY)
    assert isinstance(found, Refusal)
    assert found.code == "damaged"
    assert len(found.reason) < 300


EDITS: dict[str, tuple[str, str, object]] = {
    "rating of 0": ("quality", "rating", 0),
    "rating of 6": ("quality", "rating", 6),
    "rating of 3.5": ("quality", "rating", 3.5),
    "rating in words": ("quality", "rating", "5"),
    "no rating": ("quality", "rating", None),
    "a rating of a pair": ("same", "rating", 3),
    "another answer": ("same", "same", "maybe"),
    "no answer": ("same", "same", None),
    "confidence of 4": ("same", "confidence", 4),
    "no confidence": ("same", "confidence", None),
    "plays below 0": ("quality", "plays", [-1]),
    "plays of another kind": ("quality", "plays", [1, 1]),
    "no plays": ("quality", "plays", []),
    "a million plays": ("quality", "plays", [10**9]),
    "time below 0": ("quality", "took_ms", -5),
    "time without end": ("quality", "took_ms", 10**30),
    "an unknown trial": ("quality", "trial", "ffffffffffffffff"),
    "a trial by path": ("quality", "trial", "../../etc/passwd"),
    "another key": ("quality", "comment", "hello"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_answer_that_cannot_be(tmp_path: Path, edit: tuple[str, str, object]) -> None:
    kind, name, value = edit
    found = document()
    of_kind(kind, found)[name] = value
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(found))
    refusal = read(path, KEY)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "damaged"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(tmp_path: Path, number: str) -> None:
    text = json.dumps(document()).replace('"rating": 4', f'"rating": {number}', 1)
    path = tmp_path / "nan.json"
    path.write_text(text)
    refusal = read(path, KEY)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "damaged"


def test_a_trial_answered_twice(tmp_path: Path) -> None:
    found = document()
    found["answers"].append(found["answers"][0])
    path = tmp_path / "twice.json"
    path.write_text(json.dumps(found))
    refusal = read(path, KEY)
    assert isinstance(refusal, Refusal)
    assert "twice" in refusal.reason


def test_each_file_is_judged_alone(tmp_path: Path) -> None:
    good = written(tmp_path, results_of(KEY, 1), "good.json")
    doubled = written(tmp_path, results_of(KEY, 1), "doubled.json")
    other = document(2)
    other["page"] = "ffffffffffffffff"
    (tmp_path / "other.json").write_text(json.dumps(other))
    (tmp_path / "huge.json").write_bytes(b" " * (MOST_BYTES + 1))
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    last = written(tmp_path, results_of(KEY, 3), "last.json")
    names = ["other.json", "huge.json", "folder.json", "pipe.json", "missing.json"]
    files = [good, doubled, *(tmp_path / name for name in names), last]
    taken, refused = read_all(files, KEY)
    assert [file for file, _ in taken] == ["good.json", "last.json"]
    assert [(one.file, one.refusal.code) for one in refused] == [
        ("doubled.json", "doubled_listener"),
        ("other.json", "other_page"),
        ("huge.json", "too_large"),
        ("folder.json", "damaged"),
        ("pipe.json", "damaged"),
        ("missing.json", "damaged"),
    ]
    assert all(one.refusal.mend for one in refused)
