"""Three hundred calls as callers make them: text through the real understanding and the shop.

Each comes out exactly as its script says, to the row in the database. A script that shows a known
gap says so (``xfail:``) and counts as one until the gap is closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.business.operations import load_operations
from daemon.ctl.scenario_rehearsal import load_cast
from daemon.ctl.scenario_replay import Theatre
from daemon.ctl.scenario_script import EVENT_KEYS, Script, read_scripts
from daemon.release.release import Release
from engines.dialog.playbook import load_playbook
from engines.nlu.script import ScriptFolder

FOLDER = Path(__file__).parent
EXAMPLES = FOLDER.parents[1] / "examples"
FILES = {path.stem: read_scripts(path) for path in sorted(FOLDER.glob("*.calls"))}
SCRIPTS = [script for scripts in FILES.values() for script in scripts]
A_FILE = 30
TRADITIONAL = 8


def _parameter(script: Script) -> object:
    marks = [pytest.mark.xfail(reason=script.xfail, strict=True)] if script.xfail else []
    return pytest.param(script, id=script.name, marks=marks)


@pytest.fixture(scope="session")
def theatre(weights: Release) -> Iterator[Theatre]:
    dialogue, mind = load_cast(weights, EXAMPLES / "scenarios")
    operations = load_operations(EXAMPLES / "shop/operations.toml")
    with Theatre(dialogue, mind, operations, EXAMPLES / "shop/seed.sql") as opened:
        yield opened


@pytest.mark.parametrize("script", [_parameter(script) for script in SCRIPTS])
def test_call(script: Script, theatre: Theatre) -> None:
    played = theatre.play(script)
    assert not played.faults, "\n".join((*played.faults, *played.transcript))


def test_every_scenario_of_customers_has_its_calls_in_both_languages() -> None:
    scenarios = load_playbook(EXAMPLES / "scenarios").scenarios.values()
    customers = [scenario.name for scenario in scenarios if scenario.starts_on]
    assert {(scripts[0].scenario, name.rpartition(".")[2]) for name, scripts in FILES.items()} == {
        (scenario, language) for scenario in customers for language in ("zh", "en")
    }
    assert {name: len(scripts) for name, scripts in FILES.items()} == dict.fromkeys(FILES, A_FILE)


@pytest.mark.parametrize("name", FILES)
def test_the_calls_of_a_file_differ(name: str) -> None:
    calls = Counter(
        tuple((line.key, line.text) for line in script.lines if line.key in EVENT_KEYS)
        for script in FILES[name]
    )
    assert max(calls.values()) == 1
    openings = Counter(script.lines[0].text for script in FILES[name])
    assert len(openings) >= A_FILE - 10


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".zh")])
def test_chinese_calls_come_in_both_scripts(name: str, weights: Release) -> None:
    folder = ScriptFolder(weights.path("nlu_lac") / "q2b.dic")
    marked = [script for script in FILES[name] if script.traditional]
    assert len(marked) >= TRADITIONAL
    for script in marked:
        text = "".join(line.text for line in script.lines if line.key == "caller")
        assert folder.fold(text) != text.lower(), script.name


@pytest.mark.parametrize("name", FILES)
def test_callers_do_what_callers_do(name: str) -> None:
    events = {line.key for script in FILES[name] for line in script.lines}
    assert {"caller", "silence", "noise", "keys", "transfer", "business", "hangs up"} <= events
    assert len({script.outcome for script in FILES[name]}) == 3
    assert sum(script.audio for script in FILES[name]) == 10
