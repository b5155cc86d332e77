"""The fifteen intents with their groups, and the eleven entity types."""

from __future__ import annotations

from typing import Final, Literal

Group = Literal["query", "complaint", "suggestion", "booking", "other"]

GROUP_OF: Final[dict[str, Group]] = {
    "order_status": "query",
    "information": "query",
    "complaint": "complaint",
    "refund_request": "complaint",
    "suggestion": "suggestion",
    "book_callback": "booking",
    "change_order": "booking",
    "speak_to_human": "other",
    "affirm": "other",
    "deny": "other",
    "repeat": "other",
    "courtesy": "other",
    "goodbye": "other",
    "inform": "other",
    "out_of_scope": "other",
}
"""Intent to group. The groups are those of the class weights."""

MEANING_OF: Final[dict[str, str]] = {
    "order_status": "Where is my order, when does it come?",
    "information": "Goods, prices, hours, policies, account, invoice.",
    "complaint": "Goods or service are bad.",
    "refund_request": "Money back, return, exchange.",
    "suggestion": "You ought to …",
    "book_callback": "Call me back at …",
    "change_order": "Cancel, change the address, another delivery time.",
    "speak_to_human": "A human, please.",
    "affirm": "Yes, right, please do.",
    "deny": "No, wrong, nothing else.",
    "repeat": "Say that again, slower.",
    "courtesy": "Hello, thanks, hold on: nothing is asked or answered.",
    "goodbye": "Good-bye.",
    "inform": "An answer to our question: a number, name, address, time.",
    "out_of_scope": "None of these.",
}
"""What a caller says, by intent; for the people who write scenarios."""

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
"""With B and I for each, and O, these are the 23 tags of the trained tagger."""

VALUE_OF: Final[dict[str, str]] = {
    "PERSON": "A name, as said.",
    "ORG": "A company, as said.",
    "PRODUCT": "Goods, as said.",
    "MONEY": "`35.50 CNY`.",
    "PHONE": "Digits; a leading `+` is kept.",
    "ORDER_ID": "Upper case without spaces.",
    "TIME": "ISO 8601: `2026-11-24`, `T15:00` or `2026-11-24T15:00`.",
    "ADDRESS": "As said.",
    "COUNT": "Digits.",
    "EMAIL": "Lower case.",
    "ISSUE": "One of `damaged`, `not_working`, `wrong_item`, `missing_item`, `late`, "
    "`wrong_size`, `overcharged`, `poor_quality`, `rude_service`, `changed_mind`.",
}
"""The value of an entity, by type."""
