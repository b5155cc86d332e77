"""Public sets mapped onto our intents; what fits none of them teaches what is out of scope."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from models.nlu.sample import Sample

CLINC150: Final = {
    "order_status": "order_status",
    "yes": "affirm",
    "no": "deny",
    "cancel": "deny",
    "repeat": "repeat",
    "change_speed": "repeat",
    "thank_you": "courtesy",
    "greeting": "courtesy",
    "goodbye": "goodbye",
    "are_you_a_bot": "speak_to_human",
}
_CLINC150_NEAR: Final = frozenset(
    {
        "maybe",
        "order",
        "application_status",
        "damaged_card",
        "account_blocked",
        "bill_due",
    }
    | {
        "balance",
        "bill_balance",
        "pin_change",
        "rewards_balance",
        "redeem_rewards",
        "make_call",
    }
    | {
        "cancel_reservation",
        "what_can_i_ask_you",
        "card_declined",
        "report_fraud",
        "change_volume",
    }
    | {
        "user_name",
        "change_user_name",
        "new_card",
        "insurance_change",
        "expiration_date",
        "uber",
    }
    | {
        "replacement_card_duration",
        "lost_luggage",
        "min_payment",
        "pay_bill",
        "confirm_reservation",
    }
)
"""Too near to ours to be out of scope, too far to be ours."""

BANKING77: Final = {
    "request_refund": "refund_request",
    "Refund_not_showing_up": "refund_request",
    "card_arrival": "order_status",
    "card_delivery_estimate": "order_status",
    "transaction_charged_twice": "complaint",
    "extra_charge_on_statement": "complaint",
    "cancel_transfer": "change_order",
    "edit_personal_details": "change_order",
    "passcode_forgotten": "information",
    "age_limit": "information",
    "country_support": "information",
    "exchange_rate": "information",
    "supported_cards_and_currencies": "information",
    "visa_or_mastercard": "information",
    "top_up_limits": "information",
    "getting_virtual_card": "information",
}
HWU64: Final = {
    "general_repeat": "repeat",
    "general_affirm": "affirm",
    "general_negate": "deny",
    "general_praise": "courtesy",
}
_HWU64_NEAR: Final = frozenset(
    {"general_confirm", "general_dontcare", "general_explain", "general_commandstop"}
    | {"takeaway_order", "takeaway_query", "audio_volume_up", "audio_volume_mute"}
)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def clinc150(data: Path, split: str = "train") -> list[Sample]:
    """CLINC150; its own out-of-scope sentences included."""
    folder = data / "intents-en-clinc150"
    rows = [
        *_lines(folder / f"{split}.jsonl.gz"),
        *_lines(folder / f"oos_{split}.jsonl.gz"),
    ]
    return [
        Sample(
            intent=CLINC150.get(row["intent"], "out_of_scope"),
            text=row["text"],
            language="en",
        )
        for row in rows
        if row["intent"] not in _CLINC150_NEAR
    ]


def banking77(data: Path, split: str = "train") -> list[Sample]:
    """BANKING77: only what maps."""
    rows = _lines(data / "intents-en-banking77" / f"{split}.jsonl.gz")
    return [
        Sample(intent=BANKING77[row["intent"]], text=row["text"].strip(), language="en")
        for row in rows
        if row["intent"] in BANKING77
    ]


def hwu64(data: Path, split: str = "train") -> list[Sample]:
    """HWU64, fold 1."""
    rows = _lines(data / "intents-en-hwu64" / f"{split}_fold1.jsonl.gz")
    return [
        Sample(
            intent=HWU64.get(row["intent"], "out_of_scope"),
            text=row["text"],
            language="en",
        )
        for row in rows
        if row["intent"] not in _HWU64_NEAR
    ]


def nlupp(data: Path) -> list[Sample]:
    """NLU++: banks and hotels on the telephone; by the set of its intents."""
    samples: list[Sample] = []
    for domain in ("banking", "hotels"):
        for row in _lines(data / "slots-en-nlupp" / f"{domain}.jsonl.gz"):
            intent = _from_nlupp(frozenset(row.get("intents", ())), bool(row.get("slots")))
            if intent:
                samples.append(Sample(intent=intent, text=row["text"], language="en"))
    return samples


_NLUPP_ALONE: Final = {
    frozenset({"affirm"}): "affirm",
    frozenset({"deny"}): "deny",
    frozenset({"repeat"}): "repeat",
    frozenset({"thank"}): "courtesy",
    frozenset({"greet"}): "courtesy",
    frozenset({"end_call"}): "goodbye",
    frozenset({"acknowledge", "end_call"}): "goodbye",
    frozenset({"thank", "end_call"}): "goodbye",
}
_NLUPP_ASKS: Final = frozenset({"request_info", "how_much", "when", "how_long", "fees_interests"})


def _from_nlupp(intents: frozenset[str], slots: bool) -> str:
    """Our intent, empty where none fits well."""
    if intents in _NLUPP_ALONE:
        return _NLUPP_ALONE[intents]
    if not intents:
        return "inform" if slots else ""
    if "handoff" in intents:
        return "speak_to_human"
    if "refund" in intents:
        return "refund_request"
    booked = bool(intents & {"booking", "appointment", "existing"})
    if booked and intents & {"change", "cancel_close_leave_freeze"}:
        return "change_order"
    if "wrong_notworking_notshowing" in intents and not intents & {"affirm", "deny"}:
        return "complaint"
    return "information" if intents & _NLUPP_ASKS else ""


def crosswoz(data: Path, split: str = "val") -> list[Sample]:
    """CrossWOZ: tourists who ask for sights are out of our scope; their thanks are not."""
    samples: list[Sample] = []
    for dialogue in _lines(data / "dialogue-zh-crosswoz" / f"{split}.jsonl.gz"):
        for message in dialogue["messages"]:
            acts = {act[0] for act in message["da"]}
            if message["role"] == "usr" and acts and acts <= {"Request", "Inform", "Recommend"}:
                text = message["text"]
                samples.append(Sample(intent="out_of_scope", text=text, language="zh"))
    return samples
