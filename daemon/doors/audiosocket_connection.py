"""One AudioSocket connection: what Asterisk sends, our 20 ms clock, and the call behind it."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
import uuid
from contextlib import suppress
from typing import Final

import kefu
from daemon.doors import audiosocket_frames as frames
from daemon.doors.call_book import CallBook
from daemon.doors.caller_line import CallerLine
from daemon.doors.door_call import DoorCall
from daemon.doors.errors import BadKind, Flood, HalfFrame, NoUuid, SlowReader
from daemon.doors.settings import AudioSocketLine, AudioSocketSettings
from daemon.journal import line

TICK_S: Final = 0.020
BEHIND_S: Final = 0.004
"""Our tick lies so long after the gateway's frame, which so may be a little late …"""
LATE_S: Final = 0.010
"""… and in mid-sentence so much more: better a frame that leaves late than a hole in a word."""
UNNAMED_S: Final = 0.25
"""Who has not said his UUID is looked at so often."""
MADE_UP_S: Final = 0.1
"""Ticks that are later than this are left out."""
UNSENT_FRAMES: Final = 3
"""With so much waiting for the socket nothing is added: the agent's voice waits at the gateway."""
SEND_BUFFER_BYTES: Final = 8_192
"""Of the system's socket: a few frames, so that a reader who sleeps is noticed."""
READ_BYTES: Final = 8_192
MOST_KEYS: Final = 64
KEYS_A_TICK: Final = 0.5
"""Nobody presses faster for long."""
LEAVE_S: Final = 1.0
"""Asterisk closes the connection itself within this once it was told to hang up …"""
LEAVE_BYTES: Final = 65_536
"""… and sends no more than this meanwhile. Closing first can cost its dialplan the 0x00."""

_log = logging.getLogger("kefu-audiosocket")


class Connection:
    """One connection: what Asterisk sends, our clock, and the call behind it."""

    def __init__(
        self,
        asked: AudioSocketLine,
        settings: AudioSocketSettings,
        book: CallBook,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.uuid = ""
        self._asked = asked
        self._settings = settings
        self._book = book
        self._reader = reader
        self._writer = writer
        self._kind = frames.AUDIO_OF[asked.rate_hz]
        self._silence = bytes(2 * asked.rate_hz * 20 // 1000)
        self._caller = CallerLine(len(self._silence))
        self._decoder = frames.FrameDecoder()
        self._named = asyncio.Event()
        self._taking: asyncio.Task[DoorCall] | None = None
        self._call: DoorCall | None = None
        self._began_at = self._read_at = self._sent_at = time.monotonic()
        self._in_step = False
        self._speaking = False
        self._keys = 0.0
        self._over = False

    @property
    def call_id(self) -> bytes:
        """Of the call at the gateway; empty before there is one."""
        return self._call.call.id if self._call is not None else b""

    async def run(self) -> str:
        """Serve until one side ends it; returns which. Raises KefuError: why it is ended."""
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        jobs = [asyncio.create_task(job()) for job in (self._listen, self._play, self._talk)]
        try:
            done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            return next(job for job in jobs if job in done).result()
        finally:
            self._over = True  # a wait with a limit can swallow a cancellation in Python 3.10, 3.11
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def hang_up(self, *, left: bool) -> None:
        """Tell Asterisk, which goes on in its dialplan; ``left``: the caller may come back."""
        if self._call is not None:
            self._call.detach(left=left)
        self._writer.write(frames.pack(frames.Frame(frames.HANGUP)))
        if self._call is None and self._taking is not None:
            with suppress(kefu.KefuError):
                (await self._taking).detach(left=False)
        if self._writer.transport.get_write_buffer_size():
            self._writer.transport.abort()  # it does not read: nothing is left to wait for
            return
        with suppress(asyncio.TimeoutError, OSError):
            await asyncio.wait_for(self._leave(), LEAVE_S)
        self._writer.close()

    async def _leave(self) -> None:
        unheard = 0
        while unheard < LEAVE_BYTES and (data := await self._reader.read(READ_BYTES)):
            unheard += len(data)

    async def _listen(self) -> str:
        """Take what Asterisk sends."""
        while True:
            try:
                data = await self._reader.read(READ_BYTES)
            except OSError:
                return "asterisk_gone"
            self._read_at = time.monotonic()
            if not data:
                if self._decoder.begun:
                    raise HalfFrame("The connection ended within a frame.")
                return "asterisk_hung_up"
            for frame in self._decoder.push(data):
                if frame.kind == frames.HANGUP:
                    return "asterisk_hung_up"
                if frame.kind == frames.ERROR and self.uuid:
                    return f"asterisk_error_{frame.payload[:4].hex()}"
                self._take(frame)

    def _take(self, frame: frames.Frame) -> None:
        if (frame.kind == frames.UUID) == bool(self.uuid):
            raise NoUuid("The UUID comes first, and once.")
        if frame.kind == frames.UUID:
            self.uuid = str(uuid.UUID(bytes=frame.payload))
            self._named.set()
        elif frame.kind == frames.DTMF:
            self._press(frame.payload.decode("latin-1"))
        elif frame.kind == self._kind:
            for pcm in self._caller.push(frame.payload):
                self._send(pcm)
        else:
            rate_hz = frames.RATES_HZ[frame.kind]
            wanted = f"port {self._asked.port} takes {self._asked.rate_hz} Hz"
            raise BadKind(f"Audio of kind 0x{frame.kind:02x}, {rate_hz} Hz; {wanted}.")

    async def _talk(self) -> str:
        """Open the call, or take it up again, and stay until it ends or is to be put through."""
        await self._named.wait()
        # In a task of its own: a call that is half opened when Asterisk hangs up has to be closed.
        self._taking = asyncio.create_task(self._book.take(self.uuid, self._asked))
        self._call = await asyncio.shield(self._taking)
        _log.info(line("talking", uuid=self.uuid, call=self.call_id, port=self._asked.port))
        await self._call.leave.wait()
        return self._call.reason

    async def _play(self) -> str:
        """Our clock: 20 ms to Asterisk, and the caller's line goes on, whatever comes or not."""
        await self._be_named()
        due = time.monotonic()
        while not self._over:
            due = max(due + TICK_S, time.monotonic() - MADE_UP_S)
            unsent = self._writer.transport.get_write_buffer_size()
            blocked = unsent > UNSENT_FRAMES * len(self._silence)
            frame = None
            if self._call is not None and not blocked:
                frame = await self._due(self._call.call, due)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not blocked:
                self._write(frame)
            self._check_patience(time.monotonic(), blocked=blocked)
            if (silence := self._caller.tick()) is not None:
                self._send(silence)
            if frame is not None and not self._in_step:
                self._in_step = True
                due += (frame.arrived + BEHIND_S - due) % TICK_S
        return ""  # nobody waits for it any more

    async def _be_named(self) -> None:
        """Until then there is no clock: of those who say nothing there may be many."""
        while not self._named.is_set():
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._named.wait(), UNNAMED_S)
            self._check_patience(time.monotonic(), blocked=False)

    async def _due(self, call: kefu.AsyncCall, due: float) -> kefu.AgentFrame | None:
        """What is to leave at ``due``; silence behind which something waits is left out."""
        patience_s = LATE_S if self._speaking else 0.0
        frame = await call.read(max(0.0, due + patience_s - time.monotonic()))
        if frame is not None and frame.payload == self._silence:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            while frame.payload == self._silence and (following := await call.read(0)) is not None:
                frame = following
        return frame

    def _write(self, frame: kefu.AgentFrame | None) -> None:
        pcm = frame.payload if frame is not None else self._silence
        self._speaking = pcm != self._silence
        self._writer.write(frames.pack(frames.Frame(self._kind, pcm)))

    def _check_patience(self, now: float, *, blocked: bool) -> None:
        self._sent_at = self._sent_at if blocked else now
        self._keys = max(0.0, self._keys - KEYS_A_TICK)
        if not self.uuid and (now - self._began_at) * 1000 > self._settings.uuid_timeout_ms:
            raise NoUuid("No UUID came in time.")
        if self._decoder.begun and (now - self._read_at) * 1000 > self._settings.frame_timeout_ms:
            raise HalfFrame("A frame was begun and not finished.")
        if (now - self._sent_at) * 1000 > self._settings.unread_timeout_ms:
            raise SlowReader("What is sent is not read.")

    def _send(self, pcm: bytes) -> None:
        if self._call is not None:
            try:
                self._call.call.send(pcm)
            except kefu.KefuError:
                return  # its end is told by its events

    def _press(self, digit: str) -> None:
        self._keys += 1
        if self._keys > MOST_KEYS:
            raise Flood(f"More than {MOST_KEYS} keys at once.")
        try:
            if self._call is not None:
                self._call.call.dtmf(digit)
        except kefu.KefuError as error:
            fields = {"uuid": self.uuid, "call": self.call_id}
            _log.info(line("key_ignored", **fields, reason=error.message))
