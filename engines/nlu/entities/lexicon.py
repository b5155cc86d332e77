"""Words for goods and for what can be wrong with them, in zh and en, with their values."""

from __future__ import annotations

import re
from typing import Final

ISSUES: Final[dict[str, tuple[str, ...]]] = {
    "damaged": (
        r"坏了|破了|碎了|裂了|坏的|破损|损坏|有裂痕|裂痕|有划痕|划痕|漏水|漏液|压扁",
        r"broken?(?! in)|damaged|cracked?|scratched|crushed|smashed|fell apart|leak(?:ing|s|ed)?",
    ),
    "not_working": (
        r"不能用|用不了|打不开|开不了机|充不进电|充不了电|没反应|死机|黑屏|不亮",
        r"(?:doesn't|does not|don't|do not|won't|not|stopped) (?:work(?:ing)?|turn(?:ing)? on"
        r"|charg(?:e|ing)|start)|defective|faulty|dead on arrival",
    ),
    "wrong_item": (
        r"发错货?|寄错|送错|不是我(?:要|买|订)的|货不对板",
        r"wrong (?:item|product|order|one|color|model)|not what i ordered",
    ),
    "missing_item": (
        r"少发|漏发|少了|缺了|缺少|少一[件个]|没有?配件",
        r"missing|incomplete|not in the (?:box|package)",
    ),
    "late": (
        r"还没到|还没收到|没收到|没有收到|一直没到|迟迟|太慢|晚到|延误|还没发货",
        r"(?:hasn't|has not|haven't|have not|didn't|never) (?:arrived?|come|shown up"
        r"|received|got(?:ten)?)|still waiting|late|delayed|overdue",
    ),
    "wrong_size": (
        r"尺寸不对|尺码不对|不合身|(?<!声音)太大了|(?<!声音)太小了|不合适|大小不对",
        r"(?:doesn't|does not|don't|do not|didn't) fit|too (?:big|small|large|tight|loose)"
        r"|wrong size",
    ),
    "overcharged": (
        r"多收|多扣|重复扣款|乱扣费|乱收费|扣了两次|扣错",
        r"overcharged|(?:charged|billed) (?:me )?(?:twice|double|too much)|double[- ]charged",
    ),
    "poor_quality": (
        r"质量(?:太|很|真|有点)?(?:差|烂|不好|不行)|质量问题|做工(?:太|很)?差|掉色|假货",
        r"(?:poor|bad|terrible|cheap) quality|fake|counterfeit",
    ),
    "rude_service": (
        r"态度(?:太|很|非常|特别|真)?(?:差|恶劣|不好)|骂人|挂我电话|不耐烦",
        r"rude|hung up on me|impolite|yelled at me",
    ),
    "changed_mind": (
        r"不想要了|不要了|不喜欢|买错了|拍错了|后悔",
        r"changed my mind|(?:don't|do not|no longer) want (?:it|this|them)|don't like it"
        r"|by mistake",
    ),
}
"""Value of an ISSUE to its regular expressions: Simplified Chinese, English."""

_GOODS_ZH: Final = (
    "手机壳 手机 耳机 笔记本电脑 电脑 衣服 鞋子 运动鞋 外套 裙子 冰箱 洗衣机 充电宝 充电器 手表 "
    "电视机 电视 键盘 鼠标 书包 台灯 水杯 保温杯 沙发 床垫 空调 吹风机 奶粉 口红 "
    "相机 平板 背包 行李箱 电饭煲 路由器 打印机 "
    "扫地机器人 牛仔裤 音箱 裤子 T恤 衬衫 微波炉 热水器 洗发水 面膜 "
    "茶叶 咖啡机 咖啡 书架 书 椅子 桌子 自行车 雨伞 "
    "帽子 手套 眼镜 戒指 项链 玩具 尿不湿 猫粮 狗粮 显示器 硬盘 数据线 电池 窗帘 被子 枕头 毛巾 锅"
)
_GOODS_EN: Final = (
    "phone case,phone,headphones,earphones,earbuds,laptop,computer,jacket,shoes,sneakers,coat,"
    "dress,fridge,refrigerator,washing machine,charger,watch,tv,television,keyboard,mouse,backpack,"
    "lamp,mug,sofa,couch,mattress,air conditioner,hair dryer,camera,tablet,suitcase,router,printer,"
    "vacuum cleaner,vacuum,jeans,speaker,coffee maker,coffee machine,kettle,blender,shirt,t-shirt,"
    "trousers,pants,microwave,book,chair,table,desk,bike,bicycle,umbrella,hat,gloves,glasses,ring,"
    "necklace,toy,monitor,battery,cable,boots,sweater,toaster,pillow,blanket,drill"
)
GOODS_ZH: Final = re.compile(
    f"(?:{'|'.join(sorted(_GOODS_ZH.split(), key=len, reverse=True))})(?!号)"
)
GOODS_EN: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(_GOODS_EN.split(','), key=len, reverse=True))})s?\b"
    r"(?! (?:number|call))",
    re.IGNORECASE,
)
"""Without a catalogue of the business these are the goods that are known by name."""


def issue_patterns(language: str) -> dict[str, re.Pattern[str]]:
    """Compiled patterns of a language."""
    if language == "zh":
        return {name: re.compile(zh) for name, (zh, _) in ISSUES.items()}
    return {name: re.compile(rf"\b(?:{en})\b", re.IGNORECASE) for name, (_, en) in ISSUES.items()}
