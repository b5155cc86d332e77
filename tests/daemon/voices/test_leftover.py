"""Idle work stands still while others use the machine, and runs again when they are done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.voices.leftover import Leftover

CHILD = 77
TICKS = os.sysconf("SC_CLK_TCK")
STEP_S = 0.04


class Machine:
    """Cores whose use, and the child's, are written as the kernel writes them."""

    def __init__(self, proc: Path, cores: int = 2) -> None:
        self.proc, self.now = proc, 100.0
        self.others_s = self.child_s = 0.0
        (proc / str(CHILD)).mkdir(parents=True)
        self.leftover = Leftover({*range(cores)}, proc, clock=lambda: self.now)
        self.write()

    def write(self) -> None:
        others, child = round(self.others_s * TICKS), round(self.child_s * TICKS)
        (self.proc / "stat").write_text(
            "cpu  9999 9999 9999 999999 5 0 0 0 0 0\n"
            f"cpu0 {others // 2} 0 {others - others // 2} 999999 5 0 0 0 0 0\n"
            f"cpu1 0 {child} 0 999999 5 0 0 0 0 0\n"
            f"cpu99 {round(self.now * TICKS)} 0 0 999999 5 0 0 0 0 0\nintr 1 2 3\n"
        )
        (self.proc / str(CHILD) / "stat").write_text(
            f"{CHILD} (a name) with) S 1 1 1 0 -1 4194304 9 9 9 9 {child} 0 0 0 20 0 1 0"
        )

    def goes_on(self, seconds: float, *, others: float, child: float = 0.0) -> list[bool]:
        """Whether the child stood still, every 40 ms; uses are in cores."""
        still = []
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            self.others_s += others * STEP_S
            stands = self.leftover.none(CHILD)
            self.child_s += 0.0 if stands else child * STEP_S
            self.write()
            still.append(stands)
        return still


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_idle_machine_is_the_childs(machine: Machine) -> None:
    assert not any(machine.goes_on(3.0, others=0.1, child=1.0))


def test_it_stands_still_within_a_fifth_of_a_second_and_goes_on_as_soon(machine: Machine) -> None:
    machine.goes_on(1.0, others=0.0, child=1.0)
    answering = machine.goes_on(1.0, others=1.0, child=1.0)
    assert all(answering[5:])
    after = machine.goes_on(1.0, others=0.0, child=1.0)
    assert not any(after[8:])


def test_its_own_work_is_not_taken_for_others(machine: Machine) -> None:
    assert not any(machine.goes_on(3.0, others=0.3, child=1.0))


@pytest.mark.parametrize(("cores", "busy"), [(1, 0.2), (2, 0.4), (4, 2.3), (16, 14.0)])
def test_large_machines_have_more_left(tmp_path: Path, cores: int, busy: float) -> None:
    machine = Machine(tmp_path, cores)
    assert not any(machine.goes_on(2.0, others=busy))
    assert any(machine.goes_on(2.0, others=busy + 0.7))


@pytest.mark.parametrize("content", ["", "cpu0", "cpu0 a b c d e f g h", "\x00", "\n\n"])
def test_where_the_kernel_tells_nothing_it_runs(machine: Machine, content: str) -> None:
    (machine.proc / "stat").write_text(content)
    machine.now += 1.0
    assert not machine.leftover.none(CHILD)
    (machine.proc / "stat").unlink()
    machine.now += 1.0
    assert not machine.leftover.none(CHILD)


def test_cores_of_others_are_not_counted(machine: Machine) -> None:
    assert not any(machine.goes_on(2.0, others=0.0, child=1.0)), "cpu99 is busy all the time"


def test_a_child_that_is_gone_does_not_stand_still(machine: Machine) -> None:
    (machine.proc / str(CHILD) / "stat").unlink()
    machine.now += 1.0
    assert not machine.leftover.none(CHILD)


def test_of_this_machine_it_is_known() -> None:
    leftover = Leftover(os.sched_getaffinity(0))
    leftover.none(os.getpid())
    assert leftover._at > 0.0
