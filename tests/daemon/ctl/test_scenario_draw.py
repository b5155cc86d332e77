"""Pictures of scenarios: everything is on them, and nothing in a scenario breaks them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from daemon.ctl import main
from daemon.ctl.scenario_draw import dot, mermaid
from daemon.ctl.scenario_flow import END, HUMAN, Flow, flow
from daemon.ctl.scenario_svg import svg
from engines.dialog.playbook import load_playbook
from engines.dialog.scenario import Call, Confirm

EXAMPLES = Path(__file__).parents[3] / "examples"
PLAYBOOK = load_playbook(EXAMPLES / "scenarios")
CHAIN = ("again", "keys", "human")


def words(picture: str) -> str:
    tree = ElementTree.fromstring(picture)  # noqa: S314 - made by us a line before
    return " ".join("".join(text.itertext()) for text in tree.iter() if text.tag.endswith("text"))


def leads_to(drawn: Flow, start: str) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        for way in drawn.ways:
            if way.source == waiting[-1] and way.target not in found:
                found.add(way.target)
                waiting.insert(0, way.target)
        waiting.pop()
    return found


@pytest.mark.parametrize("name", PLAYBOOK.scenarios)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_is_reached_and_ends(name: str, language: str) -> None:
    drawn = flow(PLAYBOOK.scenarios[name], "zh" if language == "zh" else "en")
    boxes = {box.id for box in drawn.boxes}
    assert {way.target for way in drawn.ways} | {way.source for way in drawn.ways} <= boxes
    assert leads_to(drawn, "start") | {"start", END, HUMAN} == boxes
    for box in drawn.boxes:
        assert box.id in (END, HUMAN) or leads_to(drawn, box.id) & {END, HUMAN}, box


def test_what_is_said_and_what_follows() -> None:
    scenario = PLAYBOOK.scenarios["refund"]
    drawn = flow(scenario, "en")
    confirm = next(step for step in scenario.steps if isinstance(step, Confirm))
    box = next(box for box in drawn.boxes if box.kind == "confirm")
    assert box.said == confirm.question.en
    call = next(step for step in scenario.steps if isinstance(step, Call) and step.changes)
    write = next(box for box in drawn.boxes if box.kind == "writes")
    assert call.name in write.title
    assert {way.label for way in drawn.ways if way.source == box.id} == {"yes", ""}
    failed = [box.id for box in drawn.boxes if box.title == "fails: any"]
    assert all(HUMAN in {way.target for way in drawn.ways if way.source == one} for one in failed)


def test_the_picture_says_all_of_it() -> None:
    drawn = flow(PLAYBOOK.scenarios["refund"], "zh")
    picture = svg(drawn, CHAIN)
    told = words(picture)
    for box in drawn.boxes:
        if box.id != HUMAN:
            assert box.title.split(" ")[0] in told
            for said in box.said:
                assert said[:6] in told
    assert all(name in told for name in CHAIN)
    assert len(picture.encode()) < 60_000


def test_markup_in_a_scenario_stays_text() -> None:
    scenario = replace(PLAYBOOK.scenarios["refund"], title='</text><script>"|\\')
    drawn = flow(scenario, "en")
    tree = ElementTree.fromstring(svg(drawn, CHAIN))  # noqa: S314 - made by us
    assert not [one for one in tree.iter() if one.tag.endswith("script")]
    assert 'digraph "refund: </text><script>\\"|\\\\" {' in dot(drawn)
    assert '"refund: ' not in mermaid(drawn)


def test_the_verb_writes_each_kind(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, begins in (("a.svg", "<svg"), ("a.md", "# refund"), ("a.dot", "digraph")):
        out = tmp_path / name
        assert main.main(["scenario", "draw", "refund", "--out", str(out)]) == 0
        assert out.read_text("utf-8").startswith(begins)
    capfd.readouterr()
    assert main.main(["scenario", "draw", "refund"]) == 0
    assert "flowchart TD" in capfd.readouterr().out
    assert main.main(["scenario", "draw", "refund", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["boxes"]


def test_the_picture_in_the_documents_is_current(tmp_path: Path) -> None:
    out = tmp_path / "refund.svg"
    assert main.main(["scenario", "draw", "refund", "--out", str(out)]) == 0
    document = EXAMPLES.parent / "docs/refund.svg"
    assert document.read_bytes() == out.read_bytes(), (
        "kefuctl scenario draw refund --out docs/refund.svg"
    )
    assert len(out.read_bytes()) < 60_000


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("refund", "--out", "a.png"), 5, "cannot_write"),
        (("refund", "--out", "none/a.svg"), 5, "cannot be written"),
        (("nothing",), 6, "unknown_scenario"),
    ],
)
def test_what_cannot_be_drawn(
    arguments: tuple[str, ...], code: int, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["scenario", "draw", *arguments]) == code
    assert says in capfd.readouterr().err


@pytest.mark.parametrize("verb", ["draw", "try"])
def test_a_name_that_is_mistyped_has_its_own_hint(
    verb: str, capfd: pytest.CaptureFixture[str]
) -> None:
    state = os.environ.get("KEFU_STATE", str(EXAMPLES.parent / "var"))
    options = ["--state", state] if verb == "try" else []
    assert main.main(["scenario", verb, "refnd", *options]) == 6
    err = capfd.readouterr().err
    assert "Did you mean 'refund'?" in err
    assert "called number" not in err
