"""No number of a person leaves the box in the log lines of a support bundle."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ctl.bundle_log import masked_log
from daemon.journal import line

CALL = "1234567890abcdef1234567890abcdef"
UUID = "0f9a2c1e-7b1d-4c3a-9a55-3d2c1b0a9f8e"
NUMBER = re.compile(r"\d(?:(?:[^\w\n*]|_){0,3}\d){4,}")
PEOPLE = [
    "8613812345678",
    "+886912345678",
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "110101199003071234",
    "11010119900307123X",
    "A123456789",
    "6222021234567890123",
    "138 - 0013 - 8000",
    "1380013",
    "10086",
    "١٣٨٠٠١٣٨٠٠٠",
    "１３８００１３８０００",
    "一三八零零",
    "123456789012",
    "12345678901234567890123456789012",
    "1990-03-07",
]


@pytest.mark.parametrize("number", PEOPLE)
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "agi_refused reason='{} is no UUID.'",
        "opened caller={}",
        "opened duration_ms='{}'",
        "x\nTraceback\nValueError: {}",
        "uuid={}",
        "at 2026-11-28 14:46:06 {} at 14:46:06",
    ],
)
def test_numbers_of_people_are_hidden(text: str, number: str) -> None:
    masked = masked_log(text.format(number))
    assert number not in masked
    assert number[:5] not in masked
    assert text.partition("{}")[0].rstrip("'") in masked


@pytest.mark.parametrize(
    "text",
    [
        line("opened", call=bytes.fromhex(CALL), rate_hz=16000, release="lite-7f9412345678"),
        line("closed", call=bytes.fromhex("01" * 16), cause="completed", duration_ms=1354300),
        line("talking", uuid=UUID, call=bytes.fromhex(CALL), port=18090),
        line("listening", ports="audiosocket/127.0.0.1:18090 agi/127.0.0.1:4573"),
        line("worker_started", pid=1234567),
        line("counted", name="frames", count=123456),
        f"object {CALL}{CALL} at 2026-11-28T14:46:06.123+00:00, 14:46:06",
        "loaded release=lite-1 after_s=12.25",
    ],
)
def test_ids_times_ports_and_what_we_measured_stay(text: str) -> None:
    assert masked_log(text) == text


@pytest.mark.parametrize(
    "uuid",
    [
        "00000000-0000-4000-a000-138123456789",
        "00000000-0000-0000-0000-008613812345",
        "a8613812-3456-4789-8000-000000000000",
    ],
)
def test_a_uuid_that_was_made_of_the_caller_s_number_is_hidden(uuid: str) -> None:
    masked = masked_log(line("agi_next", uuid=uuid, next="agent"))
    assert "13812" not in masked.replace("-", "")
    assert masked.endswith("next=agent")


def test_a_log_line_loses_addresses_of_people() -> None:
    assert "a.b@" not in masked_log("opened caller=13800138000 mail=a.b@example.com")


BITS = st.one_of(
    st.sampled_from([*PEOPLE, "2026-11-28", "14:46:06", "127.0.0.1", "1", "23", "456"]),
    st.text("0123456789", max_size=20),
    st.text("0123 -./,:_()", max_size=12),
    st.sampled_from([" ", "x", "'", '"', "\n", "=", " call=", " duration_ms=", "\\", "*", "-"]),
    st.text(max_size=3),
)
TEXT = st.lists(BITS, max_size=8).map("".join)


@given(TEXT)
def test_of_what_a_line_quotes_no_number_survives(words: str) -> None:
    masked = masked_log(line("agi_refused", reason=words + " ", call=bytes.fromhex(CALL)))
    assert masked.endswith(f" call={CALL}")
    rest = masked.removesuffix(CALL)
    assert NUMBER.findall(_without_times(rest)) == []


@given(TEXT)
def test_in_free_text_no_number_survives(words: str) -> None:
    assert NUMBER.findall(_without_times(masked_log(f"{{{words}}}"))) == []


@given(st.text())
def test_any_text_is_masked(text: str) -> None:
    masked = masked_log(text)
    assert NUMBER.findall(_without_times(masked)) == []


def test_a_line_of_any_length_is_masked_in_linear_time() -> None:
    for part in ("1 ", "://", "password ", "'\\", "a1", "20", "0a", " a='", "一,"):
        began = time.monotonic()
        masked_log("event" + part * (50_000 // len(part)))
        assert time.monotonic() - began < 5, part


def _without_times(text: str) -> str:
    """``text`` with a letter for each time and each address of the box."""
    clock = r"\d\d:\d\d:\d\d(?:\.\d{1,6})?"
    times = rf"20\d\d-\d\d-\d\d(?:[T ]{clock}(?:[+-]\d\d:?\d\d)?)?|{clock}"
    own = r"(?:127\.0\.0\.1|0\.0\.0\.0)(?::\d{1,5})?"
    return re.sub(rf"{times}|{own}", "x", text, flags=re.ASCII)
