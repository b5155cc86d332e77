"""The bytes of kefu/1: pinned, read back, and refused where they are none."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefu import protocol, schema
from kefu.errors import BadHeader, ProtocolError
from kefu.protocol import pack, parse_from_client, parse_from_gateway
from tests.kefu.protocol_samples import CALL, FROM_CLIENT, FROM_GATEWAY

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "protocol"
SAMPLES = {**FROM_CLIENT, **FROM_GATEWAY}


def golden(name: str) -> list[bytes]:
    """A golden message: one line of hexadecimal digits a part."""
    return [bytes.fromhex(line) for line in (GOLDEN / f"{name}.hex").read_text().split("\n")[:5]]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bytes_are_those_of_the_golden_message(name: str) -> None:
    type_, header, payload = SAMPLES[name]
    assert pack(type_, CALL, header, payload) == golden(name)
    parse = parse_from_client if name in FROM_CLIENT else parse_from_gateway
    message = parse(golden(name))
    assert message == protocol.Message(type_, CALL, header, payload)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_reference_shows_the_golden_header(name: str) -> None:
    reference = (ROOT / "docs" / "protocol.md").read_text()
    assert (GOLDEN / f"{name}.hex").read_text().split("\n")[3] in reference


def test_every_type_has_a_golden_message() -> None:
    assert {type_ for type_, _, _ in FROM_CLIENT.values()} == set(protocol.FROM_CLIENT)
    assert {type_ for type_, _, _ in FROM_GATEWAY.values()} == set(protocol.FROM_GATEWAY)


def test_every_cause_has_a_q850_value() -> None:
    assert set(protocol.Q850) == set(get_args(protocol.Cause))


def test_unknown_fields_are_ignored() -> None:
    fields = {"codec": "alaw", "rate_hz": 8000, "frame_ms": 20, "colour": {"of": ["the", "day"]}}
    parts = [b"kefu/1", b"OPEN", CALL, msgspec.msgpack.encode(fields), b""]
    header = parse_from_client(parts).header
    assert isinstance(header, protocol.Open)
    assert header.codec == "alaw"


def test_a_refusal_names_the_field() -> None:
    fields = {"codec": "alaw", "rate_hz": "8000", "frame_ms": 20}
    parts = [b"kefu/1", b"OPEN", CALL, msgspec.msgpack.encode(fields), b""]
    with pytest.raises(BadHeader, match="rate_hz"):
        parse_from_client(parts)


def test_the_schema_is_current() -> None:
    assert (ROOT / "docs" / "kefu-1.schema.json").read_text() == schema.text()


fuzz = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

TYPES = st.sampled_from([*protocol.FROM_CLIENT, *protocol.FROM_GATEWAY])
PARTS = st.one_of(
    st.lists(st.binary(max_size=64), max_size=7),
    st.tuples(
        st.just(b"kefu/1"),
        TYPES,
        st.binary(min_size=16, max_size=16),
        st.binary(max_size=200),
        st.binary(max_size=64),
    ).map(list),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=4,
)
NAMES = st.sampled_from(
    sorted({field for kind in protocol.FROM_CLIENT.values() for field in kind.__struct_fields__})
)


@fuzz
@given(PARTS)
def test_any_bytes_are_parsed_or_refused_by_a_typed_error(parts: list[bytes]) -> None:
    for parse in (parse_from_client, parse_from_gateway):
        with contextlib.suppress(ProtocolError):
            assert len(parse(parts).call) == 16


@fuzz
@given(st.sampled_from(sorted(protocol.FROM_CLIENT)), st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_header_is_valid_or_refused(type_: bytes, fields: dict[str, object]) -> None:
    try:
        parts = [b"kefu/1", type_, CALL, msgspec.msgpack.encode(fields), b""]
    except (OverflowError, UnicodeEncodeError):
        return
    try:
        header = parse_from_client(parts).header
    except BadHeader:
        return
    assert parse_from_client(pack(type_, CALL, header)).header == header


@fuzz
@given(st.sampled_from(sorted(FROM_CLIENT)), st.data())
def test_a_damaged_message_is_parsed_or_refused(name: str, data: st.DataObject) -> None:
    parts = golden(name)
    number = data.draw(st.integers(0, 4))
    damaged = bytearray(parts[number] or b"\0")
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] = data.draw(st.integers(0, 255))
    parts[number] = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    with contextlib.suppress(ProtocolError):
        parse_from_client(parts)
