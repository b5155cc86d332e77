"""Who may import whom, and what the two distributions ask for."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from importlinter import cli

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]


def test_the_layers_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    # Its set-up of logging would silence every logger that there is, in this and all later tests.
    monkeypatch.setattr(cli, "_configure_logging", lambda verbose: None)
    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def imported(path: Path) -> set[str]:
    """Names of the packages that a file imports anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def test_the_client_needs_zeromq_and_msgspec_only() -> None:
    allowed = set(sys.stdlib_module_names) | {"kefu", "zmq", "msgspec"}
    for path in (ROOT / "kefu").glob("*.py"):
        assert imported(path) <= allowed, path


def test_no_distribution_is_asked_for_by_the_clients_name() -> None:
    """The name is free on the public index: whoever takes it must not get into an installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    asked = project["dependencies"] + [name for extra in extras for name in extra]
    names = {name.split(";")[0].strip().rstrip("<>=~!0123456789., ").lower() for name in asked}
    assert "msgspec" in names
    assert not {name for name in names if name.split("[")[0].replace("_", "-").startswith("kefu")}
    client = tomllib.loads((ROOT / "kefu" / "pyproject.toml").read_text())["project"]
    assert client["name"] == "kefu"
    assert client["version"] == project["version"]


def test_every_package_of_the_tree_is_distributed() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert tool["setuptools"]["packages"]["find"]["include"] == ["engines*", "daemon*", "models*"]
    bare = [
        path.parent
        for package in ("engines", "daemon", "models")
        for path in (ROOT / package).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    ]
    assert not bare
