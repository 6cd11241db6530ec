"""A number as it is said, with all that belongs to it: sign, currency, magnitude, unit, date, range."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

from augcli.text.edits import Edit, Interval
from augcli.text.text import Text

NUMERALS = "〇零一二两兩三四五六七八九十百千万萬亿億兆壹贰貳叁參肆伍陆陸柒捌玖拾佰仟"
_BLANK = r"[ \u00a0\u2009\u202f]"
_LETTER = r"A-Za-z\u00c0-\u024f\u0400-\u04ff"
_STARTS, _ENDS = f"(?<![{_LETTER}])", f"(?![0-9_{_LETTER}])"
_DIGITS = r"\d+(?:[.,:/：'’\-–−~～]\d+)*"
_HAN = f"[{NUMERALS}]"


def _one_of(*words: str) -> str:
    """One of `words`, in any case; `_` is a blank or a hyphen. They are sorted by first letter, for speed."""
    groups: dict[str, list[str]] = {}
    for word in sorted(" ".join(words).split(), reverse=True):  # the longest of those that begin alike comes first
        groups.setdefault(word[0], []).append(word[1:].replace("_", "[ -]"))
    return "|".join(f"[{first}{first.upper()}](?i:{'|'.join(rest)})" for first, rest in groups.items())


def _multiples(prefixes: str, *units: str) -> str:
    return " ".join(prefix + unit for unit in units for prefix in ["", *prefixes.split()])


_MAGNITUDES = _one_of(
    "hundreds? thousands? millions? mill(?:ones|ón) milliard(?:en|s)? millionen milion[ei]? miliard[io]? miljoen",
    r"mio\.? mrd\.? mn mln mil billions? bln bn trillions? tn dozens? lakhs? crores? tausend тыс(?:\.|яч[аи]?)? млн\.?",
    r"млрд\.? миллион(?:ов|а)?",
)
_AREA = "(?:k?m|cm|mm|in|inch(?:es)?|ft|f(?:oo|ee)t|mi|miles?|yards?|(?:centi|kilo)?met(?:re|er)s?)"
_TIME = (
    r"ms s secs?\.? seconds? min\.? mins minutes? h hrs?\.? hours? days? weeks? months? quarters? decades? nights?",
    r"years?(?:_olds?)? yrs?\.?(?:_olds?)? century centuries o['’]clock uhr sekunden? minuten? stunden? tage? tagen",
    "wochen? monaten? jahr jahren? heures? jours? mois ans horas? minutos? días? años? ore minuti giorni anni uur jaar",
    "час(?:а|ов)? минут[аы]? дн(?:я|ей) лет года?",
)
_MEASURE = (
    rf"sq\.?_{_AREA} square_{_AREA} cu\.?_{_AREA} cubic_{_AREA}",
    _multiples("n µ μ m c d k", "m(?:[²³23]|/[hs])?"),
    _multiples("nano milli centi kilo", "met(?:re|er)s?"),
    r"kph mph inch(?:es)? foot feet ft\.? yards? yds?\.? miles? light_years? acres? hectares? ha",
    "kilometern? metern? kilómetros? metros? kilomètres? mètres?",
    _multiples("m c d", "l"),
    _multiples("milli centi", "lit(?:re|er)s?"),
    r"litros? gallons? gal pints? quarts? cups? tbsps?\.? tsps?\.? tablespoons? teaspoons?",
    _multiples("µ μ m k", "g"),
    _multiples("milli kilo", "grams?", "gramm"),
    r"kgs kilos? lbs?\.? pounds? oz\.? ounces? tons? tonnes? км кг м г",
    _multiples("k m g t", "hz", "wh?", "b(?:ps|it/s)?"),
    _multiples("kilo mega giga tera", "bytes?", "watts?"),
    r"bits? pixels? megapixels? px dpi fps rpm bpm v volts? amps? mah cal kcal calories kilocalories mmhg fl\.?_oz\.?",
    "db psi bars? knots? grand",
    "degrees?(?:_celsius|_fahrenheit)? grad degr[ée]s grados? stars? points?",
)
_MONEY = (
    "us_dollars? dollars? bucks? euros? cents? pence quid rupees? yen yuan roubles? rubles? francs? pesos?",
    r"usd eur gbp jpy cny rmb chf aud cad hkd inr руб(?:\.|л(?:ей|ь|я))?",
)
_SHARE = (
    r"per_?cent percentage_points? pct\.? bps basis_points? prozent pour_cent por_cien(?:to)? por_cento per_cento",
    "procent процент(?:а|ов)? times",
)
_RATE = (
    "(?:second|sec|s|minute|min|hour|hr|h|day|night|week|month|mo|year|yr|person|people|head|unit|piece|gb|mile|km|kg|lb"
    "|gallon|liter|litre)"
)
_SIGNS = "$€£¥￥₹₽₩₪₺₴₫฿"
_SUFFIX = (
    rf"{_BLANK}?(?:[%％‰¢℃℉′″]|°(?:{_BLANK}?[CFK]{_ENDS})?|[{_SIGNS}](?![\w\d]))"
    rf"|{_BLANK}ft\.?{_BLANK}\d{{1,2}}{_BLANK}in{_ENDS}|{_BLANK}[CF](?!\w|\.\w)"
    rf"|(?:{_BLANK}|-)?(?:{_one_of(*_TIME, *_MEASURE, *_MONEY, *_SHARE)}){_ENDS}"
    rf"|{_BLANK}?[ap](?:\.m\.|m{_ENDS})|{_BLANK}?[AP](?:\.M\.|M{_ENDS})"
    rf"|(?:st|nd|rd|th|ST|ND|RD|TH){_ENDS}(?:{_BLANK}century{_ENDS})?"
)
_MONTHS = (
    r"jan(?:uary|uar)?\.? feb(?:ruary|ruar)?\.? mar(?:ch)?\.? apr(?:il)?\.? june? july? aug(?:ust)?\.?",
    r"dec(?:ember)?\.?",
    r"sept?(?:ember)?\.? oct(?:ober)?\.? nov(?:ember)?\.? märz mai juni juli okt(?:ober)?\.? dez(?:ember)?\.?",
    "janvier février mars avril juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre novembre dicembre",
)
_MONTH = f"(?:May|{_one_of(*_MONTHS)}){_ENDS}"  # behind a number, may is mostly the verb
_DATE = rf"(?:may|{_MONTH}){_BLANK}\d{{1,4}}(?:(?:st|nd|rd|th){_ENDS})?(?!\d)(?:,{_BLANK}?\d{{4}}{_ENDS})?"
_COUNTED = (
    rf"(?:[块塊](?:{_HAN}|\d)(?:毛(?:{_HAN}|\d)?)?|[米度成](?:{_HAN}|\d)|[年天斤米里倍岁歲块塊度]半(?![夜天路价價]))(?![个個块塊{NUMERALS}])"
    "|公里每小[时時]|毫安时?|兆|[港台]币|美金|刀(?!具)|毛钱?|成(?![为功本了员都长绩就果立年人交])|年代?|[个個]半(?:小[时時]|月|钟头|鐘頭|星期)|个月|個月|月份?|[周週](?:年|岁)?(?![一二三四五六日天末])|星期|天|日元?|号线|[号號]|小时|小時|[点點][半整钟鐘]?|[时時]|分[钟鐘]|分"
    "|秒[钟鐘]?|刻钟?|世[纪紀]|[岁歲]|[美欧歐港澳加韩韓]元|人民[币幣]|英[镑鎊]|元|块钱?|塊錢?|角|毛钱?|円|[摄攝华華]氏度|度|个?百分点|折|倍"
    "|平方(?:公里|千米|厘米|毫米|米)?|立方米|平米|公里|千米|[厘毫微纳]米|英[里尺寸]|海里|光年|[里米尺寸]|公斤|[千毫]?克|斤|[吨噸磅]|盎司|毫?升"
    "|公顷|亩|千瓦时?|兆瓦|瓦|赫兹|伏|大卡|字节|像素|[路楼樓层層章节節页頁届屆期集季级級名位次回件条條张張辆輛台套本只隻间間颗顆株遍趟步代]|星级?|晚"
    "|个(?!性)|個"
)
_ALONE_COUNTED = (
    rf"(?:[块塊](?:{_HAN}|\d)(?:毛(?:{_HAN}|\d)?)?|[米度成](?:{_HAN}|\d)|[年天斤米里倍岁歲块塊度]半(?![夜天路价價]))(?![个個块塊{NUMERALS}])"
    "|毛钱?|美金|[港台]币|成(?![为功本了员都长绩就果立年人交])|年代?|[个個](?:半?(?:月|小[时時]|星期|钟头|鐘頭)|半)|月|[周週]年?(?![一二三四五六日天末])|天(?![天气氣])|日|[号號]|小[时時]|[点點][半整钟鐘]?|[时時]|分|秒|[块塊]|元|角|[岁歲]|[美欧歐港]元|英镑|度"
    "|折|倍|平方米|平方公里|平米|公里|千米|[厘毫]米|英里|米|公斤|千?克|斤|[吨噸]|毫?升|亩|[楼樓层層]|星级?|刻钟|世[纪紀]"
)
"""What may stand after a single numeral; with others it is mostly a word such as 一个, 一次, 一下."""
_VALUE = (
    rf"{_DIGITS}(?:{_BLANK}\d+/\d+)?(?:{_BLANK}and a (?:half|quarter){_ENDS})?"
    rf"(?:(?:{_BLANK}|-)?(?:{_MAGNITUDES}){_ENDS}|[kKMbB]{_ENDS})?"
    rf"(?:{_SUFFIX}|(?:[十百千万萬亿億兆]+[多余餘几來来]?|[多余餘來来])?(?:{_BLANK}?(?:{_COUNTED}))?)"
    rf"(?:(?:/|{_BLANK}per{_BLANK})(?i:{_RATE}){_ENDS})?"
    rf"(?:(?:\.|{_BLANK}(?:of|de))?{_BLANK}{_MONTH}(?:(?:,|{_BLANK}de)?{_BLANK}\d{{4}}{_ENDS})?)?"
)
_HAN_VALUE = (
    rf"(?:[周週]|星期|礼拜)[一二三四五六日天末][至到~\-–—](?:[周週]|星期|礼拜)?[一二三四五六日天末]|上[百千万萬亿億]+"
    r"|半(?:[个個]?(?:小[时時]|月|钟头|鐘頭|年)|斤|公里|米)"
    rf"|{_HAN}[至到~\-–—]{_HAN}(?:{_COUNTED})|第{_HAN}+(?:{_COUNTED})?|{_HAN}+分之(?:{_HAN}+(?:[点點]{_HAN}+)?|{_DIGITS})|[几幾数數]{_HAN}+[多余餘]?(?:{_COUNTED})?"
    rf"|{_HAN}{{2,}}(?:[点點]{_HAN}+)?[多余餘几來来]?(?:{_COUNTED})?"
    rf"|{_HAN}(?:[点點]{_HAN}+(?:{_COUNTED})?|[几幾多余餘]?(?:{_ALONE_COUNTED}))"
)
_SIGN = (
    rf"[+\-−±]?[{_SIGNS}]{_BLANK}?[+\-−±]?|[+\-−±第]|[№§]{_BLANK}?|零下|[上下中]午|[早晚]上|清晨|凌晨|傍晚"
    rf"|{_STARTS}(?:(?:USD|EUR|GBP|JPY|CNY|RMB|CHF|AUD|CAD|HKD|INR|Rs\.?){_BLANK}?"
    rf"|(?:US|HK|NT|CA|AU|NZ|[ACR])[{_SIGNS}]{_BLANK}?|Nos?\.{_BLANK}|[Mm]inus{_BLANK})"
)
_ONE = rf"(?:(?:(?!\d)(?:{_SIGN}))?(?:{_VALUE}|{_HAN_VALUE})|{_STARTS}{_DATE})"
_JOINS = (
    rf"(?=.{{0,20}}[\d{NUMERALS}])(?:{_BLANK}?[\-–—−~～至到/×xX]{_BLANK}?|{_BLANK}(?:(?:to|bis|out of){_BLANK})?|T)"
)
"""What may stand between the numbers of one expression; the look ahead is quick."""
_SIGNS_APART = f"{_SIGNS}№§"
_LEAD = f"(?:{_SIGN}|{_STARTS}(?:may|{_MONTH}){_BLANK}|[几幾数數上周週]|星期|礼拜)$"
_LEAD_STARTS = frozenset(
    word[:3]
    for names in (*_MONTHS, "may usd eur gbp jpy cny rmb chf aud cad hkd inr rs rs. no. nos min")
    for word in names.split()
)
"""The first letters of the words in `_LEAD`."""
_LEAD_ENDS = frozenset(f"{_SIGNS}+-−±第№§午上晨晚几幾数數周週期拜DRPYBFs. \u00a0\u2009\u202f")

_UNITS_DIGITS = "two|three|four|five|six|seven|eight|nine"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_THOUSANDS = f"(?:hundred|thousand|[mbtr]+illion|dozen){_ENDS}"
_GAP = rf"(?:{_BLANK}|-)"
_CARDINAL = (
    rf"(?:(?:{_TENS})(?:{_GAP}(?:one|{_UNITS_DIGITS}))?"
    rf"|{_UNITS_DIGITS}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen){_ENDS}"
)
_UNIT = (
    rf"{_GAP}(?:{_one_of(*_TIME, *_MEASURE, *_MONEY, *_SHARE)}){_ENDS}"
    rf"(?:{_BLANK}(?:below|above){_BLANK}zero{_ENDS}|(?:/|{_BLANK}per{_BLANK}){_RATE}{_ENDS})?"
)
_SOME_THOUSANDS = "(?:hundred|thousand|[mbtr]+illion|dozen)s"
_SPELLED = (
    rf"(?i:{_STARTS}(?=an? |half|between|one[ -]|quarter|several|h|[mbtr]+illions|t[whe]|f[oi]|s[ie]|e[il]|ni)(?:"
    rf"(?:half an?|an?|one|several|a{_BLANK}(?:few|couple(?:{_BLANK}of)?)|{_CARDINAL}){_GAP}{_THOUSANDS}"
    rf"(?:{_GAP}(?:and{_BLANK})?(?:{_CARDINAL}|one{_ENDS}|{_THOUSANDS}))*(?:{_UNIT})?"
    rf"|{_SOME_THOUSANDS}{_BLANK}of{_BLANK}{_SOME_THOUSANDS}{_ENDS}"
    rf"|(?:{_TENS}){_GAP}(?:one|{_UNITS_DIGITS}){_ENDS}(?:{_UNIT})?"
    rf"|(?:(?:six|seven|eigh|nine)teen|twenty){_GAP}(?:{_TENS})(?:{_GAP}(?:one|{_UNITS_DIGITS}))?{_ENDS}"
    rf"|between{_BLANK}{_CARDINAL}{_BLANK}and{_BLANK}{_CARDINAL}(?:{_UNIT})?"
    rf"|half{_GAP}an?{_UNIT}|(?:half|quarter){_BLANK}(?:past|to){_BLANK}(?:one{_ENDS}|{_CARDINAL})"
    rf"|(?:one|{_CARDINAL})(?:{_BLANK}and{_BLANK}a{_BLANK}(?:half|quarter)(?:{_UNIT})?"
    rf"|{_GAP}(?:third|quarter|fifth|sixth|eighth|tenth|half|halve)s?{_ENDS}"
    rf"|{_BLANK}(?:in|out{_BLANK}of){_BLANK}{_CARDINAL})"
    rf"|{_CARDINAL}(?:{_BLANK}(?:and|or|to){_BLANK}{_CARDINAL})?{_UNIT}"
    rf"|one(?!{_GAP}(?:day|second|point|night){_ENDS}){_UNIT}))"
)
_SEED = re.compile(rf"[\d{NUMERALS}半]")
_SEED_WORD = re.compile(
    " (?:t(?:wo|hree|en|wel|went|hir|hous|ril)|f(?:our|i[vf]|ort)|s(?:ix|even)|e(?:igh|leven)|nine|one[ -]|hundr|milli"
    "|billi|dozen|half|quarter)"
)
"""How the words that can begin or follow in `_SPELLED` begin, in small letters."""


@cache
def _search(pattern: str) -> re.Pattern[str]:
    """`pattern` compiled, when it is first needed: these take longer than to read many texts."""
    return re.compile(pattern)


def quantities(text: str) -> list[Interval]:
    """-5 °C, $3.5 billion, 5 pm, 3 to 5 kg, May 5, 2020, two hundred dollars, 1.24亿元, 三十多岁, 2020年3月8日."""
    found = _in_figures(text)
    if _SEED_WORD.search(f" {text.lower()}".replace("(", " ")):
        found += [match.span() for match in _search(_SPELLED).finditer(text)]
    return found


def _in_figures(text: str) -> list[Interval]:
    """Those with a digit or Chinese numeral, found from there: few texts hold one, and words may come before it."""
    found: list[Interval] = []
    seed = _SEED.search(text)
    while seed:
        start, done = seed.start(), found[-1][1] if found else 0
        begin, end = _led(text, start, done), 0
        if begin < start:
            end = _end(text, begin)
        if not end:
            begin, end = start, _end(text, start)
        if end and text.endswith(("between ", "Between "), done, begin) and text.startswith(" and ", end):
            last = _end(text, end + len(" and "))
            begin, end = (begin - len("between "), last) if last else (begin, end)
        if end:
            found.append((begin, end))
        seed = _SEED.search(text, end or start + 1)
    return found


def _led(text: str, start: int, done: int) -> int:
    """Where an expression with a digit at `start` may begin, not before `done`: at a sign, a currency, a month."""
    if start == done or (last := text[start - 1]) not in _LEAD_ENDS:
        return start
    near = max(done, start - 16)
    word = max(near, text.rfind(" ", near, start - 1) + 1)
    if last == " " and text[start - 2] not in _SIGNS_APART:
        first = text[word:start].lstrip("([\"'“")[:3].lower().rstrip()
        if first not in _LEAD_STARTS:
            return start
    lead = _search(_LEAD).search(text, word, start)
    return lead.start() if lead else start


def _end(text: str, start: int) -> int:
    """Where the expression ends that begins at `start`, and all numbers that belong to it; 0 where none begins."""
    one, joins = _search(_ONE), _search(_JOINS)
    match = one.match(text, start)
    if not match:
        return 0
    while match:
        end = match.end()
        join = joins.match(text, end)
        match = one.match(text, join.end()) if join else None
        if not match and not text[end : end + 1].isspace():
            match = one.match(text, end)
    return end


def extends_quantity(text: Text, edit: Edit) -> bool:
    """Whether the new words of `edit` would belong to a protected number beside them: 5 people, but 5 weeks."""
    value, protected = text.value, text.protected
    start, end, new = edit
    after = bisect_left(protected, (start,))
    before = after - 1
    if before >= 0 and value[protected[before][1] : start] in ("", " "):
        first, last = protected[before]
        if any(place < last - first < stop for place, stop in quantities(value[first:start] + new)):
            return True
    if after < len(protected) and value[end : protected[after][0]] in ("", " "):
        following = new + value[end : protected[after][1]]
        return any(place < len(new) < stop for place, stop in quantities(following))
    return False


def keeping_quantities(text: Text, edits: list[Edit]) -> list[Edit]:
    """Those of `edits` that leave each protected number as it was said."""
    return [edit for edit in edits if not extends_quantity(text, edit)] if text.protected else edits
