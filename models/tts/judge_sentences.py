"""What a voice says when it is judged: sentences of a call, with figures, that no fit uses."""

from __future__ import annotations

from typing import Final

from engines.text.normalise import Language

SENTENCES: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "您好，很高兴为您服务，请问有什么可以帮您？",
        "您的包裹昨天下午已经送到楼下的驿站了。",
        "这个问题我帮您登记一下，工作人员会尽快联系您。",
        "退款一般需要三到五个工作日，请您耐心等待。",
        "订单A1024，退款金额¥299.00，",
        "请在听到提示音以后，说出您的姓名和地址。",
        "如果您还有别的问题，可以随时再打给我们。",
    ),
    "en": (
        "Good morning, you are through to customer service, how may I help?",
        "Your parcel was left with a neighbour yesterday afternoon.",
        "I have made a note of that, and somebody will call you back shortly.",
        "A refund usually takes three to five working days to arrive.",
        "Order B2048 comes to $39.50, including delivery.",
        "Please say your full name and address after the tone.",
        "If anything else should come up, just give us another ring.",
    ),
}
FOR_LIKENESS: Final = 2
"""So many are one piece of speech that is compared with a person, …"""
PIECES: Final = 3
"""… and so many pieces are heard of each voice. All sentences show how well it is understood."""
