"""One message of every kind of kefu/1, whose bytes are pinned in ``tests/golden/protocol``."""

from __future__ import annotations

from kefu.protocol import (
    AgentAudio,
    Audio,
    Close,
    Closed,
    Dtmf,
    Error,
    Event,
    Flush,
    Flushed,
    Header,
    Hold,
    Mark,
    Move,
    Open,
    Opened,
    Ping,
    Play,
    Pong,
    Resume,
    Transferred,
)

CALL = bytes(range(16))
TOKEN = "dG9rZW4"  # noqa: S105 (a sample)

FROM_CLIENT: dict[str, tuple[bytes, Header, bytes]] = {
    "open": (
        b"OPEN",
        Open(
            codec="ulaw",
            rate_hz=8000,
            frame_ms=20,
            language="zh",
            caller="1001",
            called="order_status",
        ),
        b"",
    ),
    "open_again": (
        b"OPEN",
        Open(codec="ulaw", rate_hz=8000, frame_ms=20, token=TOKEN, taken=48_000, next_event=3),
        b"",
    ),
    "audio": (b"AUDIO", Audio(first_sample=160, taken=320), bytes([0xFF, 0x7F] * 4)),
    "flushed": (b"FLUSHED", Flushed(first_dropped=4_000), b""),
    "dtmf": (b"DTMF", Dtmf(digit="5"), b""),
    "mark": (b"MARK", Mark(name="queue left"), b""),
    "play_text": (b"PLAY", Play(text="请稍等。"), b""),
    "play_prompt": (b"PLAY", Play(prompt="goodbye"), b""),
    "hold": (b"HOLD", Hold(), b""),
    "resume": (b"RESUME", Resume(), b""),
    "transferred": (b"TRANSFERRED", Transferred(result="no_answer"), b""),
    "close": (b"CLOSE", Close(), b""),
    "ping": (b"PING", Ping(nonce=7), b""),
}
FROM_GATEWAY: dict[str, tuple[bytes, Header, bytes]] = {
    "opened": (
        b"OPENED",
        Opened(token=TOKEN, slot="blue", release="lite-1", caller_next=0, agent_next=0),
        b"",
    ),
    "opened_again": (
        b"OPENED",
        Opened(
            token=TOKEN,
            slot="blue",
            release="lite-1",
            caller_next=47_840,
            agent_next=48_000,
            controls=2,
        ),
        b"",
    ),
    "agent_audio": (b"AUDIO", AgentAudio(first_sample=320), bytes([0xFF, 0x7F] * 4)),
    "flush": (b"FLUSH", Flush(next_sample=5_600), b""),
    "event": (
        b"EVENT",
        Event(kind="turn", stored=True, data={"heard": "查订单", "number": 1}),
        b"",
    ),
    "event_numbered": (b"EVENT", Event(kind="dtmf", number=3, data={"digit": "5"}), b""),
    "move": (b"MOVE", Move(), b""),
    "move_elsewhere": (b"MOVE", Move(address="ipc:///run/kefu/green.sock"), b""),
    "closed": (b"CLOSED", Closed(cause="completed", q850=16), b""),
    "pong": (b"PONG", Pong(nonce=7, state="serving", calls=1, free=3), b""),
    "error": (
        b"ERROR",
        Error(code="busy", message="All 4 calls are served.", retry_after_ms=5_000, answers="OPEN"),
        b"",
    ),
}
