"""A release goes from one state folder to another whole, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from daemon.install.weights import copy_release, main
from daemon.objects.errors import ObjectCorrupt, ObjectMissing
from daemon.objects.store import Store
from daemon.release import labels
from daemon.release.errors import ManifestInvalid, NoRelease
from daemon.release.manifest import Object, make
from daemon.release.release import load
from daemon.release.write import write

CONTENT = {"asr/model.bin": b"weights" * 1000, "vad.onnx": b"voice"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    state = tmp_path / "source"
    store = Store(state / "objects")
    objects = {}
    for name, content in CONTENT.items():
        digest, size = store.add([content], sha256=None, what=name)
        objects[name] = Object(sha256=digest, bytes=size, licence="MIT")
    write(state, make("lite", objects, {}, labels.current()))
    return state


def _object(state: Path, content: bytes) -> Path:
    return Store(state / "objects").path(hashlib.sha256(content).hexdigest())


def test_the_release_can_be_loaded_where_it_was_brought(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    name, brought = copy_release(source, target, "lite")
    assert brought == sum(map(len, CONTENT.values()))
    loaded = load(target, "lite")
    assert loaded.name == name
    assert loaded.path("vad.onnx").read_bytes() == b"voice"
    assert copy_release(source, target, "lite") == (name, 0)


def test_on_one_disk_an_object_is_linked(source: Path, tmp_path: Path) -> None:
    copy_release(source, tmp_path / "target", "lite")
    theirs, ours = (_object(state, b"voice") for state in (source, tmp_path / "target"))
    assert theirs.samefile(ours)


def test_what_others_may_write_is_copied(source: Path, tmp_path: Path) -> None:
    theirs = _object(source, b"voice")
    theirs.chmod(0o666)
    copy_release(source, tmp_path / "target", "lite")
    ours = _object(tmp_path / "target", b"voice")
    assert not theirs.samefile(ours)
    assert ours.stat().st_mode & 0o222 == 0


def test_a_damaged_object_is_not_brought(source: Path, tmp_path: Path) -> None:
    theirs = _object(source, b"voice")
    theirs.chmod(0o644)
    theirs.write_bytes(b"noise")
    with pytest.raises(ObjectCorrupt, match=r"vad\.onnx"):
        copy_release(source, tmp_path / "target", "lite")
    assert not (tmp_path / "target" / "releases").exists()


def test_a_half_object_in_the_target_is_made_whole(source: Path, tmp_path: Path) -> None:
    half = _object(tmp_path / "target", b"voice")
    half.parent.mkdir(parents=True)
    half.write_bytes(b"vo")
    copy_release(source, tmp_path / "target", "lite")
    assert half.read_bytes() == b"voice"


def test_missing_parts_are_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(NoRelease):
        copy_release(source, tmp_path / "target", "cpu")
    (source / "releases" / "lite" / "release.json").write_bytes(b"{}")
    with pytest.raises(ManifestInvalid):
        copy_release(source, tmp_path / "target", "lite")


def test_the_command_fails_with_the_errors_code(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _object(source, b"voice").unlink()
    assert main([str(source), str(tmp_path / "target"), "lite"]) == ObjectMissing.exit_code
    assert "object_missing" in capsys.readouterr().err
