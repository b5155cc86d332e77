"""Releases: canonical, whole, and checked before an engine sees a byte."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.objects.catalogue import is_plain
from daemon.objects.errors import DiskFull, ObjectCorrupt, ObjectMissing
from daemon.objects.store import Store
from daemon.release import labels
from daemon.release.errors import LabelsDiffer, ManifestInvalid, NoRelease, NotInRelease
from daemon.release.manifest import Manifest, Object, decode, encode, make
from daemon.release.release import load
from daemon.release.write import write

WEIGHTS = {"asr/model.bin": b"model" * 999, "asr/config.json": b"{}", "tts/voices/a.bin": b"voice"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with the objects of ``WEIGHTS`` in its store."""
    store = Store(tmp_path / "objects")
    for name, data in WEIGHTS.items():
        store.add([data], sha256=None, what=name)
    return tmp_path


def manifest(
    settings: dict[str, dict[str, Any]] | None = None, named: dict[str, str] | None = None
) -> Manifest:
    objects = {
        name: Object(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), licence="MIT")
        for name, data in WEIGHTS.items()
    }
    return make("lite", objects, settings or {}, named or labels.current())


def test_a_release_gives_files_by_name_and_folders_by_engine(state: Path) -> None:
    write(state, manifest())
    release = load(state, "lite")
    assert release.path("asr/model.bin").read_bytes() == WEIGHTS["asr/model.bin"]
    assert {one.name for one in release.path("asr").iterdir()} == {"model.bin", "config.json"}
    assert release.path("tts/voices").is_dir()


def test_the_profile_means_the_release_written_last(state: Path) -> None:
    write(state, manifest())
    newer = manifest(settings={"tts": {"voice": "zf_xiaoxiao"}})
    write(state, newer)
    assert load(state, "lite").name == newer.name
    assert load(state, "lite").settings == {"tts": {"voice": "zf_xiaoxiao"}}
    assert load(state, manifest().name).settings == {}


def test_the_state_folder_can_be_moved(
    state: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write(state, manifest())
    moved = tmp_path_factory.mktemp("elsewhere") / "state"
    os.rename(state, moved)
    assert load(moved, "lite").path("asr/config.json").read_bytes() == b"{}"
    os.rename(moved, state)


def test_writing_again_changes_nothing(state: Path) -> None:
    folder = write(state, manifest())
    before = (folder / "release.json").stat().st_mtime_ns
    assert write(state, manifest()) == folder
    assert (folder / "release.json").stat().st_mtime_ns == before


def test_a_release_that_lost_a_link_is_written_again(state: Path) -> None:
    folder = write(state, manifest())
    (folder / "files" / "asr" / "model.bin").unlink()
    write(state, manifest())
    assert load(state, "lite").path("asr/model.bin").exists()


def test_links_that_somebody_laid_are_not_written_through(state: Path) -> None:
    wanted = manifest()
    theirs = state / "theirs"
    theirs.mkdir()
    (theirs / "release.json").write_text("theirs")
    (state / "releases").mkdir(exist_ok=True)
    for name in (f".{wanted.name}.draft", wanted.name):
        (state / "releases" / name).symlink_to(theirs)
    folder = write(state, wanted)
    assert (theirs / "release.json").read_text() == "theirs"
    assert os.listdir(theirs) == ["release.json"]
    assert not folder.is_symlink()
    assert load(state, "lite").name == wanted.name


def test_a_full_disk_leaves_the_old_release_serving(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = manifest()
    write(state, old)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        write(state, manifest(settings={"x": {}}))
    monkeypatch.undo()
    assert load(state, "lite").name == old.name
    assert {one.name for one in (state / "releases").iterdir()} == {"lite", old.name}


def test_a_changed_byte_in_the_store_names_the_object_and_the_mend(state: Path) -> None:
    write(state, manifest())
    digest = hashlib.sha256(WEIGHTS["asr/model.bin"]).hexdigest()
    path = Store(state / "objects").path(digest)
    path.chmod(0o644)
    path.write_bytes(b"Model" + WEIGHTS["asr/model.bin"][5:])
    with pytest.raises(ObjectCorrupt, match=r"asr/model\.bin") as corrupt:
        load(state, "lite")
    assert "kefuctl pull" in str(corrupt.value)


def test_a_link_to_another_file_is_refused(state: Path) -> None:
    write(state, manifest())
    link = load(state, "lite").path("asr/model.bin")
    foreign = state / "foreign.bin"
    foreign.write_bytes(WEIGHTS["asr/model.bin"])
    link.unlink()
    link.symlink_to(foreign)
    with pytest.raises(ObjectCorrupt, match=r"asr/model\.bin"):
        load(state, "lite")


def test_a_missing_object_names_the_object_and_the_mend(state: Path) -> None:
    write(state, manifest())
    Store(state / "objects").remove(hashlib.sha256(b"voice").hexdigest())
    with pytest.raises(ObjectMissing, match=r"tts/voices/a\.bin.*kefuctl pull"):
        load(state, "lite")


def test_no_release_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(NoRelease, match="kefuctl pull"):
        load(tmp_path, "lite")


def test_other_labels_are_refused(state: Path) -> None:
    write(state, manifest(named={"intents": "0" * 64}))
    with pytest.raises(LabelsDiffer, match="intents"):
        load(state, "lite")


def test_what_is_not_in_the_release_is_said(state: Path) -> None:
    write(state, manifest())
    release = load(state, "lite")
    for name in ("nlu", "asr/mod", "", ".."):
        with pytest.raises(NotInRelease):
            release.path(name)


def test_the_name_follows_from_the_content() -> None:
    assert manifest().name == manifest().name
    assert manifest().name.startswith("lite-")
    assert manifest().name != manifest(settings={"asr": {"beam": 1}}).name


def test_canonical_bytes_are_pinned() -> None:
    small = Manifest(
        name="lite-1",
        profile="lite",
        objects={
            "b/x": Object(sha256="b" * 64, bytes=2, licence="MIT"),
            "a/x": Object(sha256="a" * 64, bytes=1, licence="MIT"),
        },
        settings={"tts": {"voice": "zf", "beam": 1}},
    )
    assert encode(small) == (
        b'{"format":"kefu-release/1","labels":{},"name":"lite-1","objects":{"a/x":{"bytes":1,'
        b'"licence":"MIT","sha256":"' + b"a" * 64 + b'"},"b/x":{"bytes":2,"licence":"MIT",'
        b'"sha256":"' + b"b" * 64 + b'"}},"profile":"lite","settings":{"tts":{"beam":1,'
        b'"voice":"zf"}}}'
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text + b"\n",
        lambda text: text.replace(b":", b": ", 1),
        lambda text: text[:-1],
        lambda text: b"",
        lambda text: b"[]",
        lambda text: b"[" * 100_000,
        lambda text: b"\xff" + text,
        lambda text: text.replace(b"kefu-release/1", b"kefu-release/2"),
        lambda text: text.replace(b'"bytes":', b'"size":'),
        lambda text: text.replace(b"asr/model.bin", b"asr/../../../m"),
        lambda text: text.replace(b"asr/model.bin", b"/etc/passwd  "),
        lambda text: text.replace(b'"sha256":"', b'"sha256":"x', 1),
    ],
)
def test_what_is_no_canonical_manifest_is_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ManifestInvalid):
        decode(damage(encode(manifest())), what="release.json")


names = st.text("abc_/.", min_size=1, max_size=12)


@given(
    st.dictionaries(names, st.integers(0, 1 << 40), max_size=5),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
def test_what_is_written_is_read_back_or_refused(
    objects: dict[str, int], settings: dict[str, int]
) -> None:
    made = make(
        "lite",
        {name: Object(sha256="0" * 64, bytes=size, licence="") for name, size in objects.items()},
        {"x": settings},
        {},
    )
    content = encode(made)
    assert json.loads(content)["name"] == made.name
    if all(map(is_plain, objects)):
        assert decode(content, what="x") == made
    else:
        with pytest.raises(ManifestInvalid, match="plain relative path"):
            decode(content, what="x")
