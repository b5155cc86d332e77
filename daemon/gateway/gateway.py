"""The gateway's loop: messages as they come, and the 20 ms tick on time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import zmq

from daemon import slot
from daemon.gateway.announcer import Announcer
from daemon.gateway.client_messages import ClientMessages
from daemon.gateway.clock import TickClock
from daemon.gateway.control import ControlSocket
from daemon.gateway.control_answers import ControlAnswers
from daemon.gateway.desk import Desk
from daemon.gateway.ending import Ending
from daemon.gateway.router import Router
from daemon.gateway.switchboard import Switchboard
from daemon.gateway.worker_link import WorkerLink
from daemon.gateway.worker_messages import WorkerMessages
from daemon.journal import line
from daemon.notify import Notifier
from daemon.recording.recorder import Recorder
from daemon.records.metrics_clock import MetricsClock
from daemon.records.retention import Retention
from daemon.records.writer import RecordWriter
from daemon.settings import Settings
from kefu.protocol import MAX_PART_BYTES, PARTS

DOOR_SEND_MESSAGES: Final = 50
LINGER_MS: Final = 300

_log = logging.getLogger("kefud")


class Gateway:
    """Both sockets, bound, and everything between them. One thread runs it."""

    def __init__(
        self, settings: Settings, run: Path, records: Path, notifier: Notifier | None = None
    ) -> None:
        """Bind ``kefu.sock``, ``slot.sock`` and ``control.sock`` in ``run``.

        ``notifier``: where the service manager listens; None: there is none.

        Raises SocketInUse, BadSocketPath, RecordsUnusable.
        """
        self.counters: Counter[str] = Counter()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._door = Router(
            self._context,
            run / "kefu.sock",
            limit_bytes=MAX_PART_BYTES,
            send_messages=DOOR_SEND_MESSAGES,
            most_parts=PARTS,
            counters=self.counters,
            heartbeats=True,
            mode=0o660,
        )
        self._worker = WorkerLink(self._context, run / "slot.sock", settings.worker, self.counters)
        state = records.parent
        retention = Retention(settings.records, settings.recording, state / "recordings")
        self._records = RecordWriter(records, retention)
        self._recorder = Recorder(state / "recordings", settings.recording, self.counters)
        self._switchboard = Switchboard(
            self._door, self._worker, self._records, self._recorder, settings, self.counters
        )
        self._desk = Desk(self._switchboard)
        self._control_answers = ControlAnswers(
            self._switchboard, self._switchboard.waits, state / "capacity.json"
        )
        self._metrics = MetricsClock(
            settings.records, self._records, self.counters, worker_pid=self._worker_pid
        )
        self._control = ControlSocket(run / "control.sock", self._control_answers, self.counters)
        self._client_messages = ClientMessages(self._desk)
        self._worker_messages = WorkerMessages(self._desk)
        self._ending = Ending(settings.gateway.drain_s)
        self._announcer = Announcer(self._switchboard, notifier or Notifier())

    def stop(self) -> None:
        """Close the calls and end at the next tick; may be called by a signal handler."""
        self._ending.ask_now()

    def stop_drained(self) -> None:
        """Let the calls end first, for ``drain_s`` at most; a second time: at once."""
        self._ending.ask()

    def drain(self) -> None:
        """Take no new call; those that are open go on."""
        self._switchboard.drain()

    @property
    def worker_wanted(self) -> bool:
        """Calls live, or new ones are taken."""
        return bool(self._switchboard.calls) or not self._switchboard.draining

    def worker_deaf_ms(self) -> float:
        """How long a worker that is there has not answered; 0 where it answers."""
        return self._worker.deaf_ms(time.monotonic())

    def run(self, every_tick: Callable[[], None] = lambda: None) -> None:
        """Serve until ``stop`` or ``stop_drained``; what is left is closed with ``shutdown``."""
        self._announcer.ready()
        poller = zmq.Poller()
        for source in (self._door.socket, self._worker.socket, self._records.wake_fd):
            poller.register(source, zmq.POLLIN)
        clock = TickClock()
        while True:
            remaining = clock.remaining_s()
            if remaining >= 0.001:
                poller.poll(int(remaining * 1000))
            else:
                time.sleep(remaining)
            self._read(clock)
            ticks = clock.due()
            now = time.monotonic()
            with self._contained():
                self._switchboard.settle_records(now)
            if not ticks:
                continue
            if self._end(now):
                break
            with self._contained():
                self._desk.watch.tick(now)
            with self._contained():
                self._desk.lines.tick(ticks, now)
                self._announcer.tick(now)
            with self._contained():
                self._control.poll(now)
            with self._contained():
                self._metrics.tick(now)
            with self._contained():
                every_tick()

    def close(self) -> None:
        """Flush the records, close the sockets and remove their files."""
        self._metrics.close()
        if not self._recorder.close():
            _log.error(line("recordings_not_finished"))
        if not self._records.close():
            _log.error(line("records_not_flushed"))
        self._door.close(LINGER_MS)
        self._worker.close(LINGER_MS)
        self._control.close()
        self._context.term()
        for name, count in sorted(self.counters.items()):
            _log.info(line("counted", name=name, count=count))

    def _end(self, now: float) -> bool:
        """Go on with the end, where one was asked for; True: leave the loop."""
        step = self._ending.step(now, len(self._switchboard.calls))
        self._announcer.ending(step, now)
        if step == "drain":
            self._switchboard.drain()
        elif step == "close":
            self._switchboard.end_all("shutdown", now)
        return step == "end"

    def _worker_pid(self) -> int | None:
        hello = self._worker.hello
        return hello.pid or None if hello is not None else None

    @contextmanager
    def _contained(self) -> Iterator[None]:
        """A fault in one message or one tick must not end the calls."""
        try:
            yield
        except Exception:
            self.counters["faults"] += 1
            _log.exception(line("fault"))

    def _read(self, clock: TickClock) -> None:
        """Handle what has come in, both sides in turn, until a tick is due."""
        while True:
            with self._contained():
                if not self._read_one(time.monotonic()):
                    return
            if clock.remaining_s() == 0:
                return

    def _read_one(self, now: float) -> bool:
        """At most one message of each side; False where there was none."""
        received = self._door.receive()
        if received is not None:
            self._client_messages.handle(*received, now)
        message = self._worker.receive(now)
        if message is not None:
            self._worker_messages.handle(message, now)
            if isinstance(message, slot.Hello):
                self._control_answers.read_capacity()
        return received is not None or message is not None
