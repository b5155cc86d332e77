"""An Asterisk with one channel: AudioSocket over plain sockets, on a clock of its own.

It knows the wire alone, and nothing of what it is connected to. As a program it places one call:

python -m tests.daemon.doors.asterisk_caller 9092 caller.raw heard.raw
"""

from __future__ import annotations

import array
import bisect
import contextlib
import math
import pathlib
import socket
import sys
import threading
import time
import uuid
from typing import NamedTuple

TICK_S = 0.02
LOUD = 200
KINDS = {8_000: 0x10, 16_000: 0x12, 24_000: 0x13}


class Heard(NamedTuple):
    """A frame that came."""

    at: float
    """Wall clock, seconds."""
    kind: int
    payload: bytes


def tone(hz: float, duration_ms: int, rate_hz: int = 8_000) -> bytes:
    """(T,) int16."""
    step = 2 * math.pi * hz / rate_hz
    count = duration_ms * rate_hz // 1_000
    return array.array("h", (int(8_000 * math.sin(step * n)) for n in range(count))).tobytes()


class AsteriskCaller:
    """``with AsteriskCaller(port) as caller``: connected, named, and sending silence."""

    def __init__(
        self, port: int, name: uuid.UUID | None = None, rate_hz: int = 8_000, *, mute: bool = False
    ) -> None:
        """``mute``: nothing is sent between what is said, as Asterisk does where nothing plays."""
        self.uuid = name or uuid.uuid4()
        self.heard: list[Heard] = []
        self.loud_at: list[float] = []
        """When frames came that had something in them."""
        self.hung_up_at: float | None = None
        """When 0x00 came."""
        self.closed = threading.Event()
        """The other side is gone, or we are."""
        self.said_at: float | None = None
        """Wall clock at which the last frame with something in it was sent."""
        self._kind = KINDS[rate_hz]
        self._frame_bytes = 2 * rate_hz * 20 // 1_000
        self._mute = mute
        self._to_say = bytearray()
        self._lock = threading.Lock()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw(0x01, self.uuid.bytes)
        self._threads = [threading.Thread(target=self._hear), threading.Thread(target=self._speak)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> AsteriskCaller:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def raw(self, kind: int, payload: bytes = b"") -> None:
        """One frame, now."""
        self._socket.sendall(bytes([kind]) + len(payload).to_bytes(2, "big") + payload)

    def say(self, pcm: bytes) -> None:
        """Queue (T,) int16, which leave in real time."""
        with self._lock:
            self._to_say += pcm

    @property
    def saying(self) -> bool:
        """Something waits to be sent."""
        return bool(self._to_say)

    def press(self, keys: str) -> None:
        """One frame a key."""
        for key in keys:
            self.raw(0x03, key.encode())

    def hang_up(self) -> None:
        """Close the connection, as Asterisk does: without 0x00."""
        self.closed.set()
        self._threads[1].join()
        with contextlib.suppress(OSError):  # it is closed already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._socket.close()

    def wait_hung_up(self, timeout_s: float = 15.0) -> None:
        """Until 0x00 came; then close, as Asterisk does."""
        assert self.closed.wait(timeout_s), "the connection is still open"
        assert self.hung_up_at is not None, "it was closed without 0x00"
        self.hang_up()

    def wait_heard(self, timeout_s: float = 5.0) -> None:
        """Until the first frame came, silence or not."""
        end = time.monotonic() + timeout_s
        while not self.heard:
            assert time.monotonic() < end, "no frame came"
            time.sleep(0.005)

    def wait_loud(self, since: float = 0.0, timeout_s: float = 10.0) -> float:
        """Until a frame with something in it came after ``since``; returns when it came."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            after = bisect.bisect_right(self.loud_at, since)
            if after < len(self.loud_at):
                return self.loud_at[after]
            assert not self.closed.is_set(), "hung up before anything was heard"
            time.sleep(0.005)
        raise AssertionError("nothing was heard")

    def wait_quiet(self, quiet_s: float = 0.3, timeout_s: float = 15.0) -> float:
        """Until nothing was heard for so long; returns when the last frame with something came."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            last = self.loud_at[-1] if self.loud_at else 0.0
            if time.time() - last >= quiet_s:
                return last
            time.sleep(0.005)
        raise AssertionError("it was never quiet")

    def _hear(self) -> None:
        while True:
            try:
                header = self._exactly(3)
                payload = self._exactly(int.from_bytes(header[1:], "big"))
            except (EOFError, OSError):
                break
            if header[0] == 0x00:
                self.hung_up_at = time.time()
                break
            now = time.time()
            self.heard.append(Heard(now, header[0], payload))
            if max(map(abs, array.array("h", payload)), default=0) > LOUD:
                self.loud_at.append(now)
        self.closed.set()

    def _speak(self) -> None:
        due = time.monotonic()
        while not self.closed.is_set():
            with self._lock:
                frame = bytes(self._to_say[: self._frame_bytes])
                del self._to_say[: self._frame_bytes]
            try:
                if frame:
                    self.raw(self._kind, frame)
                    self.said_at = time.time()
                elif not self._mute:
                    self.raw(self._kind, bytes(self._frame_bytes))
            except OSError:
                break
            due += TICK_S
            time.sleep(max(0.0, due - time.monotonic()))

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data


def agi(port: int, script: str, *arguments: str) -> dict[str, str]:
    """``AGI(agi://127.0.0.1:PORT/SCRIPT,ARGUMENTS)``; returns the variables that it set."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        lines = [
            "agi_network: yes",
            f"agi_network_script: {script}",
            f"agi_request: agi://127.0.0.1/{script}",
            "agi_channel: PJSIP/alice-00000001",
            "agi_callerid: 1001",
            *(f"agi_arg_{number}: {value}" for number, value in enumerate(arguments, 1)),
        ]
        connection.sendall("\n".join([*lines, "", ""]).encode())
        variables: dict[str, str] = {}
        with connection.makefile("r", encoding="utf-8") as commands:
            for command in commands:
                words = command.rstrip("\n").split(" ", 3)
                assert words[:2] == ["SET", "VARIABLE"], command
                name, value = words[2], words[3]
                assert value[0] == value[-1] == '"', command
                variables[name] = value[1:-1]
                connection.sendall(b"200 result=1\n")
        return variables


def main() -> int:
    """Say the samples of a file (8 kHz, 16 bits), keep what is heard; 1: nothing was heard."""
    port, said, kept = sys.argv[1:]
    pcm = pathlib.Path(said).read_bytes()
    try:
        caller = AsteriskCaller(int(port))
    except OSError as error:
        print(f"no door at port {port}: {error.strerror}")
        return 1
    with caller:
        print(f"calling as {caller.uuid}")
        try:
            place(caller, pcm)
        except AssertionError as nothing:
            frames = f"{len(caller.heard)} frames came, {len(caller.loud_at)} with a voice in them"
            print(f"{nothing}: {frames}{', then 0x00' if caller.hung_up_at else ''}")
            return 1
        finally:
            heard = b"".join(heard.payload for heard in caller.heard)
            pathlib.Path(kept).write_bytes(heard)
    return 0


def place(caller: AsteriskCaller, pcm: bytes) -> None:
    """Hear the greeting, say (T,) int16, hear the answer. Raises AssertionError: none."""
    caller.wait_loud()
    caller.wait_quiet(0.6)
    caller.say(pcm)
    while caller.saying and not caller.closed.is_set():
        time.sleep(0.02)
    ended_at = caller.said_at or 0.0
    print(f"answered after {caller.wait_loud(ended_at) - ended_at:.2f} s")
    caller.wait_quiet(1.0, timeout_s=60)
    if caller.closed.is_set():
        print("hung up: the dialplan goes on")


if __name__ == "__main__":
    sys.exit(main())
