"""Every rule of docs/protocol-rules.md names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.findall(
    r"^\| .+ \| `(tests/[\w/]+\.py)::(test_\w+)` \|$",
    (ROOT / "docs" / "protocol-rules.md").read_text("utf-8"),
    re.MULTILINE,
)


def test_the_table_is_read() -> None:
    lines = (ROOT / "docs" / "protocol-rules.md").read_text("utf-8").splitlines()
    rules = [line for line in lines if line.startswith("| ") and "rule |" not in line]
    assert len(NAMED) == len([line for line in rules if "---" not in line]) > 50


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_the_rule_has_its_test(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
