"""The fifty dialogue acts: what an answer of the agent does."""

from __future__ import annotations

from typing import Final

ACTS: Final[tuple[str, ...]] = (
    # Named by the reference design, with action weights of their own.
    "provide_information",
    "ask_clarification",
    "express_empathy",
    "transfer_human",
    "end_conversation",
    "apologize",
    "schedule_callback",
    # Opening and closing.
    "greet",
    "invite_request",
    "ask_anything_else",
    "check_presence",
    "hang_up_silent",
    "return_thanks",
    "thank_for_suggestion",
    # Slots.
    "ask_slot",
    "ask_slot_again",
    "check_slot",
    "accept_correction",
    "offer_choice",
    "ask_spelling",
    "ask_keypad",
    # Business calls.
    "call_business",
    "confirm_change",
    "report_change",
    "report_refusal",
    "report_not_found",
    "report_unavailable",
    "abandon_change",
    "report_progress",
    "quote_price",
    "quote_date",
    "explain_policy",
    "explain_procedure",
    "offer_alternative",
    "offer_compensation",
    "undo_change",
    # The conversation itself.
    "repeat_reply",
    "repeat_slower",
    "list_abilities",
    "offer_human",
    "switch_scenario",
    "switch_language",
    "hold_the_line",
    "resume",
    "summarise",
    "ask_satisfaction",
    "escalate_complaint",
    "set_expectation",
    "verify_identity",
    "refuse_politely",
)
"""Order of the policy network's outputs, as in ``models/dialog/actions.toml``."""
