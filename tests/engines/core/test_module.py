"""The module as a whole: its stub, its needs, and the tests of its C++."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engines import _core

ROOT = Path(__file__).resolve().parents[3]
KERNEL_SUFFIXES = {".h", ".cc", ".cu", ".cuh"}
BUILT_TESTS = ROOT / "build" / "tests"


def names_in_stub() -> set[str]:
    names = set()
    for node in ast.parse((ROOT / "engines" / "_core.pyi").read_text()).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        names.add(node.name)
        if isinstance(node, ast.ClassDef):
            members = (item for item in node.body if isinstance(item, ast.FunctionDef))
            names |= {f"{node.name}.{item.name}" for item in members}
    return {name for name in names if not name.endswith(".__init__")}


def names_in_module() -> set[str]:
    names = set()
    for name, value in vars(_core).items():
        if name.startswith("_"):
            continue
        names.add(name)
        if isinstance(value, type):
            names |= {f"{name}.{member}" for member in vars(value) if not member.startswith("_")}
    return names


def test_the_stub_names_what_the_module_has() -> None:
    assert names_in_stub() == names_in_module()


def test_the_table_of_kernels_has_each_of_them_and_no_other() -> None:
    page = (ROOT / "csrc" / "README.md").read_text("utf-8")
    rows = set(re.findall(r"^\| (\w+) \|", page, re.M)) - {"kernel", "header"}
    headers = set(re.findall(r"`(\w+)\.cuh?`|`(\w+)\.h`", page))
    files = {path.stem for path in (ROOT / "csrc").glob("*.*") if path.suffix in KERNEL_SUFFIXES}
    assert rows | {name for pair in headers for name in pair if name} >= files
    assert rows <= files


def test_the_module_needs_no_numpy() -> None:
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "from engines._core import Line, g711_encode\n"
        "line = Line('ulaw', 8000, 20); line.receive(0, bytes(160)); line.take(); line.frame()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_the_build_says_what_it_is() -> None:
    info = _core.build_info()
    assert info["build_type"] == "Release"
    assert not info["sanitizers"]
    assert info["simd"] in {"portable", "neon", "avx2", "avx512"}
    assert bool(info["cuda"]) == bool(info["cuda_architectures"])


@pytest.mark.skipif(
    not (BUILT_TESTS / "CTestTestfile.cmake").exists(), reason="make cpp-test builds them"
)
def test_the_kernels_pass_their_own_tests() -> None:
    ctest = shutil.which("ctest", path=str(Path(sys.executable).parent)) or shutil.which("ctest")
    assert ctest is not None
    run = subprocess.run(
        [ctest, "--test-dir", str(BUILT_TESTS), "--output-on-failure"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
