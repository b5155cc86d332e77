"""The fifteen intents with their groups, and the eleven entity types."""

from __future__ import annotations

from typing import Final, Literal

Group = Literal["query", "complaint", "suggestion", "booking", "other"]

GROUP_OF: Final[dict[str, Group]] = {
    "order_status": "query",  # where is my order, when does it come
    "information": "query",  # goods, prices, hours, policies, account, invoice
    "complaint": "complaint",  # goods or service are bad
    "refund_request": "complaint",  # money back, return, exchange
    "suggestion": "suggestion",  # you ought to
    "book_callback": "booking",  # call me back at
    "change_order": "booking",  # cancel, change address, another delivery time
    "speak_to_human": "other",
    "affirm": "other",  # yes, right, please do
    "deny": "other",  # no, wrong, nothing else
    "repeat": "other",  # say that again, slower
    "courtesy": "other",  # hello, thanks, hold on: nothing is asked or answered
    "goodbye": "other",
    "inform": "other",  # an answer to our question: a number, name, address, time
    "out_of_scope": "other",
}
"""Intent to group. The groups are those of the class weights."""

INTENTS: Final[tuple[str, ...]] = tuple(GROUP_OF)
"""The order of the intent head's outputs."""

OUT_OF_SCOPE: Final = "out_of_scope"

ENTITY_TYPES: Final[tuple[str, ...]] = (
    "PERSON",
    "ORG",
    "PRODUCT",
    "MONEY",
    "PHONE",
    "ORDER_ID",
    "TIME",
    "ADDRESS",
    "COUNT",
    "EMAIL",
    "ISSUE",
)
"""With B and I for each, and O, these are the 23 tags of the trained tagger.

Values: MONEY ``"35.50 CNY"``; PHONE digits, ``+`` kept; ORDER_ID upper case without spaces;
TIME ISO 8601 (``2026-11-24``, ``T15:00`` or ``2026-11-24T15:00``); COUNT digits; EMAIL lower case;
ISSUE one of ``engines.nlu.entities.lexicon.ISSUES``; the others as said.
"""
