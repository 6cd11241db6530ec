"""Negations put in or taken out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from augcli.language.english import forms, inflect
from augcli.language.negation import count_negations
from augcli.language.resources import ENGLISH_FORMS, ENGLISH_TAGGER, Lexicon
from augcli.language.tagger import Tags, tags_of
from augcli.steps.noise.capitals import lowers_capital
from augcli.steps.papers import CHECKLIST
from augcli.steps.step import MeaningStep, PerTextStep
from augcli.text.edits import Edit, Interval
from augcli.text.rng import Rng
from augcli.text.sentences import sentences, word_set
from augcli.text.text import Text
from augcli.text.words import inside_grapheme, like_apostrophes

Mode = Literal["both", "add", "remove"]


class Negate(MeaningStep, PerTextStep[list[list[Edit]]]):
    """Put a negation into a sentence, or take the only one out: is good, is not good; likes, does not like; 是, 不是.

    One sentence of the text changes. English verbs are inflected. A sentence stays where a rule is not sure to fit:
    questions that would need another order of words, more than one negation, words that go with only one of both
    (already, some; any, yet), a verb whose subject or form is in doubt.
    """

    name: ClassVar = "negate"
    family: ClassVar = "meaning"
    languages: ClassVar = frozenset({"en", "zh"})
    works_on_parts: ClassVar = False
    paper: ClassVar = CHECKLIST
    example: ClassVar = "negate: {mode: both, changes_label: allowed}"

    mode: Mode = Field("both", description="add: put negations in; remove: take them out; both: each where it can be")

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (ENGLISH_FORMS, ENGLISH_TAGGER) if language == "en" else ()

    def prepare(self, texts: Sequence[Text]) -> list[list[list[Edit]]]:
        return [list(self._possible(text)) for text in texts]

    def propose(self, text: Text, prepared: list[list[Edit]], rng: Rng) -> list[Edit]:
        return rng.choice(prepared) if prepared else []

    def _possible(self, text: Text) -> Iterator[list[Edit]]:
        value = text.value
        change = _english if text.language == "en" else _chinese
        for start, end in sentences(value, text.language):
            count = count_negations(value[start:end], text.language)
            if count > 1 or self.mode == ("add" if count else "remove"):
                continue
            edits = change(text, (start, end), count == 0)
            if edits and all(
                text.is_editable(first, last) and not (inside_grapheme(value, first) or inside_grapheme(value, last))
                for first, last, _ in edits
            ):
                yield edits


_BE = word_set("is are was were am")
_MODALS = word_set("can could will would should")
_DO = {"do": "VB", "does": "VBZ", "did": "VBD"}
_NOT_WITH_NEGATION = word_set(
    "already some something someone somebody somewhere also too still always almost just only even rather if unless "
    "whether except but though although"
)
_ONLY_WITH_NEGATION = word_set(
    "any anything anyone anybody anywhere anymore ever yet either neither nor at much only just even because but until "
    "if unless whether though although"
)
_SUBJECTS = word_set("i you he she it we they this that these those there everyone everybody everything")
_OWN_VERB = word_set("i you he she it we they everyone everybody")
_QUESTIONS = word_set("what who whom whose which when where why how")
_HELPING = word_set("be am is are was were been being have has had do does did get got let better going")
_SHORT = {"i'm": "'m", "you're": "'re", "we're": "'re", "they're": "'re"}
_SHORT_IS = word_set("it's that's he's she's")
_AFTER_IS = frozenset(("DT", "JJ", "VBG", "RB", "IN"))


class _Sentence(NamedTuple):
    """A sentence of an English text by its words."""

    text: Text
    tags: Tags
    first: int
    last: int
    asks: bool

    def word(self, place: int) -> str:
        """The word at a place in lower case, empty outside of the sentence."""
        return self.tags.words[place].small if self.first <= place < self.last else ""

    def tag(self, place: int) -> str:
        """The tag of a word, empty where it is in doubt or there is none."""
        if not self.first <= place < self.last:
            return ""
        tag, sure = self.tags[place]
        return tag if sure else ""

    def near(self, place: int) -> bool:
        """Whether only a blank stands between a word and the next one of the sentence."""
        words = self.text.words
        return place + 1 < self.last and self.text.value[words[place][1] : words[place + 1][0]] == " "

    def replaced(self, first: int, last: int, new: str) -> Edit:
        """The edit that puts `new` in the place of the words from `first` to `last`, in their case."""
        value, words = self.text.value, self.text.words
        start, end = words[first][0], words[last][1]
        if value[start].isupper() and value[start : start + 2] not in ("I ", "I'"):
            new = new.upper() if value[start:end].isupper() and end - start > 1 else new[0].upper() + new[1:]
        return start, end, like_apostrophes(new, value)


def _english(text: Text, place: Interval, adds: bool) -> list[Edit]:
    value, words = text.value, text.words
    first, last = bisect_left(words, (place[0],)), bisect_left(words, (place[1],))
    if text.tokens or last - first < 2:
        return []
    sentence = _Sentence(text, tags_of(text), first, last, value[place[1] - 1] == "?")
    small = {word.small for word in sentence.tags.words[first:last]}
    if not small.isdisjoint(_NOT_WITH_NEGATION if adds else _ONLY_WITH_NEGATION) or sentence.word(first) == "why":
        return []
    if adds:
        return [] if sentence.asks or sentence.word(first) in _QUESTIONS else _negated(sentence)
    return _affirmed(sentence)


def _negated(sentence: _Sentence) -> list[Edit]:
    """The first verb of a sentence negated, if it is sure to be one with a subject or an order."""
    value, words = sentence.text.value, sentence.text.words
    first = sentence.first
    if sentence.tag(first) == "VB" and sentence.near(first):
        return _forbidden(sentence)
    for place in range(first, sentence.last):
        small, tag = sentence.word(place), sentence.tag(place)
        if small in _SHORT and sentence.near(place):
            return [(words[place][1], words[place][1], " not")]
        if small in _SHORT_IS and sentence.near(place):
            return [(words[place][1], words[place][1], " not")] if sentence.tag(place + 1) in _AFTER_IS else []
        if tag[:1] not in "VM" or tag in ("", "VBG", "VBN"):
            if tag in ("", "TO", "WP", "WDT", "WRB", "WP$", "VBG", "VBN"):
                return []
            continue
        if place == first or not sentence.near(place - 1) or not sentence.near(place):
            return []
        if small in _MODALS or small in _BE:
            has_subject = sentence.word(place - 1) in _SUBJECTS or sentence.tag(place - 1) in ("NN", "NNS", "NNP")
            if not has_subject or sentence.word(place + 1) in _SUBJECTS:
                return []
            if sentence.word(place + 1) == "a" and sentence.word(place + 2) in ("little", "bit", "lot"):
                return []
            at = words[place][1]
            return [(at, at, "not" if small == "can" and value[at - 1].islower() else " not")]
        return _with_do(sentence, place, small, tag)
    return []


def _forbidden(sentence: _Sentence) -> list[Edit]:
    """An order that becomes a prohibition: Do not add this."""
    start, end = sentence.text.words[sentence.first]
    written = sentence.text.value[start:end]
    if sentence.word(sentence.first) in _HELPING or sentence.word(sentence.first + 1) in _SUBJECTS - {
        "this",
        "that",
        "it",
    }:
        return []
    if written.istitle():
        return [(start, end, f"Do not {written.lower()}")] if lowers_capital(written) else []
    return [(start, start, "do not ")] if written.islower() else []


def _with_do(sentence: _Sentence, place: int, small: str, tag: str) -> list[Edit]:
    """A verb that takes do: likes, does not like."""
    own = sentence.word(place - 1) in _OWN_VERB or sentence.tag(place - 1) in ("NN", "NNP")
    if small in _HELPING or not own or (tag == "VBD" and sentence.tag(place - 1) != "PRP"):
        return []
    lemma = forms().lemmas.get(small, {}).get(tag)
    if not lemma or (sentence.tag(place - 1) != "PRP" and tag != "VBZ") or tag not in ("VBZ", "VBP", "VBD", "VB"):
        return []
    do = {"VBZ": "does", "VBD": "did"}.get(tag, "do")
    return [sentence.replaced(place, place, f"{do} not {lemma}")]


def _affirmed(sentence: _Sentence) -> list[Edit]:
    """The only negation of a sentence taken out, if it belongs to an auxiliary verb."""
    for place in range(sentence.first, sentence.last):
        small = sentence.word(place)
        after = place + 1
        if small == "not" and place > sentence.first and sentence.near(place - 1):
            verb, first, last = sentence.word(place - 1), place - 1, place
        elif small.endswith("n't") or small == "cannot":
            verb = {"can't": "can", "cannot": "can", "won't": "will"}.get(small, small.removesuffix("n't"))
            first = last = place
        else:
            continue
        if not sentence.near(place) or sentence.word(first - 1) == "why":
            return []
        if sentence.asks and first > sentence.first and not sentence.near(first - 1):
            return []  # It is good, isn't it?
        if verb in _DO:
            return _without_do(sentence, first, last, _DO[verb])
        short = verb in _SHORT or verb in _SHORT_IS
        if verb in _BE or verb in _MODALS or short:
            if sentence.word(after) in ("to", "have"):
                return []
            if first == last:
                return [sentence.replaced(first, last, verb)]
            words = sentence.text.words
            return [(words[first][1], words[last][1], "")]
        return []
    return []


def _without_do(sentence: _Sentence, first: int, last: int, tag: str) -> list[Edit]:
    """Do and not taken out: does not like, likes."""
    verb = sentence.word(last + 1)
    lemma = forms().lemmas.get(verb, {}).get("VB")
    if lemma != verb or sentence.word(first - 1) in _QUESTIONS or sentence.asks:
        return []
    subject = sentence.word(first - 1) in _OWN_VERB or sentence.tag(first - 1) in ("NN", "NNS", "NNP")
    if not subject and not (tag == "VB" and first == sentence.first):
        return []
    if first > sentence.first and not sentence.near(first - 1):
        return []
    new = inflect(verb, tag) if tag != "VB" else verb
    return [sentence.replaced(first, last + 1, new)] if new else []


_CHINESE = word_set(
    "是 会 能 想 要 可以 应该 喜欢 愿意 知道 需要 同意 支持 推荐 满意 值得 适合 希望 打算 相信 认识 记得 明白 理解 "
    "害怕 在乎 习惯 舒服 干净 便宜 好吃 好看 好用 好听 清楚 安全 开心 高兴 新鲜 流畅 准确 漂亮 贵 远 懂 爱 敢 肯 合适 "
    "合理 容易 简单 复杂 重要 奇怪 热情 专业 耐用 实用 划算 正常 稳定 清晰 健康 聪明 幸福 成功 熟悉"
)
"""Verbs and adjectives that 不 negates."""
_DEGREES = word_set(
    "很 非常 太 最 真 挺 更 比较 特别 十分 好 多 多么 超 极 蛮 相当 尤其 越 这么 那么 有点 又 也 都 还 就 才 只 却"
)
_BESIDE_YOU = frozenset("点些的人时了没过所着待查找看听想问说做吃去来用买收见")
_LOOK_BACK = 40
_ORDERS = re.compile("[帮给为请求让使叫令](?:[^，,；;。]*)$")
"""Behind which what follows is not for the subject: 帮我推荐."""
_ASKING = re.compile(
    "[?？吗呢吧]|什么|哪|谁|怎么|几|多少|如何|是否|为何|还是|或者|如果|要是|除了|只要|无论|只有|只是|咋|有问题|有事"
)


def _chinese(text: Text, place: Interval, adds: bool) -> list[Edit]:
    value, words = text.value, text.words
    if text.tokens or _ASKING.search(value, *place):
        return []
    first, last = bisect_left(words, (place[0],)), bisect_left(words, (place[1],))
    for start, end in words[first:last]:
        written = value[start:end]
        before, after = _word_before(text, start), value[end : end + 1]
        if not adds:
            if written == "没有" and after not in ("", *_BESIDE_YOU) and after >= "\u4e00":
                return [(start, end, "有")] if before not in ("还", "也", "都", "从来", "再") else []
            if written[0] == "不" and (
                written[1:] in _CHINESE or (end - start == 1 and _next_word(text, end) in _CHINESE)
            ):
                return [(start, start + 1, "")] if before not in ("好", "再", "从来", "并", "绝", "毫") else []
            continue
        if before in _DEGREES or _ORDERS.search(value[max(place[0], start - _LOOK_BACK) : start]):
            continue
        if written == "有" and after >= "\u4e00" and after not in _BESIDE_YOU and not _counts(after):
            return [(start, end, "没有")]
        if written in _CHINESE and not _doubled(value, start, end) and after not in ("", "的", "了"):
            return [(start, start, "不")]
    return []


def _counts(char: str) -> bool:
    return char.isnumeric() or char in "两几半多"


def _doubled(value: str, start: int, end: int) -> bool:
    """Whether a word stands twice, or is the second part of a pair of words, as in 说是."""
    return value[start:end] in (value[end : 2 * end - start], value[max(0, 2 * start - end) : start])


def _word_before(text: Text, start: int) -> str:
    words = text.words
    at = bisect_left(words, (start,)) - 1
    return text.value[slice(*words[at])] if at >= 0 and words[at][1] == start else ""


def _next_word(text: Text, end: int) -> str:
    words = text.words
    at = bisect_left(words, (end,))
    return text.value[slice(*words[at])] if at < len(words) and words[at][0] == end else ""
