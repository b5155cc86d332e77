"""Measuring how many calls fit: the search, the judgement of a step, and what is kept of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from daemon import control, settings_file
from daemon.ctl import checks, load, main, measure_run, processes
from daemon.ctl.caller import Answer, Line
from daemon.ctl.errors import CallsInProgress, CannotWrite
from daemon.ctl.load import Load, Script, Spoken, hold
from daemon.ctl.measure import Measurement, Step, fitting, next_try, per_call_mib, within
from daemon.gateway.control import ControlSocket
from daemon.release.capacity import Machine, store, stored_capacity, this_machine
from daemon.settings import GatewaySettings, Settings, WorkerSettings, load_settings
from tests.daemon.gateway.house import House


@pytest.mark.parametrize("most", [1, 2, 3, 8, 100])
@pytest.mark.parametrize("true", [0, 1, 2, 3, 5, 7, 8, 31, 100])
def test_the_search_finds_the_number_in_few_steps(true: int, most: int) -> None:
    tried: dict[int, bool] = {}
    while (calls := next_try(tried, most)) is not None:
        assert 1 <= calls <= most
        assert calls not in tried
        tried[calls] = calls <= true
    assert fitting(tried) == min(true, most)
    assert len(tried) <= 14


def test_the_search_begins_small_and_doubles() -> None:
    tried: dict[int, bool] = {}
    order = []
    while (calls := next_try(tried, 8)) is not None:
        order.append(calls)
        tried[calls] = calls <= 3
    assert order == [1, 2, 4, 3]


def test_a_lucky_larger_number_does_not_count() -> None:
    assert fitting({1: True, 2: False, 4: True}) == 1
    assert fitting({1: False, 2: True}) == 0
    assert fitting({}) == 0


def line(seconds: float = 0.2) -> Line:
    pcm = (3_000 * np.sin(np.arange(int(8_000 * seconds)) / 3)).astype(np.int16)
    return Line(text="喂", language="zh", pcm=pcm, voice_start=0, last_syllable=pcm.size)


def spoken(*waits: float | None, premature: bool = False) -> tuple[Spoken, ...]:
    return tuple(
        Spoken(
            caller=number % 2,
            began=5.0 * number,
            ended=5.0 * number + 4,
            answer=Answer(line=line(), wait_s=wait, end_ms=0.0, premature=premature),
        )
        for number, wait in enumerate(waits)
    )


def test_a_step_is_judged_by_the_waits_of_all() -> None:
    def so(*waits: float | None, refused: int = 0, worker_lost: int = 0) -> bool:
        judged = Load(calls=2, spoken=spoken(*waits), refused=refused)
        return within(judged, worker_lost=worker_lost)

    assert so(*[2.5] * 20)
    assert so(*[0.8] * 19, 9.0)
    assert not so(*[0.8] * 18, 9.0, 9.0)
    assert not so(*[0.8] * 19, None)
    assert not so(*[0.8] * 20, refused=1)
    assert not so(*[0.8] * 20, worker_lost=1)
    assert not so()


def test_sentences_that_were_answered_into_have_no_wait() -> None:
    answered = Load(calls=1, spoken=spoken(0.5, premature=True) + spoken(1.0), refused=0)
    assert answered.waits_s == [1.0]
    assert answered.premature == 1


def test_the_pace_is_counted_caller_by_caller() -> None:
    assert Load(calls=2, spoken=spoken(1.0, 1.0, 1.0, 1.0), refused=0).every_s == 10.0
    assert Load(calls=2, spoken=spoken(1.0, 1.0), refused=0).every_s is None


def step(calls: int, pss_mib: float, *, within: bool = True) -> Step:
    return Step(
        calls=calls,
        seconds=40.0,
        turns=20,
        every_s=10.0,
        wait_p50_s=0.9,
        wait_p95_s=1.5 if within else 3.5,
        unanswered=0,
        premature=0,
        refused=0,
        worker_lost=0,
        cpu_share=0.4,
        others_share=0.02,
        pss_mib=pss_mib,
        within=within,
    )


def test_memory_of_a_further_call_is_the_slope() -> None:
    assert per_call_mib((step(1, 760.0), step(2, 775.0), step(4, 805.0))) == 15.0
    assert per_call_mib((step(1, 760.0),)) is None


def test_settings_survive_their_file(tmp_path: Path) -> None:
    settings = Settings(
        gateway=GatewaySettings(max_calls=7, real_time=False),
        worker=WorkerSettings(capacity=16, command=('sh "x"', "\\ 中")),
    )
    path = tmp_path / "kefu.toml"
    path.write_text(settings_file.text(settings), encoding="utf-8")
    assert load_settings(path) == settings


FOUND = Measurement(
    release="lite-1",
    machine=this_machine(),
    max_calls=2,
    within=True,
    complete=True,
    wait_limit_s=2.5,
    turn_s=4.0,
    pss_per_call_mib=15.0,
    curve=(step(1, 760.0), step(2, 775.0), step(3, 790.0, within=False)),
    took_s=200.0,
    measured_at="2026-01-02T03:04:05+00:00",
)


def measured_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure_run, "measure", lambda *_, **__: FOUND)


def test_what_was_found_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_at_once(monkeypatch)
    found = measure_run.measure_and_store(tmp_path, tmp_path / "run", "lite", Settings())
    assert found is FOUND
    assert stored_capacity(tmp_path / "capacity.json", "lite-1") == 2


def test_a_folder_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured_at_once(monkeypatch)
    with pytest.raises(CannotWrite):
        measure_run.measure_and_store(tmp_path / "none", tmp_path / "run", "lite", Settings())


def answering(calls: int, path: Path, asked: list[control.Request]) -> ControlSocket:
    def answer(request: control.Request) -> control.Answer:
        asked.append(request)
        if isinstance(request, control.StatusRequest):
            return control.Status(state="serving", calls=calls, free=1, max_calls=2)
        return control.Measured(max_calls=2, max_calls_from="measured")

    return ControlSocket(path, answer, Counter())


@contextmanager
def served(desk: ControlSocket) -> Iterator[None]:
    ending = threading.Event()

    def serve() -> None:
        while not ending.wait(0.002):
            desk.poll(time.monotonic())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        desk.close()


def test_nobody_is_measured_over_the_heads_of_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured_at_once(monkeypatch)
    asked: list[control.Request] = []
    with served(answering(3, tmp_path / "control.sock", asked)), pytest.raises(CallsInProgress):
        measure_run.measure_and_store(tmp_path, tmp_path, "lite", Settings())
    assert stored_capacity(tmp_path / "capacity.json", "lite-1") is None


def test_a_gateway_that_runs_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    measured_at_once(monkeypatch)
    asked: list[control.Request] = []
    with served(answering(0, tmp_path / "control.sock", asked)):
        measure_run.measure_and_store(tmp_path, tmp_path, "lite", Settings())
    assert asked[-1] == control.MeasureRequest(max_calls=2)
    assert "now takes 2 calls" in capfd.readouterr().err


def test_the_verdict_names_what_is_wrong() -> None:
    said = "\n".join(measure_run.verdict(FOUND))
    assert "2 calls at once fit" in said
    assert "15 MiB" in said
    assert "Other programs" not in said
    slow = msgspec.structs.replace(FOUND, within=False, max_calls=1, pss_per_call_mib=55.0)
    said = "\n".join(measure_run.verdict(slow))
    assert "Not even one call" in said
    assert "more than 40" in said
    busy = msgspec.structs.replace(step(1, 760.0), others_share=0.5)
    said = "\n".join(measure_run.verdict(msgspec.structs.replace(FOUND, curve=(busy,))))
    assert "50% of the cores" in said
    early = msgspec.structs.replace(FOUND, complete=False)
    assert "time was up" in "\n".join(measure_run.verdict(early))


def test_the_stored_number_tells_how_long_callers_waited() -> None:
    kept = FOUND.capacity()
    assert (kept.max_calls, kept.wait_p95_s, kept.wait_limit_s) == (2, 1.5, 2.5)
    assert kept.machine == Machine(cpu=kept.machine.cpu, cores=len(os.sched_getaffinity(0)))


def test_callers_talk_and_count_who_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "EVERY_S", 0.4)
    monkeypatch.setattr(load, "_JITTER_S", 0.1)
    monkeypatch.setattr(load, "_CALLED", "tone")
    monkeypatch.setattr("daemon.ctl.caller.REPLY_TIMEOUT_S", 0.3)
    one = Script(language="zh", lines=(line(),) * 2)
    told = 0

    def every() -> None:
        nonlocal told
        told += 1

    room_for_two = Settings(
        gateway=GatewaySettings(max_calls=2), worker=WorkerSettings(deaf_ms=5_000)
    )
    with House(room_for_two) as house:
        talked = hold(house.address, (one,), 2, 3.0, every=every)
        crowded = hold(house.address, (one,), 3, 1.0)
    assert talked.refused == 0
    assert {one.caller for one in talked.spoken} == {0, 1}
    assert told >= 4
    assert crowded.refused >= 1
    assert not within(crowded)


def test_processes_that_were_started_here_are_counted() -> None:
    burn = "import time\nends = time.monotonic() + 30\nwhile time.monotonic() < ends: pass"
    before, busy_before = processes.cpu_s(), processes.machine_busy_s()
    with subprocess.Popen([sys.executable, "-c", burn]) as child:
        ends = time.monotonic() + 10
        while processes.cpu_s() - before < 0.2 and time.monotonic() < ends:
            time.sleep(0.05)
        used = processes.usage()
        assert child.pid in processes.descendants()
        child.kill()
    assert used.cpu_s - before >= 0.2
    assert processes.machine_busy_s() - busy_before >= 0.15
    assert used.pss_mib > 1.0
    assert child.pid not in processes.descendants()


def test_doctor_tells_how_many_calls_are_admitted(tmp_path: Path) -> None:
    def told(settings: Settings) -> checks.Check:
        found = checks.examine(tmp_path, tmp_path, "lite-1", settings)
        return next(check for check in found if check.name == "capacity")

    assert told(Settings()).verdict == "weak"
    assert "doctor --measure" in told(Settings()).mend
    store(tmp_path / "capacity.json", FOUND.capacity())
    assert "2 calls at once, measured" in told(Settings()).found
    set_by_hand = Settings(gateway=GatewaySettings(max_calls=5))
    assert "5 calls at once, set" in told(set_by_hand).found


def test_doctor_measures_and_shows_the_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    measured_at_once(monkeypatch)
    good = checks.Check(name="weights", verdict="ok", found="here")
    monkeypatch.setattr("daemon.ctl.doctor.examine", lambda *_: [good])
    assert main.main(["doctor", "--measure", "--state", str(tmp_path)]) == 0
    out = capfd.readouterr().out
    for words in ("1.50 s", "3.50 s", "fits", "too many", "2 calls at once fit", "15 MiB"):
        assert words in out
    assert main.main(["doctor", "--measure", "--json", "--state", str(tmp_path)]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["measurement"]["max_calls"] == 2
    assert told["checks"][0]["name"] == "weights"


def test_doctor_does_not_measure_what_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured_at_once(monkeypatch)
    assert main.main(["doctor", "--measure", "--state", str(tmp_path)]) == 7
    assert not (tmp_path / "capacity.json").exists()
