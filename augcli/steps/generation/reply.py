"""What a language model replied, and why it may not take the place of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from difflib import SequenceMatcher

import orjson

from augcli.text.edits import Edit, Interval

CUT = "cut off at reply_tokens"
REFUSED = "the model refuses"
UNREADABLE = "no JSON as it was asked for"
TALK = "talk about the text"
LANGUAGE = "another language"
REPEATED = "fewer different texts than answers"
UNASKED = "not asked yet: a run asks the model"
_ENDS = {"planned": UNASKED, "length": CUT, "content_filter": REFUSED, "refusal": REFUSED}
_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
"""What some models write before their reply."""
_FENCE = re.compile(r"\A```\w*\n(.*)\n```\Z", re.DOTALL)
_REFUSALS = re.compile(
    r"(?i)\A(?:i['’]m sorry|i am sorry|sorry,|i can(?:no|['’])t|i won['’]t|as an ai\b|抱歉|很抱歉|对不起，我"
    r"|作为(?:一个)?(?:人工智能|ai))"
)
_TALK = re.compile(
    r"(?i)\A(?:here(?:['’]s| is| are)\b|sure[,!.]|certainly[,!.]|of course[,!.]|以下是|当然[，！可])|</?text\d*>"
)
_TOKEN = re.compile(r"[\u3400-\u9fff]|(?:(?![\u3400-\u9fff])\w)+|\s+|.", re.DOTALL)
_ALIKE = 0.4
"""Share of the tokens that stay, below which a text is written anew as a whole."""


def texts_in(reply: str, *, structured: bool) -> Sequence[str] | str:
    """The texts in a reply, or why there are none."""
    end, content = orjson.loads(reply)
    if end in _ENDS:
        return _ENDS[end]
    content = _THOUGHTS.sub("", content).strip()
    if not structured:
        return [content]
    if fenced := _FENCE.match(content):
        content = fenced[1]
    try:
        found = orjson.loads(content)["texts"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return UNREADABLE
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        return UNREADABLE
    return [text.strip() for text in found]


def distinct(texts: Sequence[str], taken: Set[str]) -> list[str]:
    """Those of `texts` whose wording is not `taken`, nor that of one before them."""
    found = {key: text for text in reversed(texts) if (key := wording(text)) not in taken}
    return [*reversed(found.values())]


def wording(text: str) -> str:
    """A text, case and blanks aside."""
    return " ".join(text.casefold().split())


def talk(before: str, after: str) -> str:
    """Whether a model talks in place of writing: its refusal, or what it says about its text; empty if not."""
    for pattern, why in ((_REFUSALS, REFUSED), (_TALK, TALK)):
        if pattern.search(after) and not pattern.search(before):
            return why
    return ""


def parts_between(reply: str, kept: Sequence[str]) -> list[str] | None:
    """What stands between the kept strings; None unless all are there, in order and no more often."""
    if any(reply.count(one) != sum(other.count(one) for other in kept) for one in set(kept)):
        return None
    parts, at = [], 0
    for one in kept:
        found = reply.find(one, at)
        if found < 0:
            return None
        parts.append(reply[at:found])
        at = found + len(one)
    return [*parts, reply[at:]]


def rewrite(value: str, place: Interval, new: str) -> Iterator[Edit]:
    """The edits of words that make `new` of a part of `value`; one edit where little stays."""
    start, end = place
    before, after = _TOKEN.findall(value[start:end]), _TOKEN.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if value[start:end] == new:
        return
    if matcher.ratio() < _ALIKE:
        yield start, end, new
        return
    places = [start]
    for token in before:
        places.append(places[-1] + len(token))
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield places[i1], places[i2], "".join(after[j1:j2])
