"""What is installed to run kefu is listed, locked and free of the GPL."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

from daemon.objects.catalogue import read

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
GPL = re.compile(r"(?<![LA])(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(file: str) -> set[str]:
    lines = (REQUIREMENTS / f"{file}.in").read_text("utf-8").splitlines()
    return {normal(line.split("==")[0]) for line in lines if "==" in line and line[0] not in "#-"}


def locked(file: str) -> dict[str, str]:
    text = (REQUIREMENTS / f"{file}.txt").read_text("utf-8")
    found = re.findall(r"^([\w.-]+)==([^ \\]+)", text, re.M)
    return {normal(name): version for name, version in found}


def rows() -> dict[str, str]:
    """Package to licence, from the tables of the page."""
    found = re.findall(r"^\| (\w[\w.-]*) \| ([^|]+) \|", PAGE, re.M)
    return {normal(name): licence.strip() for name, licence in found}


@pytest.mark.parametrize("file", ["runtime", "build", "dev", "npm", "systemd", "train", "cuda"])
def test_each_direct_dependency_has_a_row_and_is_locked(file: str) -> None:
    assert direct(file) - set(rows()) == set()
    locks = set(locked(file)) | (set(locked("runtime-py310")) if file == "runtime" else set())
    assert direct(file) - locks == set()


def test_the_page_lists_nothing_that_is_not_asked_for() -> None:
    asked = set().union(
        *map(direct, ["runtime", "build", "dev", "npm", "systemd", "train", "cuda"])
    )
    others = {"package", "espeak-ng", "ca-certificates"}
    assert set(rows()) - asked - others - {normal(p) for p in weights()} == set()


def weights() -> set[str]:
    return {p.name for p in read(ROOT / "models/catalog/lite.toml").packages.values()}


def test_every_package_of_weights_is_on_the_page() -> None:
    assert [name for name in weights() if name not in PAGE] == []


@pytest.mark.parametrize("file", ["runtime", "runtime-py310", "build", "dev", "npm", "train"])
def test_locks_are_hashed_and_name_no_place(file: str) -> None:
    text = (REQUIREMENTS / f"{file}.txt").read_text("utf-8")
    assert not re.search(r"https?:|file:/|^-", text, re.M)
    for entry in re.split(r"\n(?=[\w.-]+==)", text):
        if "==" in entry.split("\n")[0]:
            assert "--hash=sha256:" in entry


def test_nothing_that_runs_is_under_the_gpl() -> None:
    guilty = {}
    for name in locked("runtime"):
        about = metadata.metadata(name)
        licences = about.get_all("License-Expression", []) + about.get_all("License", [])
        licences += [c for c in about.get_all("Classifier", []) if c.startswith("License")]
        if any(GPL.search(licence[:200]) for licence in licences):
            guilty[name] = licences
    assert guilty == {}


def test_what_is_installed_is_what_is_locked() -> None:
    versions = {name: metadata.version(name) for name in locked("runtime")}
    assert versions == locked("runtime")
