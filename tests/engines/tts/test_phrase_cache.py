"""The phrase cache: what was put comes back, damage is absence, the oldest makes room."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import numpy as np
import pytest

from engines.tts.phrase_cache import PhraseCache, PhraseKey
from engines.tts.speech import Speech


def key(text: str) -> PhraseKey:
    return PhraseKey(model="m", voice="v", speed=1.0, language="zh", text=text, pronunciation=1)


def speech(seed: int, size: int = 1000) -> Speech:
    pcm = np.random.default_rng(seed).integers(-9000, 9000, size, dtype=np.int16)
    return Speech(pcm=pcm, rate_hz=24_000, phonemes=7, cached=False)


def test_it_outlives_the_process(tmp_path: Path) -> None:
    PhraseCache(tmp_path).put(key("好的。"), speech(1))
    found = PhraseCache(tmp_path).get(key("好的。"))
    assert found is not None
    assert found.cached
    assert (found.rate_hz, found.phonemes) == (24_000, 7)
    assert np.array_equal(found.pcm, speech(1).pcm)
    assert PhraseCache(tmp_path).get(key("好。")) is None


@pytest.mark.parametrize("damage", ["empty", "cut", "flip", "text", "no rate", "half a sample"])
def test_a_damaged_entry_is_absent_and_can_be_put_again(tmp_path: Path, damage: str) -> None:
    PhraseCache(tmp_path).put(key("a"), speech(1))
    [path] = tmp_path.glob("*.pcm")
    whole = path.read_bytes()
    content = bytearray(whole)
    content[100] ^= 1
    odd = whole[48:] + b"\0"
    path.write_bytes(
        {
            "empty": b"",
            "cut": bytes(content[:90]),
            "flip": bytes(content),
            "text": b"x" * 500,
            "no rate": whole[:8] + bytes(4) + whole[12:],
            "half a sample": whole[:16] + hashlib.sha256(odd).digest() + odd,
        }[damage]
    )
    cache = PhraseCache(tmp_path)
    assert cache.get(key("a")) is None
    assert not path.exists()
    cache.put(key("a"), speech(2))
    again = PhraseCache(tmp_path).get(key("a"))
    assert again is not None
    assert np.array_equal(again.pcm, speech(2).pcm)


def test_the_least_recently_used_entry_makes_room(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, disk_limit_bytes=5000, memory_limit_bytes=4100)
    cache.put(key("a"), speech(1))
    cache.put(key("b"), speech(2))
    for place, path in enumerate(sorted(tmp_path.glob("*.pcm"))):
        os.utime(path, ns=(place, place))
    fresh = PhraseCache(tmp_path, disk_limit_bytes=5000)
    assert fresh.get(key("a"))
    fresh.put(key("c"), speech(3))
    last = PhraseCache(tmp_path)
    assert last.get(key("a"))
    assert last.get(key("c"))
    assert last.get(key("b")) is None
    assert sum(path.stat().st_size for path in tmp_path.glob("*.pcm")) <= 5000


def test_a_disk_that_refuses_costs_the_entry_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = PhraseCache(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    cache.put(key("a"), speech(1))
    assert cache.get(key("a"))
    assert not list(tmp_path.iterdir())


def test_left_over_parts_are_cleared(tmp_path: Path) -> None:
    (tmp_path / "half.part").write_bytes(b"x")
    PhraseCache(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["../voices", "/{}", "..", ".", "", "a/../../voices", "wang\0"])
def test_what_is_dropped_is_a_voice_and_never_a_path(tmp_path: Path, name: str) -> None:
    cache = PhraseCache(tmp_path / "phrases")
    cache.put(key("好的。"), speech(1))
    kept = tmp_path / "voices" / "ledger.jsonl"
    kept.parent.mkdir()
    kept.write_text("{}")
    cache.drop(name.format(kept.parent))
    time.sleep(0.2)  # it is done in a thread
    assert kept.exists()
    assert PhraseCache(tmp_path / "phrases").get(key("好的。")) is not None
