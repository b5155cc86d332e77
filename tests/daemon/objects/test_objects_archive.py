"""Reading members: by exact name, within limits, never through a link."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.objects.archive import read_member
from daemon.objects.errors import ArchiveCorrupt, DigestMismatch
from daemon.objects.store import Store

Entry = tuple[tarfile.TarInfo, bytes]
MEMBER = bytes(range(256)) * 64
DIGEST = hashlib.sha256(MEMBER).hexdigest()


def read(path: Path, inside: str, max_bytes: int = 1 << 20) -> bytes:
    return b"".join(read_member(path, inside, max_bytes=max_bytes))


def tarball(path: Path, *entries: Entry) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for entry, data in entries:
            packed.addfile(entry, io.BytesIO(data) if data else None)
    return path


def regular(name: str, data: bytes) -> Entry:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    return entry, data


def link(name: str, target: str, kind: bytes) -> Entry:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry, b""


def test_names_are_exact(tmp_path: Path) -> None:
    path = tarball(
        tmp_path / "a.tgz", regular("package/x/w.bin", b"wrong"), regular("x/w.bin", b"it")
    )
    assert read(path, "x/w.bin") == b"it"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_is_not_followed(tmp_path: Path, kind: bytes) -> None:
    path = tarball(tmp_path / "a.tgz", regular("secret", b"s"), link("w.bin", "secret", kind))
    with pytest.raises(ArchiveCorrupt, match=r"no regular file w\.bin"):
        read(path, "w.bin")


@pytest.mark.parametrize("inside", ["../w.bin", "/etc/passwd", "w.bin/", "W.BIN", ""])
def test_only_what_is_asked_for_is_read_and_nothing_is_unpacked(
    tmp_path: Path, inside: str
) -> None:
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("w.bin", b"data")
        wheel.writestr("../evil", b"outside")
    with pytest.raises(ArchiveCorrupt):
        read(path, inside)
    assert [one.name for one in tmp_path.iterdir()] == ["a.whl"]


@pytest.mark.parametrize("name", ["a.whl", "a.tgz"])
def test_a_member_that_unpacks_to_more_than_it_should_is_refused(tmp_path: Path, name: str) -> None:
    bomb = bytes(8 << 20)
    path = tmp_path / name
    if name.endswith("whl"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr("w.bin", bomb)
    else:
        tarball(path, regular("w.bin", bomb))
    with pytest.raises(ArchiveCorrupt, match="exceeds"):
        read(path, "w.bin", max_bytes=1 << 20)


def whole(tmp_path: Path, name: str) -> bytes:
    path = tmp_path / name
    if name.endswith("whl"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr("w.bin", MEMBER)
    else:
        tarball(path, regular("w.bin", MEMBER))
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.whl", "a.tgz"])
@given(data=st.data())
def test_a_damaged_archive_never_becomes_an_object(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(whole(folder, name))
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    path = folder / name
    path.write_bytes(content)
    store = Store(folder / "objects")
    parts = read_member(path, "w.bin", max_bytes=len(MEMBER))
    # Damage beside the member may pass; what is stored has the pinned digest in any case.
    with contextlib.suppress(ArchiveCorrupt, DigestMismatch):
        store.add(parts, sha256=DIGEST, what="w.bin")
    stored = [one.read_bytes() for one in store.root.rglob("*") if one.is_file()]
    assert stored in ([], [MEMBER])


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"<html>502 Bad Gateway</html>", bytes(512)]
)
@pytest.mark.parametrize("name", ["a.whl", "a.tgz"])
def test_what_is_no_archive_is_a_typed_error(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ArchiveCorrupt):
        read(path, "w.bin")
