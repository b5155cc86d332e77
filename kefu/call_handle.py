"""What ``Call`` and ``AsyncCall`` have in common: all that needs no waiting."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import cast

from kefu.call_state import CallState
from kefu.connections import Connections
from kefu.errors import BadHeader, CallEnded, GatewayUnreachable
from kefu.news import News
from kefu.protocol import (
    Close,
    Closed,
    Digit,
    Dtmf,
    Mark,
    Opened,
    Play,
    Transferred,
    TransferResult,
    pack,
)


class CallHandle(ABC):
    """One call of an application."""

    def __init__(self, connections: Connections, state: CallState, timeout_s: float) -> None:
        """Ask for the call. Raises GatewayUnreachable, MessageTooLarge."""
        self._state = state
        self._timeout_s = timeout_s
        self._changed = threading.Condition()  # with a lock that lets a hook use the call
        with self._changed:
            self._connection, state.link = connections.attach(state.id, self._receive)
            try:
                self._send([pack(b"OPEN", state.id, state.asked)])
            except Exception:
                self._connection.detach(state.id)
                raise

    @property
    def id(self) -> bytes:
        """16 bytes; ``id.hex()`` is what ``kefuctl calls show`` takes."""
        return self._state.id

    @property
    def opened(self) -> Opened:
        """What OPENED said last: slot, release, token."""
        if self._state.opened is None:
            raise AssertionError("the call was handed out before it was opened")
        return self._state.opened

    @property
    def closed(self) -> Closed | None:
        """What CLOSED said; None while the call lives."""
        return self._state.closed

    @property
    def next_sample(self) -> int:
        """The number that the next sample sent will have."""
        return self._state.next_sample

    @property
    def frame_bytes(self) -> int:
        """Length of the payloads that ``send`` takes."""
        return self._state.frame_bytes

    def send(self, payload: bytes) -> int:
        """Send one coded frame, without waiting; returns the number of its first sample.

        While the call is held the frame is dropped, and the next has the same number. While the
        connection is broken frames are numbered as ever, and the last 3 s are sent later.

        Raises BadFrame, CallEnded, GatewayUnreachable, and what the gateway refused since.
        """
        with self._changed:
            first_sample = self._state.next_sample
            self._send(self._state.audio(payload))
        return first_sample

    def dtmf(self, digits: str) -> None:
        """The caller pressed these keys: ``0`` to ``9``, ``*``, ``#``, ``A`` to ``D``.

        Raises BadHeader, CallEnded, GatewayUnreachable.
        """
        with self._changed:
            headers = [Dtmf(digit=cast("Digit", digit)) for digit in digits]
            self._send(self._state.control(*headers))

    def mark(self, name: str) -> None:
        """Name this instant in the call's records; EVENT ``mark`` answers. Raises as ``dtmf``."""
        with self._changed:
            self._send(self._state.control(Mark(name=name)))

    def play(self, *, text: str = "", prompt: str = "") -> None:
        """Say this to the caller now, in place of what is being said. Raises as ``dtmf``.

        Args:
            text: at most 1000 characters.
            prompt: in place of a text, the name of a prompt that the worker knows.
        """
        if bool(text) == bool(prompt):
            raise BadHeader("PLAY has either a text or a prompt.")
        with self._changed:
            self._send(self._state.control(Play(text=text, prompt=prompt)))

    def hold(self) -> None:
        """The caller hears your music: the agent neither listens nor speaks. Raises as ``dtmf``.

        What ``send`` is given until ``resume`` is dropped. Nothing happens where the call is held.
        """
        with self._changed:
            self._send(self._state.hold())

    def resume(self) -> None:
        """The caller is back; both numberings go on. Raises as ``dtmf``."""
        with self._changed:
            self._send(self._state.resume())

    def transferred(self, result: TransferResult) -> None:
        """What became of EVENT ``transfer``; after other than ``ok`` the dialogue goes on.

        Raises as ``dtmf``.
        """
        with self._changed:
            self._send(self._state.control(Transferred(result=result)))

    @abstractmethod
    def _receive(self, news: News) -> None:
        """In the connection's thread."""

    def _accept(self, news: News) -> None:
        with self._changed:
            with suppress(GatewayUnreachable):  # the client is closed: nobody waits for an answer
                self._send(self._state.accept(news))
            if self._state.ended:
                self._connection.detach(self._state.id)
            self._changed.notify_all()

    def _hang_up(self, cause: str) -> None:
        with self._changed:
            self._send(self._state.close(cause))

    def _check_opened(self) -> None:
        """After the wait for OPENED: raises why there is no call."""
        with self._changed:
            opened, error = self._state.opened, self._state.error
            if opened is not None and error is None:
                return
            if error is None and self._state.closed is not None:
                error = CallEnded(f"The call was closed: {self._state.closed.cause}.")
            if error is None:
                error = GatewayUnreachable(
                    f"{self._connection.address} did not answer for {self._timeout_s:g} s."
                )
                with suppress(GatewayUnreachable):  # the gateway may open it yet
                    self._send([pack(b"CLOSE", self._state.id, Close())])
            self._connection.detach(self._state.id)
        raise error

    def _send(self, messages: list[list[bytes]]) -> None:
        for parts in messages:
            self._connection.send(parts, self._state.link)
