"""What a client may say, and what the gateway does about it."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Final

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.desk import Desk
from daemon.gateway.peers import Peers
from daemon.journal import line
from kefu.errors import BadFrame, BadSequence, NotYourCall, ProtocolError, Refused, UnknownCall
from kefu.protocol import (
    CALL_ID_BYTES,
    FROM_CLIENT,
    NO_CALL,
    Audio,
    Cause,
    Close,
    Dtmf,
    Event,
    Flushed,
    Header,
    Hold,
    Mark,
    Message,
    Open,
    Ping,
    Play,
    Resume,
    Transferred,
    parse_from_client,
)

REMEMBERED: Final = 4_096
CLIENT_CAUSES: Final[dict[str, Cause]] = {
    "normal": "normal",
    "completed": "completed",
    "transferred": "transferred",
}

_log = logging.getLogger("kefud.door")


class ClientMessages:
    """Reads, checks and carries out what comes in at the door."""

    def __init__(self, desk: Desk) -> None:
        """``desk``: what the messages act upon."""
        gateway = desk.switchboard.settings.gateway
        self._desk = desk
        self._switchboard = desk.switchboard
        self._peers = Peers(gateway.bad_messages, gateway.ignore_peer_ms / 1000)
        self._told_unknown: OrderedDict[tuple[bytes, bytes], None] = OrderedDict()

    def handle(self, peer: bytes, parts: list[bytes], now: float) -> None:
        """One message, however malformed."""
        if self._peers.ignored(peer, now):
            self._switchboard.counters["ignored_messages"] += 1
            return
        try:
            message = parse_from_client(parts)
            self._carry_out(peer, message, now)
        except (ProtocolError, Refused) as error:
            self._switchboard.refuse(peer, _call_of(parts), error, now, _type_of(parts))
            if error.code == ProtocolError.code:
                self._strike(peer, now)

    def _carry_out(self, peer: bytes, message: Message, now: float) -> None:
        header = message.header
        if isinstance(header, Open):
            if header.token:
                self._desk.resumption.resume(peer, message.call, header, now)
            else:
                self._switchboard.open(peer, message.call, header, now)
            return
        if isinstance(header, Ping):
            self._switchboard.pong(peer, message.call, header.nonce, now)
            return
        call = self._call(peer, message.call)
        if call is None:
            return
        if isinstance(header, Audio):
            self._audio(call, header, message.payload, now)
        elif isinstance(header, Flushed):
            self._desk.cuts.flushed(call, header.first_dropped, now)
        elif isinstance(header, Close):
            if call.closing is None:
                known = CLIENT_CAUSES.get(header.cause, "normal")
                call.outcome = "abandoned" if known == "normal" else known
            self._switchboard.end(call, CLIENT_CAUSES.get(header.cause, "normal"), now)
        elif not call.control_budget.take(now):
            self._switchboard.counters["controls_dropped"] += 1
        elif call.closing is None:
            call.controls += 1
            self._control(call, header, now)

    def _control(self, call: Call, header: Header, now: float) -> None:
        """What the PBX does with the call; each is answered by an EVENT."""
        if isinstance(header, Dtmf):
            event = Event(kind="dtmf", data={"digit": header.digit})
            self._switchboard.event(call, event, now)
            if call.key_presses.told(header.digit, now):
                message = slot.Dtmf(call=call.id, digit=header.digit)
                self._switchboard.tell_worker(call, message, now)
        elif isinstance(header, Mark):
            message_mark = slot.Mark(call=call.id, name=header.name)
            self._switchboard.tell_worker(call, message_mark, now)
        elif isinstance(header, Play):
            play = slot.Play(call=call.id, text=header.text, prompt=header.prompt)
            self._switchboard.tell_worker(call, play, now)
        elif isinstance(header, Hold):
            self._desk.hold.hold(call, now)
        elif isinstance(header, Resume):
            self._desk.hold.resume(call, now)
        elif isinstance(header, Transferred):
            self._desk.transfers.answered(call, header.result, now)

    def _audio(self, call: Call, header: Audio, payload: bytes, now: float) -> None:
        try:
            call.receive(header, payload, now)
        except ValueError as reason:
            raise BadFrame(f"AUDIO of {len(payload)} bytes: {reason}.") from reason
        except IndexError as reason:
            raise BadSequence(f"AUDIO from sample {header.first_sample}: {reason}.") from reason

    def _call(self, peer: bytes, call_id: bytes) -> Call | None:
        """The peer's own call; None where the message is not worth an answer."""
        call = self._switchboard.calls.get(call_id)
        if call is not None:
            if call.peer != peer:
                if peer in call.former_peers:
                    return None  # on its way when the call was resumed elsewhere
                raise NotYourCall("Another connection opened this call.")
            return call
        if self._switchboard.calls.used(call_id):
            return None  # on its way when the call was closed
        if (peer, call_id) in self._told_unknown:
            return None
        self._told_unknown[peer, call_id] = None
        if len(self._told_unknown) > REMEMBERED:
            self._told_unknown.popitem(last=False)
        raise UnknownCall(f"There is no call {call_id.hex()}.")

    def _strike(self, peer: bytes, now: float) -> None:
        if not self._peers.strike(peer, now):
            return
        _log.warning(line("peer_ignored", peer=peer))
        for call in self._switchboard.calls:
            if call.peer == peer:
                self._switchboard.end(call, "protocol_error", now)


def _call_of(parts: list[bytes]) -> bytes:
    """The call that a refused message meant, as far as it can be told."""
    return parts[2] if len(parts) > 2 and len(parts[2]) == CALL_ID_BYTES else NO_CALL


def _type_of(parts: list[bytes]) -> str:
    """The type of a refused message; empty where it is none that a client sends."""
    return parts[1].decode() if len(parts) > 1 and parts[1] in FROM_CLIENT else ""
