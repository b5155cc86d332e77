"""The wheel of the client alone, in an environment that has pyzmq and msgspec and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from engines._core import g711_encode
from tests.drills.drill import gateway
from tests.drills.standalone import address
from tests.drills.tiny_engines import tone

ROOT = Path(__file__).parents[2]
IMPORT_ALL = """
import importlib, json, pkgutil, sys
from importlib import metadata
import kefu
for module in pkgutil.iter_modules(kefu.__path__, "kefu."):
    importlib.import_module(module.name)
print(json.dumps({
    "distributions": sorted(d.metadata["Name"] for d in metadata.distributions()),
    "at": kefu.__file__,
    "strangers": [n for n in ("daemon", "engines", "numpy") if n in sys.modules],
}))
"""
CALL = """
import asyncio, json, sys
import kefu
heard, kinds = [], []
with kefu.Client(sys.argv[1]) as client:
    with client.call(called="4000", language="zh", on_audio=heard.append) as call:
        call.send_silence(1600)
        call.send_file(sys.argv[2])
        call.send_silence(1000)
        while (event := call.next_event(0)) is not None:
            kinds.append(event.kind)
async def ask():
    async with kefu.AsyncClient(sys.argv[1]) as client:
        return (await client.ping()).state
print(json.dumps({
    "frames": len(heard), "kinds": kinds, "cause": call.closed.cause, "state": asyncio.run(ask())
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([ROOT / "scripts/wheel-client", sys.executable, folder], check=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the wheel and its two dependencies."""
    home = tmp_path_factory.mktemp("pbx")
    venv.create(home)
    python = home / "bin" / "python"
    (site,) = home.glob("lib/python*/site-packages")
    for name in ("msgspec", "pyzmq"):
        for file in metadata.files(name) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(Path(str(file.locate())), site / file)
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*install, "--no-index", str(wheel)], check=True)
    return python


def run(python: Path, program: str, *arguments: object) -> dict[str, object]:
    command = [str(python), "-I", "-c", program, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=python.parent, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_it_holds_the_client_and_its_licence_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    sources = {f"kefu/{path.name}" for path in (ROOT / "kefu").glob("*.py")}
    code = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    assert code == sources | {"kefu/py.typed"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert wheel.name.endswith("-py3-none-any.whl")


def test_every_module_of_it_needs_pyzmq_and_msgspec_alone(python: Path) -> None:
    told = run(python, IMPORT_ALL)
    assert told["distributions"] == ["kefu", "msgspec", "pyzmq"]
    assert str(told["at"]).startswith(str(python.parents[1]))
    assert told["strangers"] == []


def test_the_appliance_asks_for_no_package_of_its_name() -> None:
    """The name is free on the public index: pip must never fetch somebody else's."""
    wanted = metadata.requires("kefu-appliance") or []
    assert [one for one in wanted if one.split()[0].startswith("kefu")] == []
    assert {one.split("<")[0].split(">")[0] for one in metadata.requires("kefu") or ()} == {
        "msgspec",
        "pyzmq",
    }


def test_it_places_a_call(python: Path, tmp_path: Path) -> None:
    question = tmp_path / "question.ulaw"
    question.write_bytes(g711_encode(tone(300.0, 640).astype("<i2").tobytes(), "ulaw"))
    with gateway() as state:
        told = run(python, CALL, address(state), question)
    assert told["cause"] == "normal"
    assert told["state"] == "serving"
    assert int(str(told["frames"])) > 100
    assert {"turn", "reply.ended", "heard.final"} <= set(map(str, told["kinds"]))  # type: ignore[call-overload]
