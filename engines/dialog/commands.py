"""What a caller can ask of the conversation itself, at any time: a closed vocabulary.

The trained intent head does not know these; whole short utterances are matched, and inside of
sentences only what cannot mean anything else. Text is Simplified, lower case.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Command = Literal[
    "", "stop", "repeat", "slower", "normal", "louder", "softer", "human", "abilities", "restart"
]

_ASK_ZH: Final = r"(?:请|麻烦|能不能|能|可不可以|可以|你|您)*"
_ASK_EN: Final = r"(?:please |can you |could you |would you )?"
_END_ZH: Final = r"(?:吗|好吗|行吗|可以吗|吧|谢谢)?"
_END_EN: Final = r"(?: please| thanks| thank you)?"

WHOLE: Final[dict[Command, re.Pattern[str]]] = {
    "stop": re.compile(
        r"(?:好了?|行了?|够了)?(?:你|您|请)*(?:别|不要|不用|先别)再?(?:说|讲|念|啰嗦)(?:话|下去)?[了啦]?"
        r"|(?:先|请)?停(?:停|一下|下来?)*|打住|闭嘴|住口|安静(?:一下|点)?"
        r"|(?:please )?(?:stop|stop it|stop talking|be quiet|quiet|shut up|hush)(?: now)?"
        r"(?: please)?"
    ),
    "repeat": re.compile(
        rf"{_ASK_ZH}(?:再|重新)(?:说|讲|重复)(?:一遍|一次|一下)?{_END_ZH}"
        rf"|{_ASK_ZH}重复(?:一遍|一次|一下){_END_ZH}"
        r"|(?:我|刚才)*没听清楚?|听不清楚?|什么"
        rf"|{_ASK_EN}(?:say that again|repeat(?: that| it)?|come again|pardon(?: me)?|what|"
        rf"what did you say|sorry what){_END_EN}"
    ),
    "slower": re.compile(
        rf"{_ASK_ZH}(?:再)?(?:说|讲)?(?:话|得)?慢(?:一)?[点些]儿?(?:说|讲)?{_END_ZH}"
        r"|(?:你|您)?(?:说|讲)?(?:话|得)*太快"
        rf"|{_ASK_EN}(?:speak |talk |say that |say it |go )?(?:a (?:bit|little) )?"
        rf"(?:more slowly|slower|slow down){_END_EN}|(?:that's |that is )?too fast"
    ),
    "normal": re.compile(
        rf"{_ASK_ZH}(?:恢复|用|说)?正常(?:的)?(?:语速|速度|音量){_END_ZH}"
        rf"|{_ASK_ZH}(?:(?:说|讲)(?:话|得)?快一?[点些]|快一?[点些]儿?(?:说|讲)){_END_ZH}"
        rf"|{_ASK_EN}(?:(?:back to |at )?(?:normal|usual) speed|(?:speak |talk )"
        rf"(?:faster|normally)){_END_EN}"
    ),
    "louder": re.compile(
        rf"{_ASK_ZH}(?:说|讲)?(?:话)?(?:声音?)?再?大声?一?[点些]儿?声?{_END_ZH}"
        r"|声音?太小|(?:我)?听不(?:见|到)"
        rf"|{_ASK_EN}(?:speak |talk )?(?:louder|a (?:bit|little) louder|up){_END_EN}"
        r"|i can't hear you|i cannot hear you|too quiet"
    ),
    "softer": re.compile(
        rf"{_ASK_ZH}(?:说|讲)?(?:话)?(?:声音?)?再?小声?一?[点些]儿?声?{_END_ZH}|声音?太大|太大声"
        rf"|{_ASK_EN}(?:speak |talk )?(?:softer|quieter|more quietly|more softly){_END_EN}|too loud"
    ),
    "human": re.compile(
        r"(?:请|麻烦|帮我|给我|我要|我想|要|能不能|可以|直接)*(?:转接?|找|接|叫|换|要)(?:到)?"
        r"(?:一?[个下位])?(?:人工|真人|活人|客服)(?:客服|服务|座席|坐席)?"
        rf"{_END_ZH}|(?:人工|真人)(?:客服|服务|座席|坐席)?{_END_ZH}|人工人工"
        r"|(?:please )?(?:an? )?(?:human|agent|operator|representative|real person|person)"
        r"(?: please)?"
    ),
    "abilities": re.compile(
        r"(?:那|请问)?(?:你|您|你们)?(?:都|还)?(?:会|能|可以)(?:帮我)?(?:做|干|办)?点?些?"
        r"(?:什么|啥|哪些)(?:事情?|业务)?|有(?:什么|哪些)(?:功能|服务|业务)|帮助"
        r"|what (?:else )?can (?:you|i) (?:do|say|ask|help (?:me )?with)(?: for me)?"
        r"|what are my options|help(?: me)?(?: please)?"
    ),
    "restart": re.compile(
        rf"(?:我们|请|那)*(?:重新开始|从头(?:开始|来)(?:过|一遍)?|重头(?:开始|来)|重来一?遍?){_END_ZH}"
        rf"|(?:let's |let us |can we |could we |please )?(?:start (?:over|again)|begin again|"
        rf"from the (?:beginning|start)){_END_EN}"
    ),
}
"""Whole utterances, without punctuation and particles."""

INSIDE: Final[dict[Command, re.Pattern[str]]] = {
    "slower": re.compile(
        r"(?:说|讲)(?:话|得)?慢一?[点些]|慢一?[点些]儿?(?:说|讲)|(?:说|讲)(?:话|得)?太快"
        r"|\b(?:speak|talk|say (?:that|it)|go)(?: a (?:bit|little))? (?:more slowly|slower)\b"
        r"|\b(?:speaking|talking) too fast\b"
    ),
    "louder": re.compile(r"(?:说|讲)?大声一?点|大一?点儿?声|声音太小|\bspeak (?:up|louder)\b"),
    "softer": re.compile(r"小声一?点|小一?点儿?声|声音太大|\bspeak (?:softer|more quietly)\b"),
    "human": re.compile(
        r"(?:转接?|接)(?:到)?(?:人工|真人|客服)|(?:叫|找|换|让)(?:你|你们)?(?:的)?"
        r"(?:经理|主管|领导|负责人|老板)|找个?(?:真人|人工)|(?:我要|我想要?|要)(?:人工|真人)"
        r"|\b(?:speak|talk) (?:to|with) (?:an? |the |your |some )?(?:human|real person|person|"
        r"agent|representative|operator|someone|somebody|one|colleague|manager|supervisor)\b"
        r"|\b(?:get|give) me (?:a |an |your |the )?(?:human|person|agent|manager|supervisor)\b"
        r"|\b(?:put|transfer) me (?:through|to)\b|\bconnect me (?:to|with)\b"
    ),
}
"""Inside of longer sentences."""

_NOT_WANTED: Final = re.compile(
    r"(?:不|别|不要|不用|不想|不需要)(?:再|要|给我|帮我)?(?:转|找|接|叫)|不[要是用]人工"
    r"|\b(?:don't|do not|not|no need)\b"
)
_TOPICS: Final[dict[str, re.Pattern[str]]] = {
    "complaint": re.compile(r"投诉|\b(?:file|make|have|lodge) a complaint\b|\bcomplain\b"),
    "book_callback": re.compile(
        r"(?:预约|安排|约个?)(?:一个|一下)?(?:回电|回拨|电话)|给我回(?:个|一个)?(?:电话?|拨)"
        r"|(?:打|拨)回来|回(?:个|一个)?电话?给我|\bcall (?:me )?back\b|\bcallback\b|\bcall-back\b"
    ),
}
_DECLINED: Final = re.compile(
    r"(?:不|别|没|取消)(?:是|要|用|想|必|需要)?(?:来|再|给我|预约|安排)?(?:投诉|回电|回拨|打|约)"
    r"|\b(?:don't|do not|not|no)\b"
)
_NONE: Final = re.compile(
    r"(?:我)?(?:没有?|不知道|不清楚|不记得|忘记?|记不清楚?|跟订单没关系|不是订单的事)"
    r"(?:了)?(?:订单号?|号码|单号)?"
    r"|(?:i )?(?:(?:don't|do not|can't|cannot) (?:know|have|remember|find)|forgot)"
    r"(?: (?:it|one|any|the|my|an|order|number|id))*"
    r"|(?:it's |it is )?not about (?:an|any) order|no (?:order|number)|none"
)


def command_in(text: str, plain: tuple[str, ...]) -> tuple[Command, int, int]:
    """What is asked of the conversation, and where the words for it begin and end in ``text``.

    Args:
        text: folded and in lower case.
        plain: the same without punctuation and particles, where it is short; else empty.
    """
    for command, pattern in WHOLE.items():
        if any(pattern.fullmatch(candidate) for candidate in plain):
            return command, 0, len(text)
    for command, pattern in INSIDE.items():
        found = pattern.search(text)
        if found and not (command == "human" and _NOT_WANTED.search(text)):
            return command, *found.span()
    return "", 0, 0


def topic_in(text: str) -> str:
    """An intent that is named by its own word: ``complaint``, ``book_callback`` or nothing."""
    if _DECLINED.search(text):
        return ""
    return next((name for name, pattern in _TOPICS.items() if pattern.search(text)), "")


def has_none(plain: tuple[str, ...]) -> bool:
    """Whether the caller says that he has, or knows, no such thing."""
    return any(_NONE.fullmatch(candidate) for candidate in plain)
