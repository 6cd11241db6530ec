"""English words: their inflected forms, their lemmas, and the article before them.

Tags are those of the Penn Treebank (NN, NNS, VB, VBD, VBG, VBN, VBP, VBZ, JJ, JJR, JJS, RB, RBR, RBS, ...).
"""

from __future__ import annotations

import gzip
from functools import cache
from typing import NamedTuple

from augcli.resources import ENGLISH_FORMS

_RARE = 1 << 30
_SELDOM = 30
"""A plural of which the rank is so many times that of its singular is not used: informations."""


class Forms(NamedTuple):
    """What is known of each word form, in lower case."""

    tags: dict[str, tuple[str, ...]]
    """The parts of speech that it can be, sorted."""
    lemmas: dict[str, dict[str, str]]
    """Of the open classes: form -> tag -> lemma."""
    inflected: dict[tuple[str, str], list[str]]
    """(lemma, tag) -> its forms."""
    ranks: dict[str, int]
    """1 for the commonest word; words that are not here are rare."""
    articles: dict[str, str]
    """Words whose first letter does not tell their article: hour an, university a."""
    phrases: frozenset[str]
    """Pairs of words that are one: credit card, give up."""


@cache
def forms() -> Forms:
    """The table of forms. Raises ResourceError when it is missing."""
    known = Forms({}, {}, {}, {}, {}, frozenset())
    phrases = []
    with gzip.open(ENGLISH_FORMS.path(), "rt", encoding="utf-8") as lines:
        for line in lines:
            form, rank, article, listed = line[:-1].split("\t")
            if not listed:
                phrases.append(form)
                continue
            if rank != "0":
                known.ranks[form] = int(rank)
            if article:
                known.articles[form] = article
            _add(known, form, [tag.partition(":") for tag in listed.split(" ")])
    return known._replace(phrases=frozenset(phrases))


def _add(known: Forms, form: str, tags: list[tuple[str, str, str]]) -> None:
    known.tags[form] = tuple([tag for tag, _, _ in tags])
    lemmas = {tag: lemma for tag, _, lemma in tags if lemma}
    if not lemmas:
        return
    known.lemmas[form] = lemmas
    for tag, lemma in lemmas.items():
        known.inflected.setdefault((lemma, tag), []).append(form)


def inflect(lemma: str, tag: str) -> str | None:
    """`lemma` in the form of `tag`: (go, VBD) went. Of several words, a verb's first or else the last is inflected.

    None when it has no such form, as information has no plural.
    """
    if " " not in lemma:
        return _one_form(lemma, tag)
    before, blank, head = lemma.rpartition(" ")
    if tag[0] == "V":
        head, blank, after = lemma.partition(" ")
        form = inflect(head, tag)
        return form and form + blank + after
    form = inflect(head, tag)
    return form and before + blank + form


def _one_form(lemma: str, tag: str) -> str | None:
    known = forms()
    found = known.inflected.get((lemma, tag), [])
    best = min(found, key=lambda form: known.ranks.get(form, _RARE), default=None)
    if tag != "NNS" or found == [lemma]:
        return best
    limit = known.ranks.get(lemma, _RARE) * _SELDOM
    plurals = [form for form in found if form != lemma and known.ranks.get(form, _RARE) < limit]
    return min(plurals, key=known.ranks.__getitem__, default=None)


def article(word: str) -> str:
    """The indefinite article before `word`: a or an."""
    small = word.lower()
    known = forms().articles.get(small) or forms().articles.get(small.partition(" ")[0].partition("-")[0])
    return known or ("an" if small[:1] in ("a", "e", "i", "o", "u") else "a")
