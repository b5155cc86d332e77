"""The store: whole objects or none, and the same place as Git LFS."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.objects.errors import DigestMismatch, DiskFull, ObjectCorrupt, ObjectMissing
from daemon.objects.store import Store

DATA = b"weights " * 4000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "objects")


def files(store: Store) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_an_object_lies_where_git_lfs_would_put_it(store: Store) -> None:
    store.add([DATA], sha256=SHA256, what="x")
    assert files(store) == [store.root / SHA256[:2] / SHA256[2:4] / SHA256]


def test_an_object_cannot_be_overwritten_by_mistake(store: Store) -> None:
    store.add([DATA], sha256=SHA256, what="x")
    assert store.path(SHA256).stat().st_mode & 0o222 == 0


def test_wrong_bytes_leave_nothing(store: Store) -> None:
    with pytest.raises(DigestMismatch, match="asr/model"):
        store.add([DATA, b"!"], sha256=SHA256, what="asr/model")
    assert files(store) == []


def test_a_source_that_breaks_off_leaves_nothing(store: Store) -> None:
    def parts() -> Iterator[bytes]:
        yield DATA
        raise EOFError

    with pytest.raises(EOFError):
        store.add(parts(), sha256=SHA256, what="x")
    assert files(store) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("call", ["fsync", "fchmod", "replace"])
def test_a_full_disk_leaves_nothing_and_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(DiskFull, match="asr/model"):
        store.add([DATA], sha256=SHA256, what="asr/model")
    monkeypatch.undo()
    assert files(store) == []
    store.add([DATA], sha256=SHA256, what="asr/model")
    assert store.has(SHA256, len(DATA))


def test_a_real_limit_on_file_size_is_disk_full(store: Store) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(DATA) // 2, hard))
    try:
        with pytest.raises(DiskFull):
            store.add([DATA], sha256=SHA256, what="x")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(store) == []


def test_verify_finds_a_changed_byte(store: Store) -> None:
    store.add([DATA], sha256=SHA256, what="x")
    path = store.path(SHA256)
    path.chmod(0o644)
    path.write_bytes(DATA[:-1] + b"?")
    with pytest.raises(ObjectCorrupt, match="tts/voice"):
        store.verify(SHA256, len(DATA), what="tts/voice")


def test_verify_finds_a_lost_end(store: Store) -> None:
    store.add([DATA], sha256=SHA256, what="x")
    path = store.path(SHA256)
    path.chmod(0o644)
    path.write_bytes(DATA[:-1])
    with pytest.raises(ObjectCorrupt, match="bytes instead of"):
        store.verify(SHA256, len(DATA), what="x")


def test_verify_names_what_is_missing_and_how_to_get_it(store: Store) -> None:
    with pytest.raises(ObjectMissing, match="kefuctl pull"):
        store.verify(SHA256, 1, what="tts/voice")


def test_sweep_removes_what_a_killed_write_left(store: Store) -> None:
    store.add([DATA], sha256=SHA256, what="x")
    (store.root / "tmp" / "abandoned").write_bytes(b"half")
    store.sweep()
    assert files(store) == [store.path(SHA256)]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65])
def test_only_digests_have_a_place(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.path(name)


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_any_cut_of_the_bytes_gives_the_same_object(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    store = Store(tmp_path_factory.mktemp("objects"))
    digest, size = store.add(parts, sha256=None, what="x")
    assert digest == hashlib.sha256(b"".join(parts)).hexdigest()
    assert store.path(digest).read_bytes() == b"".join(parts)
    assert size == sum(map(len, parts))
