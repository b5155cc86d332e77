"""``kefuctl scenario check``: errors with their place, and what is hardly meant."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from daemon.business.operations import load_operations
from daemon.ctl import main
from daemon.ctl.errors import NoScenarioFile
from daemon.ctl.scenario_findings import Checked, check_file, check_paths

EXAMPLES = Path(__file__).parents[3] / "examples"
OPERATIONS = load_operations(EXAMPLES / "shop/operations.toml")
SCENARIO = """\
scenario: toy
title: A toy
greeting: {zh: ["您好。"], en: ["Hello."]}
slots:
  order_id:
    entity: ORDER_ID
    ask: {zh: ["请问订单号是多少？"], en: ["Which order?"]}
    ask_again: {zh: ["请再说一遍。"], en: ["Again, please?"]}
    check: {zh: ["{order_id}，对吗？"], en: ["{order_id}, right?"]}
steps:
  - ask: order_id
  - call: find_order
    with: {order_id: order_id}
    returns: {state: text}
    outcomes:
      - say: {zh: ["状态是{state}。"], en: ["It is {state}."]}
      - error: any
        say: {zh: ["查不到。"], en: ["No answer."]}
"""


def look(tmp_path: Path, text: str) -> Checked:
    path = tmp_path / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return check_file(path, OPERATIONS)


def told(checked: Checked) -> list[tuple[str, int]]:
    return [(finding.severity, finding.line) for finding in checked.findings]


def test_a_right_file_is_counted(tmp_path: Path) -> None:
    checked = look(tmp_path, SCENARIO)
    assert checked.findings == ()
    assert (checked.scenario, checked.steps, checked.slots) == ("toy", 2, 1)
    assert checked.clauses == {"zh": 6, "en": 6}


def test_the_parsers_error_has_line_column_and_mend(tmp_path: Path) -> None:
    checked = look(tmp_path, SCENARIO.replace("ask: order_id", "ask: oder_id"))
    (finding,) = checked.findings
    assert (finding.severity, finding.line, finding.column) == ("error", 11, 10)
    assert "oder_id" in finding.message
    assert "order_id" in finding.mend


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        # A step behind a call that never continues.
        (
            "  - ask: order_id\n  - call",
            "  - call: find_refund\n    with: {order_id: order_id}\n    outcomes:\n"
            '      - say: {zh: ["好。"], en: ["Well."]}\n      - error: any\n'
            "        then: transfer\n  - ask: order_id\n  - call",
            17,
            "Nothing leads here",
        ),
        # A slot with a question that no step asks.
        (
            "slots:\n",
            'slots:\n  other:\n    entity: PHONE\n    ask: {zh: ["电话？"], en: ["Phone?"]}\n'
            '    ask_again: {zh: ["电话？"], en: ["Phone?"]}\n',
            6,
            "no step asks it",
        ),
        ("slots:\n", "slots:\n  other: {entity: PHONE}\n", 5, "neither asked for nor used"),
        # A translation that was forgotten.
        ('en: ["Hello."]', 'en: ["您好。"]', 3, "does not look like English"),
        ('zh: ["您好。"]', 'zh: ["Hello there."]', 3, "does not look like Chinese"),
        # A clause that is no breath.
        ('zh: ["您好。"]', f'zh: ["{"您好" * 13}。"]', 3, "several pieces"),
        # An outcome behind one that always fits.
        (
            "      - error: any\n",
            '      - when: {state: sold}\n        say: {zh: ["没了。"], en: ["Sold."]}\n'
            "      - error: any\n",
            17,
            "never taken",
        ),
        # A call that says nothing about its failure.
        ("error: any", "error: not_found", 12, "what follows when it fails"),
    ],
)
def test_what_is_hardly_meant_is_a_warning(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    assert old in SCENARIO
    checked = look(tmp_path, SCENARIO.replace(old, new))
    found = [one for one in checked.findings if says in one.message]
    assert [(one.severity, one.line) for one in found] == [("warning", line)], checked.findings


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("call: find_order", "call: find_oder", 12, "has no 'find_oder'"),
        ("with: {order_id: order_id}", "with: {id: order_id}", 13, "takes order_id"),
        ("{state: text}", "{state: text, price: money}", 14, "does not give 'price'"),
    ],
)
def test_a_call_that_the_business_system_does_not_know_is_an_error(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    (finding,) = look(tmp_path, SCENARIO.replace(old, new)).findings
    assert (finding.severity, finding.line) == ("error", line)
    assert says in finding.message
    assert check_file(tmp_path / "toy.yaml", None).findings == ()


def test_what_only_the_folder_shows(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(SCENARIO, encoding="utf-8")
    shutil.copy(EXAMPLES / "scenarios/common.yaml", tmp_path)
    checked = check_paths([tmp_path], None)
    found = [one for part in checked for one in part.findings if one.severity == "error"]
    assert [one.message for one in found] == ["There are two scenarios 'toy'."]


def test_the_verb(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main(["scenario", "check", str(EXAMPLES / "scenarios")]) == 0
    out, err = capfd.readouterr()
    assert "refund.yaml" in out
    assert "0 errors" in err
    broken = tmp_path / "toy.yaml"
    broken.write_text(SCENARIO.replace("title", "titel"), encoding="utf-8")
    assert main.main(["scenario", "check", str(broken)]) == 2
    assert f"{broken}:2:1: error: a scenario has no key 'titel'." in capfd.readouterr().out
    assert main.main(["scenario", "check", "--json", str(broken)]) == 2
    (document,) = json.loads(capfd.readouterr().out)
    assert document["findings"][0]["mend"] == "Did you mean 'title'?"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoScenarioFile):
        check_paths([tmp_path], None)


def test_schema_names_every_key(capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main(["scenario", "schema"]) == 0
    text = capfd.readouterr().out
    assert main.main(["scenario", "schema", "--json"]) == 0
    tables = json.loads(capfd.readouterr().out)
    for keys in tables.values():
        for key in keys:
            assert f"`{key['name']}`" in text
            assert key["meaning"]
    assert {"scenario", "greeting", "steps"} <= {key["name"] for key in tables["a scenario"]}


def test_outside_of_the_project_it_says_where_to_run_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.main(["scenario", "check"]) == 2
    err = capfd.readouterr().err
    assert f"{tmp_path}/examples/shop/operations.toml does not exist" in err
    assert "in the folder of the project" in err
    assert "--config" in err


@pytest.mark.parametrize("verb", ["check", "draw"])
def test_a_folder_of_scenarios_that_is_missing_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], verb: str
) -> None:
    config = tmp_path / "kefu.toml"
    config.write_text(
        f"[dialog]\nscenarios = '{tmp_path}/none'\n"
        f"[business]\noperations = '{EXAMPLES}/shop/operations.toml'\n"
    )
    assert main.main(["scenario", verb, "--config", str(config)]) == 2
    assert f"{tmp_path}/none: This folder of scenarios does not exist" in capfd.readouterr().err


def test_a_voice_that_the_release_has_not_is_doubtful_where_it_is_named(tmp_path: Path) -> None:
    text = SCENARIO.replace("title: A toy\n", "title: A toy\nvoice: {zh: anna, en: af_heart}\n")
    text = text.replace("  - ask: order_id\n", "  - ask: order_id\n    voice: ana\n")
    path = tmp_path / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    assert check_file(path, OPERATIONS).findings == ()
    found = check_file(path, OPERATIONS, ("af_heart", "anna")).findings
    assert [(one.severity, one.line, one.mend) for one in found] == [
        ("warning", 13, "Did you mean 'anna'?")
    ]
    missing = check_file(path, OPERATIONS, ("af_heart",)).findings
    assert [one.line for one in missing] == [3, 13]
