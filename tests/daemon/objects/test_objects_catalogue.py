"""The catalogue: the one that is shipped, and what is refused in one."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from daemon.objects.catalogue import Catalogue, read
from daemon.objects.errors import CatalogueInvalid

LITE = resources.files("models").joinpath("catalog/lite.toml")
OBJECT = """
profile = "x"
[packages.p]
kind = "pypi"
name = "pack"
version = "1.0"
bytes = 10
sha256 = "%(digest)s"
[[objects]]
name = "%(name)s"
licence = "MIT"
bytes = 5
sha256 = "%(digest)s"
[[objects.sources]]
%(source)s
"""
GOOD = {"digest": "a" * 64, "name": "asr/m.bin", "source": 'members = ["p:m.bin"]'}


def catalogue(tmp_path: Path, text: str) -> Catalogue:
    path = tmp_path / "x.toml"
    path.write_text(text)
    return read(path)


def test_lite_names_every_engine_and_pins_all_that_is_fetched() -> None:
    lite = read(Path(str(LITE)))
    assert {one.name.split("/")[0] for one in lite.objects} >= {
        "asr_whisper",
        "vad_silero",
        "nlu_use",
        "nlu_lac",
        "nlu_intent",
        "emotion_text",
        "tts_kokoro",
    }
    assert all(one.sha256 or one.sources[0].file for one in lite.objects)
    assert all(one.licence for one in lite.objects)


def test_lite_names_no_host() -> None:
    assert not re.search(r"https?:|www\.|\.(com|org|co|io)\b", LITE.read_text("utf-8"))


def test_a_good_one_is_read(tmp_path: Path) -> None:
    assert catalogue(tmp_path, OBJECT % GOOD).objects[0].name == "asr/m.bin"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"digest": "abc"}, "sha256"),
        ({"name": "../../etc/passwd"}, "plain relative path"),
        ({"name": "/etc/passwd"}, "plain relative path"),
        ({"name": "a//b"}, "plain relative path"),
        ({"source": 'members = ["q:m.bin"]'}, "no package 'q'"),
        ({"source": 'members = ["p"]'}, "names no member"),
        ({"source": 'members = ["p:../m"]'}, "names no member"),
        ({"source": ""}, "members, hub or file"),
        ({"source": 'file = "x"\nmembers = ["p:m"]'}, "members, hub or file"),
        ({"source": 'file = "../x"'}, "no plain relative path"),
        ({"source": "members = 3"}, "objects"),
        ({"source": 'url = "x"'}, "url"),
        ({"source": "= ="}, "x.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, str], says: str) -> None:
    with pytest.raises(CatalogueInvalid, match=re.escape(says)):
        catalogue(tmp_path, OBJECT % {**GOOD, **change})


@pytest.mark.parametrize("name", ["--index-url=x", "a b", "-r", "../p", "p;x"])
def test_a_package_name_cannot_be_an_option_of_its_client(tmp_path: Path, name: str) -> None:
    with pytest.raises(CatalogueInvalid, match="bad name"):
        catalogue(tmp_path, (OBJECT % GOOD).replace('"pack"', f'"{name}"'))


def test_a_missing_file_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid):
        read(tmp_path / "none.toml")


@pytest.mark.parametrize("built_for", ["--abi", "cp311", "cp311-x --pre", "any"])
def test_a_wheel_is_built_for_what_a_client_can_be_asked(tmp_path: Path, built_for: str) -> None:
    with pytest.raises(CatalogueInvalid, match="built_for"):
        catalogue(
            tmp_path,
            (OBJECT % GOOD).replace("bytes = 10", f'bytes = 10\nbuilt_for = "{built_for}"'),
        )
