"""The shop behind its allow-list: hostile values, a database that is away, and refunds once."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.business.operations import Operation, load_operations
from daemon.business.seed import make_database
from daemon.business.sqlite import SqliteBusiness
from daemon.errors import BadOperations, BadSeed
from engines.dialog.moves import BusinessCall, BusinessResult
from tests.daemon.business.scripted import EXAMPLES, Shop

HOSTILE = (
    "A1024'; DROP TABLE orders; --",
    "' OR '1'='1",
    'A1024"',
    ":order_id",
    "%",
    "A102_",
    "🙂🙂🙂",
    "A\uff11\uff10\uff12\uff14",  # full-width digits
    "a1024",
    " A1024",
    "",
    "\n",
    "A" * 256,
)
NOT_EVEN_TRIED = ("A" * 257, "A1024\0", "\ud800", "x" * 10_000_000)


def find(shop: Shop, order_id: str) -> BusinessResult:
    return shop.business.call(
        BusinessCall(name="find_order", arguments={"order_id": order_id}, changes=False)
    )


def refund(shop: Shop, order_id: str, reason: str = "") -> BusinessResult:
    arguments = {"order_id": order_id, "reason": reason}
    return shop.business.call(
        BusinessCall(name="request_refund", arguments=arguments, changes=True)
    )


def test_find_order(shop: Shop) -> None:
    result = find(shop, "A1024")
    assert result.ok
    assert result.values == {
        "found": "A1024",
        "state": "shipped",
        "expected_on": "2026-11-26",
        "delivered_on": "",
        "carrier": "sf",
    }


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_find_nothing_and_harm_nothing(shop: Shop, value: str) -> None:
    before = shop.orders()
    assert find(shop, value).error == "not_found"
    assert refund(shop, value).error == "refused"
    assert shop.orders() == before
    assert shop.refunds() == []
    assert find(shop, "A1024").ok


@pytest.mark.parametrize("value", NOT_EVEN_TRIED)
def test_values_that_are_no_text_are_refused(shop: Shop, value: str) -> None:
    assert find(shop, value).error == "refused"
    assert refund(shop, "A1024", value).error == "refused"
    assert shop.refunds() == []
    assert find(shop, "A1024").ok


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_reason_is_stored_as_it_is(shop: Shop, value: str) -> None:
    assert refund(shop, "A1024", value).ok
    assert shop.refunds() == [("A1024", 29900, value)]


@settings(max_examples=60, deadline=None)
@given(value=st.text(max_size=300))
def test_any_text(shop_once: Shop, value: str) -> None:
    result = find(shop_once, value)
    assert result.ok == (value in [row[0] for row in shop_once.orders()])
    assert find(shop_once, "B2048").values["state"] == "delivered"


@pytest.fixture(scope="module")
def shop_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    database = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    make_database(EXAMPLES / "shop/seed.sql", database)
    return Shop(database)


@pytest.mark.parametrize(
    ("name", "arguments", "changes"),
    [
        ("drop_orders", {"order_id": "A1024"}, False),
        ("", {}, False),
        ("find_order", {}, False),
        ("find_order", {"order": "A1024"}, False),
        ("find_order", {"order_id": "A1024", "state": "shipped"}, False),
        ("request_refund", {"order_id": "A1024"}, True),
        ("request_refund", {"order_id": "A1024", "reason": ""}, False),  # a write in disguise
        ("find_order", {"order_id": "A1024"}, True),
    ],
)
def test_calls_outside_the_list_are_refused(
    shop: Shop, name: str, arguments: dict[str, str], changes: bool
) -> None:
    result = shop.business.call(BusinessCall(name=name, arguments=arguments, changes=changes))
    assert (result.ok, result.error, result.values) == (False, "refused", {})
    assert shop.refunds() == []


def test_a_refund_is_made_once(shop: Shop) -> None:
    first, second = refund(shop, "A1024", "damaged"), refund(shop, "A1024", "late")
    assert first.values == {
        "refunded": "A1024",
        "refund_id": "R7002",
        "refund_state": "requested",
        "refund_amount": "299.00 CNY",
    }
    assert second.values == {**first.values, "refund_state": "existing"}
    assert shop.refunds() == [("A1024", 29900, "damaged")]


def test_a_refund_is_made_once_when_asked_at_once(shop: Shop) -> None:
    results: list[BusinessResult] = []
    threads = [
        threading.Thread(target=lambda: results.append(refund(shop, "B2048"))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = [result for result in results if result.ok]
    assert {result.values["refund_id"] for result in answered} == {"R7002"}
    assert [result.values["refund_state"] for result in answered].count("requested") == 1
    assert {result.error for result in results if not result.ok} <= {"timeout"}
    assert len(shop.refunds()) == 1


@pytest.mark.parametrize("order_id", ["A1025", "A1026", "Z9999"])
def test_what_cannot_be_refunded_is_refused(shop: Shop, order_id: str) -> None:
    assert refund(shop, order_id).error == "refused"
    assert shop.refunds() == []


def test_missing_database_is_unavailable_and_is_not_made(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "away.sqlite")
    assert find(shop, "A1024").error == "unavailable"
    assert refund(shop, "A1024").error == "unavailable"
    assert not shop.database.exists()
    make_database(EXAMPLES / "shop/seed.sql", shop.database)
    assert find(shop, "A1024").ok


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"not a database at all" * 100)
    assert find(Shop(tmp_path / "x.sqlite"), "A1024").error == "unavailable"


def test_a_database_without_the_tables_is_unavailable(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.sqlite").close()
    assert find(Shop(tmp_path / "x.sqlite"), "A1024").error == "unavailable"


def test_a_locked_database_times_out_and_is_found_again(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        assert find(shop, "A1024").error == "timeout"
        assert refund(shop, "A1024").error == "timeout"
        assert time.monotonic() - started < 5
        other.rollback()
    assert find(shop, "A1024").ok
    assert shop.refunds() == []


def test_an_endless_query_is_stopped(shop: Shop) -> None:
    endless = Operation(
        statements=(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT max(i) AS i FROM n",
        ),
        arguments=(),
        returns=("i",),
    )
    business = SqliteBusiness(shop.database, {"endless": endless}, timeout_s=0.2)
    started = time.monotonic()
    result = business.call(BusinessCall(name="endless", arguments={}, changes=False))
    assert result.error == "timeout"
    assert time.monotonic() - started < 5


def test_a_failed_change_is_undone(shop: Shop) -> None:
    insert = "INSERT INTO refunds (order_id, amount_fen) VALUES (:order_id, 100)"
    half = Operation(
        statements=(insert, "SELECT nothing FROM nowhere"),
        arguments=("order_id",),
        returns=("nothing",),
        changes=True,
    )
    foreign = Operation(
        statements=(insert, "SELECT 1 AS one"),
        arguments=("order_id",),
        returns=("one",),
        changes=True,
    )
    business = SqliteBusiness(shop.database, {"half": half, "foreign": foreign})
    call = BusinessCall(name="half", arguments={"order_id": "A1024"}, changes=True)
    assert business.call(call).error == "unavailable"
    call = BusinessCall(name="foreign", arguments={"order_id": "no such order"}, changes=True)
    assert business.call(call).error == "refused"
    assert shop.refunds() == []


def test_a_reading_operation_cannot_write(shop: Shop) -> None:
    hidden = "WITH one AS (SELECT 1) DELETE FROM orders RETURNING order_id"
    business = SqliteBusiness(
        shop.database,
        {"hidden": Operation(statements=(hidden,), arguments=(), returns=("order_id",))},
    )
    before = shop.orders()
    result = business.call(BusinessCall(name="hidden", arguments={}, changes=False))
    assert result.error == "unavailable"
    assert shop.orders() == before


def test_an_answer_without_a_listed_column_is_no_answer(shop: Shop) -> None:
    odd = Operation(statements=("SELECT 1 AS one",), arguments=(), returns=("two",))
    business = SqliteBusiness(shop.database, {"odd": odd})
    result = business.call(BusinessCall(name="odd", arguments={}, changes=False))
    assert (result.ok, result.error) == (False, "unavailable")


GOOD = """
[operations.find]
arguments = ["order_id"]
returns = ["state"]
statements = ["SELECT state FROM orders WHERE order_id = :order_id"]
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("returns", "return", "unknown field `return`"),
        ('["order_id"]', '["order_id", "x"]', "arguments differ: x"),
        (":order_id", ":id", "arguments differ: id, order_id"),
        (":order_id", "?", "arguments differ: order_id"),
        (":order_id", ":order_id OR ?1", "write parameters as :name"),
        ("SELECT state FROM orders", "DELETE FROM orders", "last statement must be a SELECT"),
        ('["SELECT', '["DELETE FROM orders", "SELECT', "needs changes = true"),
        ("statements = [", 'statements = ["", ', "needs changes = true"),
        ("[operations.find]", "[operations.'F; DROP']", "find_order"),
        ("[operations.find]", "[operations.find", "toml"),
        ('["state"]', "[]", "length >= 1"),
        ('["state"]', "3", "array"),
    ],
)
def test_a_wrong_list_of_operations(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "operations.toml"
    path.write_text(GOOD)
    assert load_operations(path)["find"].changes is False
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(BadOperations, match=None if message in ("find_order", "toml") else message):
        load_operations(path)


def test_a_missing_or_huge_list_of_operations(tmp_path: Path) -> None:
    with pytest.raises(BadOperations, match="does not exist"):
        load_operations(tmp_path / "none.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(BadOperations, match="at most"):
        load_operations(tmp_path / "huge.toml")


def test_a_seed_makes_a_database_once_and_whole(tmp_path: Path) -> None:
    database = tmp_path / "new" / "shop.sqlite"
    assert make_database(EXAMPLES / "shop/seed.sql", database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM refunds")
    assert not make_database(EXAMPLES / "shop/seed.sql", database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM refunds").fetchone() == (0,)


def test_a_broken_seed_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "seed.sql").write_text("CREATE TABLE a (b); INSERT INTO c VALUES (1);")
    with pytest.raises(BadSeed, match="no such table: c"):
        make_database(tmp_path / "seed.sql", tmp_path / "shop.sqlite")
    with pytest.raises(BadSeed):
        make_database(tmp_path / "missing.sql", tmp_path / "shop.sqlite")
    assert [path.name for path in tmp_path.iterdir()] == ["seed.sql"]


def complain(shop: Shop, **more: str) -> BusinessResult:
    arguments = {"order_id": "A1024", "phone": "", "issue": "", "story": "坏了"} | more
    return shop.business.call(
        BusinessCall(name="file_complaint", arguments=arguments, changes=True)
    )


def book(shop: Shop, wanted_at: str, phone: str = "13800138000") -> BusinessResult:
    arguments = {"phone": phone, "wanted_at": wanted_at}
    return shop.business.call(BusinessCall(name="book_callback", arguments=arguments, changes=True))


def test_a_complaint_is_filed_once(shop: Shop) -> None:
    first = complain(shop)
    assert first.values == {"complaint_id": "K5002", "complaint_state": "filed"}
    assert complain(shop).values == {**first.values, "complaint_state": "existing"}
    assert complain(shop, story="又坏了").values["complaint_id"] != "K5002"
    assert complain(shop, order_id="").ok
    assert len(shop.complaints()) == 3


@pytest.mark.parametrize("more", [{"order_id": "Z9999"}, {"story": ""}])
def test_a_complaint_that_cannot_be_is_refused(shop: Shop, more: dict[str, str]) -> None:
    assert complain(shop, **more).error == "refused"
    assert shop.complaints() == []


def test_what_callers_say_is_stored_as_they_say_it(shop: Shop) -> None:
    story = "'); DROP TABLE complaints; -- :order_id {x} 💥"
    assert complain(shop, story=story).ok
    assert shop.complaints() == [("A1024", "", "", story)]


def test_a_call_back_is_booked_once_and_moved_under_its_number(shop: Shop) -> None:
    first = book(shop, "2026-11-26T15:00")
    assert first.values["booking"] == "booked"
    assert book(shop, "2026-11-26T15:00").values == {**first.values, "booking": "existing"}
    moved = book(shop, "2026-11-27T10:30")
    assert moved.values["booking"] == "moved"
    assert moved.values["callback_id"] == first.values["callback_id"]
    assert moved.values["booked_at"] == "2026-11-27T10:30"
    assert book(shop, "2026-11-27T10:30").values["booking"] == "existing"
    assert shop.callbacks() == [("13800138000", "2026-11-27T10:30")]


def test_a_call_back_that_was_made_does_not_count(shop: Shop) -> None:
    # 13912345678 was called back on the twentieth.
    assert book(shop, "2026-11-26T15:00", "13912345678").values["booking"] == "booked"


@pytest.mark.parametrize(
    ("wanted_at", "phone"),
    [
        ("tomorrow", "13800138000"),
        ("2026-11-26", "13800138000"),
        ("", "13800138000"),
        ("2026-11-26T15:00", ""),
        ("2026-11-26T15:00", "1" * 40),
    ],
)
def test_a_call_back_without_a_time_or_number_is_refused(
    shop: Shop, wanted_at: str, phone: str
) -> None:
    assert book(shop, wanted_at, phone).error == "refused"
    assert shop.callbacks() == []


@pytest.mark.parametrize(
    ("digits", "order_id"),
    [("1024", "A1024"), ("9999", ""), ("", ""), ("%", ""), ("____", ""), ("024", "")],
)
def test_the_order_with_these_digits(shop: Shop, digits: str, order_id: str) -> None:
    call = BusinessCall(name="complete_order_id", arguments={"digits": digits}, changes=False)
    result = shop.business.call(call)
    assert result.values.get("order_id", "") == order_id


def test_digits_of_two_orders_name_none(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.database)) as connection:
        connection.execute("UPDATE orders SET order_id = 'Z1024' WHERE order_id = 'B2048'")
        connection.commit()
    call = BusinessCall(name="complete_order_id", arguments={"digits": "1024"}, changes=False)
    assert shop.business.call(call).error == "not_found"
