"""What counts as a URL, a number, ...: examples in English and Chinese, and texts made to be slow."""

from __future__ import annotations

import re

import pytest

from augcli.text.protect import PATTERNS, Protector

FOUND: dict[str, list[tuple[str, list[str]]]] = {
    "url": [
        ("See https://a.co/x?y=1.", ["https://a.co/x?y=1"]),
        (
            "https://a.org/wiki/Österreich, x.io/über s3://b/k",
            ["https://a.org/wiki/Österreich", "x.io/über", "s3://b/k"],
        ),
        ("(http://b.org/a), www.x.net! FTP://X.Y/Z;", ["http://b.org/a", "www.x.net", "FTP://X.Y/Z"]),
        ("go to sub.example.co.uk/path?q=1#frag, then", ["sub.example.co.uk/path?q=1#frag"]),
        ("Amazon.com and gov.cn.", ["Amazon.com", "gov.cn"]),
        ("请看https://a.co/x。网址是www.baidu.com，或者qq.com吧", ["https://a.co/x", "www.baidu.com", "qq.com"]),
        ("“https://a.co/x”", ["https://a.co/x"]),
        ("http://[::1]:80/x", ["http://[::1]:80/x"]),
        ("docs.example.museum/a_b, foo.dev; great.it is", ["docs.example.museum/a_b", "foo.dev"]),
    ],
    "email": [
        ("Mail a.b+c@d-e.co.uk, please.", ["a.b+c@d-e.co.uk"]),
        ("请发到ab@163.com谢谢", ["ab@163.com"]),
        ("<x_y@z.org>;", ["x_y@z.org"]),
    ],
    "number": [
        ("50% of 3.14 or 1,000,000, 007.", ["50%", "3.14", "1,000,000", "007"]),
        ("on 2020-01-02 at 12:30, -5 or +3", ["2020-01-02", "12:30", "-5", "+3"]),
        ("192.168.1.1:80, v2, 3rd, 10kg", ["192.168.1.1:80", "2", "3rd", "10kg"]),
        ("10:22-22:00 and 1/2", ["10:22-22:00", "1/2"]),
        ("85 million people, 25 percent or 3.2 %", ["85 million", "25 percent", "3.2 %"]),
        ("$3.5bn, US$5, 20 euros, 500 €, USD 7, 5¢", ["$3.5bn", "US$5", "20 euros", "500 €", "USD 7", "5¢"]),
        ("10 kg, -5 °C, 100 km/h, 5 square feet of 2", ["10 kg", "-5 °C", "100 km/h", "5 square feet", "2"]),
        ("5 pm, 5 p.m., 10:30 AM, 5 days, 3M users", ["5 pm", "5 p.m.", "10:30 AM", "5 days", "3M"]),
        ("5 m people, 3 in the house, 10 people, 5 points", ["5 m", "3", "10", "5 points"]),
        ("3 to 5 days, 9am - 5pm, 4 out of 6 stars", ["3 to 5 days", "9am - 5pm", "4 out of 6 stars"]),
        ("5 feet 10 inches; 2 1/2 cups; a 5-year-old", ["5 feet 10 inches", "2 1/2 cups", "5-year-old"]),
        ("May 5, 2020, the 5th of May; 5 may 1999. jan 3", ["May 5, 2020", "5th of May", "5 may 1999", "jan 3"]),
        ("am 3. Oktober, 25 Prozent, 3,5 Mio. Euro", ["3. Oktober", "25 Prozent", "3,5 Mio. Euro"]),
        ("25 pour cent, 10 años, 5 млн руб.", ["25 pour cent", "10 años", "5 млн руб."]),
        ("two hundred dollars, a million people, half a dozen", ["two hundred dollars", "a million", "half a dozen"]),
        ("Twenty five minutes (or one hour) in fifty-one days", ["Twenty five minutes", "one hour", "fifty-one days"]),
        ("two thousand and ten, five or six years, one of them", ["two thousand and ten", "five or six years"]),
        ("between 5 and 10, Between $5 and $6, $5 and $6", ["between 5 and 10", "Between $5 and $6", "$5", "$6"]),
        ("two and a half hours, half an hour, half a mile", ["two and a half hours", "half an hour", "half a mile"]),
        ("nineteen eighty-four, two thirds of one in five", ["nineteen eighty-four", "two thirds", "one in five"]),
        ("half past six, several million, five times", ["half past six", "several million", "five times"]),
        ("5 ft 10 in, 12 fl oz, 180 C or 350 F.", ["5 ft 10 in", "12 fl oz", "180 C", "350 F"]),
        ("550 MB per second, $1.5k/month, 3 psi", ["550 MB per second", "$1.5k/month", "3 psi"]),
        ("十二块五毛，一米八，一年半，三十八度五", ["十二块五毛", "一米八", "一年半", "三十八度五"]),
        ("壹佰元，五毛钱，半小时，上千人，两成", ["壹佰元", "五毛钱", "半小时", "上千", "两成"]),
        ("周一至周五，六到七级，60公里每小时", ["周一至周五", "六到七级", "60公里每小时"]),
        ("大陆队伍，成为一半，一天半夜，周一见", ["一天"]),
        ("one day the two men saw ten of them at seven o'clock", ["seven o'clock"]),
        ("2020年3月8日，第10章", ["2020年3月8日", "第10章"]),
        ("11点--晚上9点半，下午第三次", ["11点", "晚上9点半", "第三次"]),
        ("二十一个，第三名，五号，三点半", ["二十一个", "第三名", "五号", "三点半"]),
        ("1.24亿元、26万、5百多人、三十多岁", ["1.24亿元", "26万", "5百多", "三十多岁"]),
        ("28摄氏度，零下5度，下午3点半，￥500元", ["28摄氏度", "零下5度", "下午3点半", "￥500元"]),
        ("百分之五，三分之一，几十万，数千人，三天", ["百分之五", "三分之一", "几十万", "数千", "三天"]),
        ("192.168.1.1 and 3.50, at 10:30.", ["192.168.1.1", "3.50", "10:30"]),
        ("共一千二百元，一千二百", ["一千二百元", "一千二百"]),
        ("١٢٣, １２３", ["١٢٣", "１２３"]),
    ],
    "mention": [
        ("@user, hi @a_b!", ["@user", "@a_b"]),
        ("回复@张三:好 .@x", ["@张三", "@x"]),
    ],
    "hashtag": [
        ("#topic, (#1) ##x", ["#topic", "#1", "#x"]),
        ("我爱#话题#很好", ["#话题#"]),
    ],
    "placeholder": [
        (
            "Hi {name}, {} {0:.2f} {{x}} {{ user.name }} {% if x %}",
            ["{name}", "{}", "{0:.2f}", "{{x}}", "{{ user.name }}", "{% if x %}"],
        ),
        ("[UNK] in [year], [MASK]", ["[UNK]", "[year]", "[MASK]"]),
        ("<br/> <b>bold</b> <!-- x -->", ["<br/>", "<b>", "</b>", "<!-- x -->"]),
        ("%s, %d. %(name)s ${x} $y __z__", ["%s", "%d", "%(name)s", "${x}", "$y", "__z__"]),
        ('in $HOME, "$HOME/x"', ["$HOME", "$HOME"]),
        ("你好%s你好，{name}先生 $name你好__NAME__你好[year]年", ["%s", "{name}", "$name", "__NAME__", "[year]"]),
    ],
    "emoticon": [
        ("ever :D :-D XD <3 so :P ;-) T_T ^_^", [":D", ":-D", "XD", "<3", ":P", ";-)", "T_T", "^_^"]),
        (":( :-( :'( D: >:( </3 -_- :/ meh", [":(", ":-(", ":'(", "D:", ">:(", "</3", "-_-", ":/"]),
        ("great:) &lt;3 ¯\\_(ツ)_/¯ o_O QAQ xDDD", [":)", "&lt;3", "¯\\_(ツ)_/¯", "o_O", "QAQ", "xDDD"]),
        ("真好[哈哈][鼓掌]，下雨了[泪]", ["[哈哈]", "[鼓掌]", "[泪]"]),
    ],
    "code": [
        ("run `pip install foo` as root", ["`pip install foo`"]),
        ("```python\nprint(`x`)\n``` ok ``` a", ["```python\nprint(`x`)\n```"]),
    ],
    "latex": [
        ("$x_i \\leq a$ and $x$, $$a$$", ["$x_i \\leq a$", "$x$", "$$a$$"]),
        ("\\textbf{is not} \\cite[p. 3]{smith} \\(a+b\\)", ["\\textbf{is not}", "\\cite[p. 3]{smith}", "\\(a+b\\)"]),
        ("\\begin{equation} E = m \\end{equation} of", ["\\begin{equation} E = m \\end{equation}"]),
    ],
    "markdown": [
        ("See [the guide](https://a.org/b_(c).html).", ["[the guide](https://a.org/b_(c).html)"]),
        ('![logo](img/logo.png "A logo")', ['![logo](img/logo.png "A logo")']),
    ],
    "annotation": [('to [New York](city) and [x]{"entity": "y"}', ["[New York](city)", '[x]{"entity": "y"}'])],
    "path": [
        ("in C:\\Program Files\\App\\read me.txt, C:\\x", ["C:\\Program Files\\App\\read me.txt", "C:\\x"]),
        ("\\\\server\\share\\a or /usr/bin", ["\\\\server\\share\\a", "/usr/bin"]),
        ("./a/b.txt ~/x ../x img/logo.png 看log.txt。", ["./a/b.txt", "~/x", "../x", "img/logo.png", "log.txt"]),
    ],
}
NOT_FOUND: dict[str, list[str]] = {
    "url": ["U.S. law", "e.g. this", "and/or", "3.50", "http://", "www.", "www...", "a.b.c", "Dr.Smith", "什么。什么"],
    "email": ["a@b", "@user", "a @ b.com", "a@.com", "你好@北京"],
    "number": ["one two", "One day", "the two of you", "often someone", "一个人", "一样", "IV", "½", "x²y"],
    "mention": ["a@b", "@", "@ user", "x@y.com", "_@x"],
    "hashtag": ["C#", "#", "# x", "a#b", "F# "],
    "placeholder": [
        "B&B",
        "AT&T",
        "50%",
        "100%sure",
        "a < b > c",
        "1<2",
        "[1]",
        "[see this]",
        "$5",
        "{a b}",
        "snake_case",
        "a__b__c",
    ],
    "emoticon": ["12:30", "a:b", "Note: see", "(a)", "x=3", "http://x", "f(x)", "[see]", "--- x - y", "5 - 3", "C:\\x"],
    "code": ["don`t say you can`t", "`` hi '' and `` yo ''", "``like this'' and ``that''", "`"],
    "latex": ["$5 and $6", "US$5-$6", "$5/$6", "$HOME/$X", "5$ or 6$", "$1,000 (or A$)", "bank\\'s", "a\\nI am"],
    "markdown": ["[a] (b)", "[a]", "(b)", "[a](b c)"],
    "annotation": ["[a] (b)", "[1](2)", "f[x](3)"],
    "path": ["and/or", "km/h", "he/she/they", "1/2", "10/20/30", "/s", "</div>", "w/o", "http://a/b", "3.5", "e.g."],
}


ENTITIES = [
    ("Tom &amp; Jerry&nbsp;5 &#38; &#x26; &lt;", ["&amp;", "&nbsp;", "&#38;", "&#x26;", "&lt;"]),
    ("caf&eacute; r&eacute;sum&eacute;s &#252;ber", ["caf&eacute;", "r&eacute;sum&eacute;s", "&#252;ber"]),
    ("isn&rsquo;t &rsquo;tis the boys&#39; &quot;", ["&rsquo;", "&#39;", "&quot;"]),
    ("Tom &amp Jerry&nbsp 5 &lt, caf&eacute au&nbsp;&AMP", ["&amp", "&nbsp", "&lt", "caf&eacute", "&nbsp;", "&AMP"]),
    *(
        (text, [])
        for text in (
            "AT&T;",
            "a&copyright",
            "&nbspx",
            "R&D",
            "salt&pepper",
            "& ;",
            "a & b;",
            "isn&#39;t",
            "isn&apos;t it",
            "don&rsquo;t",
            "don&#x27;t",
        )
    ),
]


@pytest.mark.parametrize(("text", "entities"), ENTITIES)
def test_html_entities_are_always_protected(text: str, entities: list[str]) -> None:
    assert found(text) == entities
    assert set(entities) <= set(found(text, "hashtag"))
    assert bool(found(text, "hashtag", "number")) == bool(entities)


def found(text: str, *patterns: str) -> list[str]:
    return [text[start:end] for start, end in Protector(patterns).intervals(text)]


@pytest.mark.parametrize(("name", "text", "expected"), [(name, *one) for name in FOUND for one in FOUND[name]])
def test_found(name: str, text: str, expected: list[str]) -> None:
    assert found(text, name) == expected


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in NOT_FOUND for text in NOT_FOUND[name]])
def test_not_found(name: str, text: str) -> None:
    assert found(text, name) == []


def test_every_pattern_has_examples() -> None:
    assert list(FOUND) == list(NOT_FOUND) == list(PATTERNS)


@pytest.mark.parametrize("name", PATTERNS)
def test_hints_miss_nothing(name: str) -> None:
    """The quick look before a search must not hide what the search would find."""
    pattern = PATTERNS[name]
    for text, _ in [example for examples in FOUND.values() for example in examples]:
        found = [match.span() for match in re.finditer(pattern, text)] if isinstance(pattern, str) else pattern(text)
        assert {*found} <= {*Protector([name]).intervals(text)}


def test_all_together_are_disjoint_and_sorted() -> None:
    text = "Mail ab@163.com at 12:30, see https://a.co/1?x={y} #1"
    intervals = Protector(list(PATTERNS)).intervals(text)
    assert [text[start:end] for start, end in intervals] == [
        "ab@163.com",
        "12:30",
        "https://a.co/1?x={y}",
        "#1",
    ]


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["augcli"], "Augcli, augcli2 AUGCLI my_augcli 用augcli吧", ["Augcli", "AUGCLI", "augcli"]),
        (["C++"], "C++ and C++11, c++", ["C++", "C++", "c++"]),
        (["北京"], "我在北京大学", ["北京"]),
        (["New York"], "new york New  York", ["new york"]),
        (["a.b"], "a.b axb", ["a.b"]),
        ([""], "x", []),
    ],
)
def test_words(words: list[str], text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in Protector([], words).intervals(text)] == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"[A-Z]{2}-\d+", "see AB-12 and CD-3", ["AB-12", "CD-3"]),
        ("(?i)foo", "Foo fOO", ["Foo", "fOO"]),
        ("x*", "axxb", ["xx"]),
        ("$", "abc", []),
        ("北.", "北京北", ["北京"]),
    ],
)
def test_own_expressions(pattern: str, text: str, expected: list[str]) -> None:
    assert found(text, pattern) == expected


def test_bad_expression() -> None:
    with pytest.raises(re.error):
        Protector(["("])


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["_", "a", "a.", "<", "<a ", "1.", "1", "a-", "{", "{{", "{%", "[a", "%(a", "a@", "a@b-", "@a.", "#", "www.", "http://.",
     "http://", "+-", "@", "一", "第", "$", "${a", "__a", ".", "!", "a.b-c", ":/", "@#", "é", "1,", "1 ", "5 kg",
     "1 to ", "may 1 ", "一点", "1年", "`", "`a", "``` ", "\\", "\\(", "\\begin{math}", "$a", "$$a", "[a](", "[](()",
     "&", "&a", "a&eacute;", "/a", "C:\\a ", "~/", "a/b.", "a.bb/", "^_", ":-", "T_", "[好", "<3", "\\a{", '[a]{"a'],
)  # fmt: skip
def test_time_is_linear(unit: str) -> None:
    """A search that is not linear takes so long over these that pytest ends it."""
    text = unit * (2_000_000 // len(unit))
    for name in PATTERNS:
        found = Protector([name]).intervals(text)
        assert all(start < end for start, end in found)
