"""What a voice says beside, where seven sentences do not tell how well it is understood.

One mistake in seven sentences is a percent, and which sentence is misheard differs from voice to
voice.
"""

from __future__ import annotations

from typing import Final

from engines.text.normalise import Language
from models.tts.judge_sentences import SENTENCES

FURTHER: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "感谢您的来电，现在为您转接人工坐席。",
        "您的会员积分还有一千二百分，年底之前都可以用。",
        "我们会在二十四小时以内把处理结果告诉您。",
        "如果地址不对，请您现在就告诉我正确的地址。",
        "这件衣服有三种颜色，您想要哪一种？",
        "您刚才说的号码我没有听清楚，麻烦再说一遍。",
        "这一单要收运费，满一百元就可以包邮。",
        "洗衣机的安装服务是免费的，师傅会提前打电话。",
        "对不起，给您带来不便，我们非常抱歉。",
        "您可以在网站上下载电子发票，也可以让我们寄给您。",
        "因为天气原因，航班可能会晚点两个小时。",
        "您的申请已经提交，审核通过以后会发短信通知您。",
        "请问您需要预约星期几的上午还是下午？",
        "这张信用卡的还款日是每个月的十五号。",
        "为了方便联系，请您留下一个电话号码。",
        "您的问题我已经记录下来了，明天中午以前给您答复。",
    ),
    "en": (
        "Thank you for calling, I will put you through to a colleague now.",
        "You still have some points left, and they are valid until the end of the year.",
        "We will let you know the outcome within one day.",
        "If the address is wrong, please give me the right one now.",
        "This jacket comes in three sizes, which one would you like?",
        "I did not catch the number, could you say it once more?",
        "Postage is extra, and free above one hundred.",
        "Installing the machine costs nothing, and the engineer will ring you first.",
        "I am very sorry for the trouble that this has caused you.",
        "You can download the invoice from our website, or we can post it to you.",
        "Because of the weather your flight may be two hours late.",
        "Your application has been received, and you will get a message once it is approved.",
        "Would you prefer an appointment in the morning or in the afternoon?",
        "The payment is due at the end of every month.",
        "May I have a telephone number where we can reach you?",
        "I have written everything down, and you will have an answer before noon tomorrow.",
    ),
}
ALL: Final = {language: SENTENCES[language] + FURTHER[language] for language in SENTENCES}
"""The seven, then the further ones."""
