"""The module as a whole: its stub, its needs, and the tests of its C++."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
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


def unmade() -> Iterator[tuple[type, str]]:
    for kind in vars(_core).values():
        if isinstance(kind, type):
            for name, member in vars(kind).items():
                if not name.startswith("_") and not isinstance(member, staticmethod):
                    yield kind, name


@pytest.mark.parametrize(("kind", "name"), list(unmade()))
def test_an_object_without_its_constructor_is_refused(kind: Any, name: str) -> None:
    one = kind.__new__(kind)
    pcm = np.zeros(160, np.int16)
    calls: list[tuple[Any, ...]] = [(), (1,), (pcm,), (0, pcm), ([], [], [], []), (1, 0, pcm, True)]
    for arguments in calls:
        with pytest.raises(TypeError):
            getattr(one, name)(*arguments)


def test_an_object_without_its_constructor_is_no_argument() -> None:
    ear = _core.CallerEar.__new__(_core.CallerEar)
    with pytest.raises(TypeError, match=r"^self: got an object that __init__ has not made"):
        _core.FrontEnd(1).tick([ear], [b""], [0], [False])
    calibration = _core.Calibration.__new__(_core.Calibration)
    with pytest.raises(TypeError, match=r"^self: got an object that __init__ has not made"):
        _core.fuse_readings([(1.0, calibration, [("a", 1.0, 1.0)])])


@pytest.mark.parametrize(
    "call",
    [
        lambda text: _core.Line(text, 8000, 20),
        lambda text: _core.g711_encode(b"", text),
        lambda text: _core.g711_decode(b"", text),
        lambda text: _core.Fbank(window=text),
        lambda text: _core.fbank(np.zeros(400, np.float32), window=text),
    ],
)
def test_a_name_is_a_whole_text(call: Callable[[Any], object]) -> None:
    for wrong in (b"ulaw", b"hamming", None, 5):
        with pytest.raises(TypeError, match=f"^[a-z]+: got {type(wrong).__name__}, expected str"):
            call(wrong)
    with pytest.raises(ValueError, match=r"^[a-z]+: got a lone surrogate, expected text"):
        call("\ud800")
    for end in ("\0", "\0more"):
        for name in ("ulaw", "hamming"):
            with pytest.raises(ValueError, match=f"^[a-z]+: got '{name}[?](more)?', expected '"):
                call(name + end)
    for before in range(5):
        with pytest.raises(ValueError, match=r"^[a-z]+: got 'a*语+\.\.\.', expected '"):
            call("a" * before + "语" * 99)


@pytest.mark.parametrize("before", range(5))
def test_a_long_value_is_cut_between_characters(before: int) -> None:
    with pytest.raises(TypeError, match=r"^rate_hz: got 'a*语+\.\.\., expected an integer"):
        _core.NoiseFloor("a" * before + "语" * 99)  # type: ignore[arg-type]
    wide = np.zeros(2, [("语" * 99, "i2"), ("b", "i4")])
    doors: list[Callable[[Any], object]] = [
        _core.level,
        _core.softmax,
        lambda pcm: _core.resample(pcm, 8000, 16000),
    ]
    for call in doors:
        with pytest.raises(ValueError, match=r"^(pcm|logits): got .{1,40}\.\.\.'?, expected"):
            call(wide)


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
