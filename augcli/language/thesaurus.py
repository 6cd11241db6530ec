"""Thesaurus files of four formats, told apart by their content.

* TSV: a word, a tab, its synonyms with tabs between; one line per sense; blank lines and lines that begin with # are
  skipped.
* MyThes (`th_*.dat` of LibreOffice and of Debian's mythes packages): an encoding, then `word|2` and so many lines of
  `(part of speech)|synonym|synonym`.
* Cilin: `Aa01A01= word word ...`; the groups of related words (#) and of single words (@) hold no synonyms.
* Open Multilingual Wordnet (`wn-data-*.tab`): `00001740-n`, a tab, `lemma` or `fra:lemma`, a tab, a word of that sense.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from sys import intern
from typing import NamedTuple, TypeAlias

from augcli.errors import ConfigError
from augcli.language.resources import clipped
from augcli.language.word_maps import Lines, content_of, decoded_lines, from_tsv


class Sense(NamedTuple):
    """One meaning of a word: n, v, a, r or "" when not told, and the other words for it."""

    pos: str
    words: tuple[str, ...]


class Thesaurus(dict[str, list[Sense]]):
    """The senses of each word."""

    as_given = False
    """Whether it is a list that somebody wrote for their texts (TSV), to be taken as it stands."""
    ranked = True
    """Whether the first senses of a word are its most frequent ones."""


Entries: TypeAlias = Iterator[tuple[str, str, list[str]]]
"""A word, its part of speech, and words that mean the same, itself perhaps among them."""

_MYTHES = re.compile(rb"([\w.:-]+)[ \t]*\r?\n[^\n|]*\|\s*\d+\s*?(?:\n|$)")
_CILIN = re.compile(rb"\s*[A-L][a-z]\d\d[A-Z]\d\d[=#@]\s")
_OMW = re.compile(rb"(?:#[^\n]*\n)?\d{8}-[nvars]\t(?:\w+:)?[a-z]+\b")
_HEAD = re.compile(r"([^|]*)\|\s*(\d{1,6})\s*")
_CODE = re.compile(r"[A-L][a-z]\d\d[A-Z]\d\d[=#@]")
# A note says broader, narrower, opposite, colloquial, vulgar, outdated; dots and brackets ask to be filled in.
_NOT_A_SYNONYM = re.compile(r"[()\[\]{}≠…]|\.\.\.|^\s*$")
_NO_SYNONYMS = {"ant", "антоним", "сходный термин", "связанный термин"}  # in the Indonesian and the Russian thesaurus
_POS = {
    name: pos
    for pos, names in {
        "n": "noun nom subst s. s.m. s.f. sam. същ.",
        "v": "verb verbe v. gl. гл.",
        "a": "adj adj. adjectif agg. prid. прил.",
        "r": "adv adv. adverbe avv. prisl. нар.",
    }.items()
    for name in names.split()
}


def load(path: Path) -> Thesaurus:
    """The senses of each word in the order of the file, the word itself not among its synonyms, in any case.

    Words are as the file has them, those of several words with their blanks. Words that a MyThes file gives a note in
    brackets are no synonyms: the note says broader, narrower, opposite, colloquial, outdated.

    Raises ResourceError when the file cannot be read, ConfigError when it is not a thesaurus.
    """
    return read(path, content_of(path, "thesaurus"))


def read(path: Path, content: bytes) -> Thesaurus:
    """The same of the content of a file. Raises ConfigError when it is not a thesaurus."""
    mythes, cilin, omw = _MYTHES.match(content), _CILIN.match(content), _OMW.match(content)
    lines = decoded_lines(path, content, mythes[1].decode() if mythes else "utf-8")
    senses = Thesaurus()
    senses.as_given, senses.ranked = not (mythes or cilin or omw), not omw
    form = _mythes if mythes else _cilin if cilin else _omw if omw else _tsv
    entries = form(path, lines)
    for word, pos, words in entries:
        small = word.lower()
        others = tuple(dict.fromkeys([intern(other) for other in words if other.lower() != small]))
        if word and others:
            senses.setdefault(intern(word), []).append(Sense(pos, others))
    if not senses:
        expected = "expected a thesaurus (TSV, MyThes, Cilin or Open Multilingual Wordnet)"
        raise ConfigError.at(path, f"{expected}, found no word with a synonym")
    return senses


def _tsv(path: Path, lines: Lines) -> Entries:
    for listed in from_tsv(path, lines, "synonyms"):
        yield listed.word, "", listed.others


def _mythes(path: Path, lines: Lines) -> Entries:
    next(lines)
    for number, line in lines:
        if not line.strip():
            continue
        head = _HEAD.fullmatch(line)
        if head is None:
            raise ConfigError(f"{path}:{number}: expected a word, | and its number of meanings, got {clipped(line)}")
        count = int(head[2])
        meanings = list(islice(lines, count))
        if len(meanings) < count:
            raise ConfigError(f"{path}:{number}: expected {count} lines of meanings, the file has {len(meanings)} more")
        for _, meaning in meanings:
            kind, *words = meaning.split("|")
            kind = kind.strip(" ()[]").lower()
            if kind not in _NO_SYNONYMS:
                synonyms = [word.strip() for word in words if not _NOT_A_SYNONYM.search(word)]
                yield head[1].strip(), _POS.get(kind, ""), synonyms


def _cilin(path: Path, lines: Lines) -> Entries:
    for number, line in lines:
        code, *words = line.split() or [""]
        if code and not (_CODE.fullmatch(code) and words):
            raise ConfigError(f"{path}:{number}: expected a code such as Aa01A01= and words, got {clipped(line)}")
        if code.endswith("="):
            for word in dict.fromkeys(words):
                yield word, "", words


def _omw(path: Path, lines: Lines) -> Entries:
    senses: dict[str, list[str]] = {}
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        match line.split("\t"):
            case [sense, kind, *_, word] if _SENSE.fullmatch(sense):
                if kind.rpartition(":")[2] == "lemma":
                    senses.setdefault(sense, []).append(word.strip().replace("_", " ").replace("+", ""))
            case _:
                raise ConfigError(f"{path}:{number}: expected a sense such as 00001740-n, a kind and a word with tabs "
                                  f"between, got {clipped(line)}")  # fmt: skip
    for sense, words in senses.items():
        for word in dict.fromkeys(words):
            yield word, sense[-1].replace("s", "a"), words


_SENSE = re.compile(r"\d{8}-[nvars]")
