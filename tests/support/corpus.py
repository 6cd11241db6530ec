"""Texts that break text tools, and the keys to draw on them."""

from __future__ import annotations

import re
from random import Random

from hypothesis import strategies as st

from augcli.text.edits import Span

ENGLISH = (
    "I don't think it's well-known in the U.S., but Dr. Smith can't say no: “we won’t go”, he said at 3.50 p.m. "
    "They are not here; it is fine. She would like to receive 21 books, a lot of them, until January 3rd."
)
CHINESE = (
    "我今天不去北京，因为2020年3月8日有二十一个人要来。"
    "银行行长说：“重要的事情说三遍！”他买了3斤苹果。软件和头发都很好。"
)
GERMAN = "Ich weiß nicht, ob die Straße lang ist. Der Größte kommt um 8 Uhr; das ist keine Überraschung!"
TEXTS: dict[str, str] = {
    "english": ENGLISH,
    "chinese": CHINESE,
    "german": GERMAN,
    "russian": "Я не знаю, где находится библиотека. Возможно, завтра будет 21 книга!",
    "turkish": "İstanbul'da ILIK bir gün değil. Işık hızı 3 kat.",
    "mixed": "用 Python 写的 augcli 很好用, don't you think？价格是¥3.50 per 月。",
    "empty": "",
    "blanks": " \t\n\r\n\u00a0\u3000\u200b ",
    "one word": "receive",
    "one letter": "a",
    "one character": "好",
    "punctuation": "?!... --- ''“”。，、；",
    "apostrophes": "don't don’t DON'T Don’t 'tis rock 'n' roll y'all'd've it's its' cannot can not ain't",
    "emoji": "I love 👨‍👩‍👧‍👦 and 🇩🇪🇫🇷 and 👍🏽👍 and ❤️ ok 1️⃣2️⃣ #️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 here😀word a👍🏽b 🤷🏾‍♀️.",
    "modifiers": "a🏽 receive🏽 word🏽word 好🏽好🏽 thing︎ nice️ one⃣ text\u200d👩 e\u20dd",
    "right to left": "\u202eאני לא יודע\u202c. مرحبا بالعالم، لا أعرف ١٢٣! שָׁלוֹם עוֹלָם",
    "marks": "Z̷̢̛a̸͜l̵̡g̶o̴ receive̸ t̷h̶e̵ ̸n̸o̴t̵ ̧ x̧",
    "decomposed": "Cafe\u0301 nai\u0308ve re\u0301sume\u0301 can\u2019t e\u0301 e\u0301\u0323e U\u0308ber",
    "variation selectors": "葛\U000e0100飾区 辻\U000e0101さん word\U000e0100s word",
    "hangul letters": "\u1112\u1161\u11ab\u1100\u1173\u11af 한글 없다 각\u11a8",
    "regional letters": "🇩a🇪 🇩 🇪🇫 word🇩🇪word",
    "thai": "ฉันไม่รู้ว่าห้องสมุดอยู่ที่ไหน น้ำ กำลังกิน",
    "hindi": "मुझे नहीं पता कि पुस्तकालय कहाँ है। क्षत्रिय स्त्री श्रीमान्",
    "tamil and others": "நான் நிக்ஷ কবি ക്ഷ മലയാളം မြန်မာ ខ្មែរ བོད་",
    "line breaks": "receive one\r\ntwo three.\r\n\r\nFour\rfive\n\nsix\u2028seven\u2029eight\x85nine\x0bten\x0celeven",
    "every blank": "one\ttwo\u00a0three\u3000four  five\u2009six\u200bseven\ufeffeight\u00adnine\u2060ten",
    "addresses": "See https://a.co/x?y=1. or www.b.org, mail a.b+c@d-e.co.uk; 192.168.1.1:80 ftp://x.y/~z",
    "numbers": "007 1e5 3.50 50% 2020-01-02 12:30 +49-30-1234 1,234,567 2nd 21 １２３ ②³ ½ Ⅳ 十二 两百",
    "social": "@user #topic #话题# RT @a_b: loooool :-) <3 xD",
    "placeholders": "Hi {name}, {{x}} [UNK] [year] <br/> <b>bold</b> %s %(n)d ${x} $y __z__ <0>",
    "code": "if (a[0] != 'b') { return \"c\\n\"; } // don't\nSELECT * FROM t; -- <script>alert(1)</script>",
    "injection": "=cmd|' /C calc'!A0 \"quoted\" ''; DROP TABLE x; \x1b[31mred\x1b[0m \x07\x08 %n%n ../../etc/passwd",
    "NUL": "before\x00after receive\x00 好\x00的",
    "lone surrogate": "receive \ud800 word 好\udfff的",
    "noncharacters": "a\ufffeb \uffff \U0010ffff receive \ue000",
    "unusual letters": "ﬁne ǆ ß ẞ ŉ İi ıI ſ K Å ᾳ ὒ ΐ Σίσυφος ꭰ 𝒜𝓫 Ｆｕｌｌ ⓐ",
    "widths": "ﾊﾞﾊﾟ ｶﾞｷﾞ バパ がぎ ｱﾟ",
    "traditional": "頭髮很長，軟件發展得很好。乾坤，後來，隻身一人。",
    "same words": "the the the the the the",
    "same characters": "好好好好 啊啊啊啊",
    "case": "HELLO World iPhone McDonald's eBay O'NEIL",
    "joined": "a-b-c d'e'f g.h.i 3.5.6 -a a- 'a a' .a a. a--b a''b state-of-the-art",
    "no end": "This is one. This is two! Is this three? This is not",
    "quotes": "“One.” (Two.) “Three?” said he. [Four!] 「五。」六。",
    "repeated marks": "Wait... what?! No!!! Yes。。。 好！！！",
    "joiners": "\u200dword \u200cword wo\u200drd می\u200cخواهم \u200d\u200d 好\u200d好",
}
LONG_TEXTS: dict[str, str] = {
    "one word": "a" * 100_000,
    "one number": "1" * 100_000,
    "one joined word": "a-" * 50_000,
    "blanks": " " * 100_000,
    "full stops": "." * 100_000,
    "brackets": "(" * 100_000,
    "English": " ".join([ENGLISH] * 340),
    "Chinese": CHINESE * 600,
    "capitals": ENGLISH.upper() * 340,
    "titles": ENGLISH.title() * 340,
    "clusters": "e\u0301👍🏽 न\u093f " * 8000,
}
LANGUAGES = ("en", "zh", "de", "tr", "ar", "hi")

_PIECES = [
    *"aeiotnsDIZ.,!?;:'’-_ 019%@#{}[]<>/\\\"",
    *" \t\n\r\u00a0\u3000\u200b\u200c\u200d\ufe0f\u20e3\u0301\u0323",
    *"好不的三十行长，。！？“”éßİıДя한\u1112\u1161ק\u05b8لًनि\u094dนำ\U000e0100",
    *(
        "👍",
        "🏽",
        "👩",
        "🇩🇪",
        "\r\n",
        "don't",
        "is not",
        "receive",
        "the",
        "21",
        "不是",
        "北京",
        "二十一",
        "https://a.co",
    ),
]
mixed_texts = st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)


def spans(text: str) -> list[Span]:
    """Every third word of `text` as an entity of one of two types."""
    words = list(re.finditer(r"\w+", text))[1::3] or list(re.finditer(r"\w+", text))
    return [(*word.span(), "xy"[number % 2]) for number, word in enumerate(words)]


def intervals(text: str, seed: str) -> list[tuple[int, int]]:
    """Some sorted, disjoint intervals of `text`, the same for the same `seed`."""
    random = Random(seed)
    cuts = sorted(random.sample(range(len(text) + 1), min(len(text) + 1, 2 * (1 + len(text) // 25))))
    return [(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False) if start < end]
