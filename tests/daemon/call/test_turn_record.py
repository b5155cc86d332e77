"""What of a turn goes into its record and to the client."""

from __future__ import annotations

from daemon.call import turn_record
from kefu.records import Stage, Turn


def test_what_the_business_system_was_told_is_masked_before_anybody_sees_it() -> None:
    stage = Stage(started_ms=0.0, took_ms=1.0)
    asked = turn_record.with_business(
        Turn(call="00" * 16, number=1, business="find_order(order_id=A1024) -> state=shipped"),
        stage,
        "callback(phone=13800138000) -> timeout",
    )
    expected = "find_order(order_id=A1024) -> state=shipped; callback(phone=*********00) -> timeout"
    assert asked.business == expected
    assert turn_record.event_data(asked)["business"] == expected
