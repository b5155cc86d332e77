"""The Node client of examples/client-node: a program that knows kefu/1 from its document alone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.ctl.audio_file import write_wav
from daemon.records.reader import show
from engines._core import g711_decode, g711_encode
from kefu.protocol import Error, Open, Pong, pack, parse_from_client
from tests.drills.drill import gateway
from tests.drills.standalone import address
from tests.drills.tiny_engines import AGENT_HZ, tone
from tests.kefu.gateway_model import Parts
from tests.kefu.scripted_gateway import ScriptedGateway, until

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "examples" / "client-node"
ORDER, NUMBER, GOODBYE = 300.0, 400.0, 500.0
UNREACHABLE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT"
    r"|No matching distribution|No Node.js"
)


@pytest.fixture(scope="module")
def node() -> str:
    """The Node.js that runs the client, with its packages installed."""
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    made = subprocess.run(
        ["make", "client-node"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if made.returncode and UNREACHABLE.search(made.stderr):
        pytest.skip(f"neither node's packages nor a registry: {made.stderr.strip()[-200:]}")
    assert made.returncode == 0, made.stderr
    found = subprocess.run(
        ["scripts/find-node"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return str(Path(found.stdout.strip()) / "node")


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with gateway() as folder:
        yield folder


@pytest.fixture(scope="module", autouse=True)
def nobody(node: str, tmp_path_factory: pytest.TempPathFactory) -> subprocess.Popen[str]:
    """A client at a socket that is not there; it notices after 5 s, behind the other tests."""
    return start(node, f"ipc://{tmp_path_factory.mktemp('nobody')}/none.sock")


@pytest.fixture
def scripted() -> Iterator[ScriptedGateway]:
    with ScriptedGateway() as one:
        yield one


def start(node: str, where: str, *arguments: object) -> subprocess.Popen[str]:
    command = [node, str(CLIENT / "place-call.mjs"), "--address", where, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def ended(client: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the events of ``--json``, standard error."""
    out, err = client.communicate(timeout=25)
    return client.returncode, [json.loads(line) for line in out.splitlines()], err


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


def turns(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["kind"] == "turn"]


def both_sides(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def loudest_hz(pcm: NDArray[np.int16]) -> float:
    spectrum = np.abs(np.fft.rfft(pcm.astype(np.float32)))
    return float(spectrum.argmax()) * 8000 / pcm.size


def test_a_whole_conversation(node: str, state: Path, tmp_path: Path) -> None:
    lines = [tmp_path / f"{hz:.0f}.wav" for hz in (ORDER, NUMBER, GOODBYE)]
    for line, hz in zip(lines, (ORDER, NUMBER, GOODBYE), strict=True):
        write_wav(line, tone(hz, 640), 8000)
    out = tmp_path / "call.wav"
    options = ("--json", "--called", "4000", "--language", "zh", "--caller", "13800138000")
    code, events, err = ended(start(node, address(state), *options, "--out", out, *lines))
    assert (code, err) == (0, "")
    assert kinds(events)[0] == "opened"
    assert events[-1] == {"kind": "closed", "data": {"cause": "completed", "q850": 16}}
    assert [turn["heard"] for turn in turns(events)][1:3] == ["我想查一下订单。", "A1024"]
    assert "已经发货" in turns(events)[2]["reply"]
    summary, recorded = show(state / "records.sqlite", events[0]["data"]["call"])
    assert (summary.cause, summary.caller) == ("completed", "13800138000")
    assert [turn.reply_cut for turn in recorded] == [False] * 4
    assert recorded[2].reply_heard == recorded[2].reply, "what was taken is what was told"
    caller, agent = both_sides(out).T
    assert loudest_hz(agent) == pytest.approx(AGENT_HZ, abs=20)
    assert min(abs(loudest_hz(caller) - hz) for hz in (ORDER, NUMBER, GOODBYE)) < 20
    voiced = np.abs(agent.astype(int)) > 200
    spoken_s = sum(len(turn["reply"]) for turn in turns(events)) * 0.06
    assert voiced.sum() / 8000 == pytest.approx(spoken_s, rel=0.25)


def test_keys_a_transfer_and_hanging_up(node: str, state: Path) -> None:
    options = ("--json", "--called", "4000", "--language", "zh", "--keys", "0")
    client = start(node, address(state), *options, "--transfer", "busy")
    assert client.stdout is not None
    events = []
    for text in client.stdout:
        events.append(json.loads(text))
        if events[-1]["kind"] == "transferred":
            client.send_signal(signal.SIGINT)
    assert client.wait(5) == 0
    assert {"kind": "dtmf", "data": {"digit": "0"}} in [
        {"kind": event["kind"], "data": event["data"]} for event in events
    ]
    result = next(event["data"]["result"] for event in events if event["kind"] == "transferred")
    assert result == "busy"
    assert events[-1]["data"]["cause"] == "normal"


def test_what_is_cut_is_not_played(node: str, scripted: ScriptedGateway, tmp_path: Path) -> None:
    out = tmp_path / "call.wav"
    client = start(node, scripted.address, "--json", "--out", out)
    until(lambda: scripted.model.calls)
    call = scripted.model.calls[next(iter(scripted.model.calls))]
    for _ in range(50):
        scripted.say(call.id, g711_encode(tone(AGENT_HZ, 20).astype("<i2").tobytes(), "ulaw"))
    time.sleep(0.3)
    scripted.flush(call.id)
    until(lambda: call.flushed)
    until(lambda: call.taken[-1] == 50 * 160)
    client.send_signal(signal.SIGINT)
    code, events, _ = ended(client)
    assert (code, kinds(events)) == (0, ["opened", "closed"])
    played = call.flushed[0].first_dropped
    assert 0 < played < 50 * 160
    voiced = np.abs(both_sides(out)[:, 1].astype(int)) > 200
    assert 0.9 * played < voiced.sum() <= played


@pytest.mark.parametrize("code", ["busy", "draining", "no_worker", "bad_rate"])
def test_a_refusal_is_told(node: str, scripted: ScriptedGateway, code: str) -> None:
    def refuse(parts: Parts, answers: list[Parts]) -> list[Parts]:
        message = parse_from_client(parts)
        if isinstance(message.header, Open):
            refusal = Error(code=code, message="\x1b[31mNo.\x9b", retry_after_ms=5000)
            return [pack(b"ERROR", message.call, refusal)]
        return answers

    scripted.answer = refuse
    status, events, err = ended(start(node, scripted.address, "--json"))
    assert (status, events) == (6, [])
    assert err == f"{code}: [31mNo. Try again after 5 s.\n"


@pytest.mark.parametrize(
    "answer",
    [
        lambda parts: [b"kefu/2", *parts[1:]],
        lambda parts: parts[:4],
        lambda parts: [*parts, b""],
        lambda parts: [*parts[:3], b"\xc1", parts[4]],
        lambda parts: [*parts[:3], b"\x93\x01\x02\x03", parts[4]],
    ],
    ids=["version", "four parts", "six parts", "no msgpack", "no map"],
)
def test_a_stranger_at_the_socket_ends_in_an_error(
    node: str, scripted: ScriptedGateway, answer: Any
) -> None:
    scripted.answer = lambda parts, answers: [answer(one) for one in answers]
    status, events, err = ended(start(node, scripted.address, "--json"))
    assert (status, events) == (3, [])
    assert err.startswith("bad_message: ")


def test_it_hangs_up_where_nobody_reads_its_events(node: str, scripted: ScriptedGateway) -> None:
    client = start(node, scripted.address)
    until(lambda: scripted.model.calls)
    call = scripted.model.calls[next(iter(scripted.model.calls))]
    assert client.stdout is not None
    client.stdout.close()
    for _ in range(3):
        scripted.event(call.id, "mark")
    until(lambda: call.closed)
    assert client.wait(5) == 0


def test_a_gateway_that_forgets_the_call(node: str, scripted: ScriptedGateway) -> None:
    client = start(node, scripted.address, "--json")
    until(lambda: scripted.model.calls)
    call = next(iter(scripted.model.calls))
    forgotten = Error(code="unknown_call", message="The gateway knows no such call.")
    scripted.send(call, pack(b"ERROR", call, forgotten))
    status, events, err = ended(client)
    assert (status, kinds(events)) == (6, ["opened"])
    assert "unknown_call" in err


def wav(content: bytes) -> bytes:
    return b"RIFF" + (len(content) + 4).to_bytes(4, "little") + b"WAVE" + content


FORM = b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no WAV file"),
        (b"ID3" + bytes(100), "no WAV file"),
        (wav(b""), "no samples"),
        (wav(FORM[:12]), "truncated"),
        (wav(FORM + b"data\0\0\0\0"), "no samples"),
        (wav(FORM + b"data\xff\xff\xff\x7f\0\0"), "truncated"),
        (wav(b"data\x02\0\0\0\0\0" + FORM), "before their format"),
        (wav(FORM.replace(b"\x40\x1f", b"\x80\xbb") + b"data\x02\0\0\0\0\0"), "48000 Hz"),
        (wav(FORM.replace(b"\x01\0\x01\0", b"\x01\0\x02\0") + b"data\x02\0\0\0\0\0"), "2 channels"),
    ],
)
def test_a_file_that_is_no_such_audio(node: str, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    status, _, err = ended(start(node, "ipc:///nowhere", path))
    assert status == 5
    assert err.startswith("bad_audio_file: ")
    assert says in err


def test_nobody_there_and_wrong_usage(node: str, nobody: subprocess.Popen[str]) -> None:
    for wrong in (("--keys", "1x"), ("--listen", "0"), ("--transfer", "maybe"), ("--nonsense",)):
        assert ended(start(node, "ipc:///nowhere", *wrong))[0] == 2
    assert ended(start(node, "no address"))[0] == 2
    status, _, err = ended(nobody)
    assert status == 3
    assert "gateway_unreachable" in err


def test_mu_law_is_the_gateways_own(node: str) -> None:
    program = (
        f"import {{ encodeUlaw, decodeUlaw }} from {json.dumps(str(CLIENT / 'ulaw.mjs'))};"
        "const pcm = Int16Array.from({ length: 65536 }, (_, n) => n - 32768);"
        "process.stdout.write(encodeUlaw(pcm));"
        "const all = decodeUlaw(Uint8Array.from({ length: 256 }, (_, n) => n));"
        "process.stdout.write(Buffer.from(all.buffer));"
    )
    done = subprocess.run(
        [node, "--input-type=module", "-e", program], capture_output=True, check=True
    )
    samples = np.arange(-32768, 32768).astype("<i2").tobytes()
    assert done.stdout[:65536] == g711_encode(samples, "ulaw")
    assert done.stdout[65536:] == g711_decode(bytes(range(256)), "ulaw")


def test_the_gateway_is_asked_before_a_call_is_opened(node: str, scripted: ScriptedGateway) -> None:
    asked: list[str] = []

    def note(parts: Parts, answers: list[Parts]) -> list[Parts]:
        header = parse_from_client(parts).header
        asked.append(type(header).__name__)
        return [pack(b"PONG", parts[2], Pong(nonce=0, state="serving", calls=0, free=1))]

    scripted.answer = note
    client = start(node, scripted.address)
    until(lambda: asked)
    time.sleep(0.5)
    client.send_signal(signal.SIGKILL)
    client.communicate()
    assert asked == ["Ping"], "a PONG of another nonce is no answer"
