"""Chinese text in another script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from augcli.language.chinese import converter
from augcli.language.resources import Lexicon, opencc
from augcli.steps.step import Step
from augcli.text.edits import Edit, Interval
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import inside_grapheme
from augcli.text.words import plain as drawn_singly

_CONFIGS = {  # OpenCC config, and the one that converts the same characters but no words
    "traditional": ("s2t", "s2t"),
    "taiwan": ("s2tw", "s2tw"),
    "taiwan_words": ("s2twp", "s2tw"),
    "hongkong": ("s2hk", "s2hk"),
    "simplified": ("t2s", "t2s"),
    "simplified_from_taiwan": ("tw2s", "tw2s"),
    "simplified_from_taiwan_words": ("tw2sp", "tw2s"),
    "simplified_from_hongkong": ("hk2s", "hk2s"),
}
Script = Literal[
    "traditional",
    "taiwan",
    "taiwan_words",
    "hongkong",
    "simplified",
    "simplified_from_taiwan",
    "simplified_from_taiwan_words",
    "simplified_from_hongkong",
]
_CLAUSE = re.compile(
    r"[^\0\ud800-\udfff\s，。！？；：,.!?;:]{1,200}"
)  # NUL ends a text for OpenCC, lone surrogates raise


class Traditional(Step):
    """Write Chinese text in another script with OpenCC, phrase by phrase (头发 頭髮, 发展 發展).

    `traditional` is OpenCC's own standard (喫 裏), `taiwan` and `hongkong` are what people write there (吃 裡). Nothing
    is drawn: every variant of a row is the same. What `protect.patterns` protects stays, so leave `number` out where
    units are to be converted too (24小时, 26万).
    """

    name: ClassVar = "traditional"
    family: ClassVar = "surface"
    keeps_words: ClassVar = True
    keeps_spans: ClassVar = True
    languages: ClassVar = frozenset({"zh"})
    paper: ClassVar = "OpenCC (https://github.com/BYVoid/OpenCC)"
    example: ClassVar = "traditional: {to: taiwan}"
    uses_words: ClassVar = False

    to: Script = Field(
        "traditional",
        description="traditional (OpenCC s2t), taiwan (s2tw), taiwan_words (s2twp: Taiwan's words too, 软件 軟體), "
        "hongkong (s2hk); back from them: simplified (t2s), simplified_from_taiwan (tw2s), "
        "simplified_from_taiwan_words (tw2sp), simplified_from_hongkong (hk2s)",
    )

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (opencc(_CONFIGS[self.to][0]),)

    def setup(self, language: str) -> None:
        for config in _CONFIGS[self.to]:
            converter(config)

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        full, plain = (converter(config) for config in _CONFIGS[self.to])
        edits = []
        for start, end in _free_intervals(text):
            for clause in _CLAUSE.finditer(text.value, start, end):
                edits += _difference(clause[0], clause.start(), full, plain)
        if drawn_singly(text.value):
            return edits
        return [edit for edit in edits if not any(inside_grapheme(text.value, at) for at in edit[:2])]


def _free_intervals(text: Text) -> Iterator[Interval]:
    done = 0
    for start, end in text.protected:
        yield done, start
        done = end
    yield done, len(text.value)


def _difference(old: str, offset: int, full: Callable[[str], str], plain: Callable[[str], str]) -> list[Edit]:
    new = full(old)
    if full is plain or new == plain(old):
        return _by_character(old, new, offset) if new != old else []
    pieces = _pieces(old, new, full)
    return [edit for start, end, piece in pieces for edit in _by_character(old[start:end], piece, offset + start)]


def _pieces(old: str, new: str, convert: Callable[[str], str]) -> Iterator[tuple[int, int, str]]:
    """`new` cut at every place where `old` may be cut without converting otherwise, so that no phrase is cut."""
    done = new_done = 0
    for cut in range(1, len(old) + 1):
        head = convert(old[:cut])
        if len(head) >= new_done and head + convert(old[cut:]) == new:
            yield done, cut, new[new_done : len(head)]
            done, new_done = cut, len(head)


def _by_character(old: str, new: str, offset: int) -> list[Edit]:
    if len(old) != len(new):
        return [(offset, offset + len(old), new)]
    return [(at, at + 1, there) for at, (here, there) in enumerate(zip(old, new, strict=True), offset) if here != there]
