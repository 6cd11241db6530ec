"""English words: their inflected forms, their lemmas, and the article before them.

Tags are those of the Penn Treebank (NN, NNS, VB, VBD, VBG, VBN, VBP, VBZ, JJ, JJR, JJS, RB, RBR, RBS, ...).
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

import orjson

from augcli.language.resources import ENGLISH_FORMS
from augcli.text.edits import Edit
from augcli.text.text import Text
from augcli.text.words import match_case

POS = {"N": "n", "V": "v", "J": "a", "R": "r"}
"""WordNet's names for parts of speech, by the first letter of a tag."""


_READ_IN_LETTERS = re.compile("[HLMNRX][B-DF-HJ-NP-TV-Z]|F[B-DF-HJKMNP-QSTV-Z]|S[BDFGJRSXZ]")
"""Two capitals, the first of which has a name that begins with a vowel, and which begin no word: MRI, FBI."""

_BEGINS_WITH_U = re.compile("U[A-Z]{1,2}(?![a-z]).*")
"""US, UFO, USB: the letter U is read with a consonant."""


@dataclass(frozen=True, slots=True)
class Forms:
    """What is known of each word form, in lower case."""

    kinds: dict[str, str]
    """The parts of speech that it can be, sorted: NN|VB|VBP."""
    lemmas: dict[str, dict[str, str]]
    """Of the open classes: form -> tag -> lemma."""
    inflected: dict[str, str]
    """lemma/TAG -> its commonest form."""
    ranks: dict[str, int]
    """1 for the commonest word; words that are not here are rare."""
    usual: dict[str, str]
    """Forms that are of several parts of speech -> which of n, v, a, r they are in most of their uses, if any."""
    articles: dict[str, str]
    """Words whose first letter does not tell their article: hour an, university a."""
    phrases: frozenset[str]
    """Pairs of words that are one: credit card, credit cards, gave up."""


@cache
def forms() -> Forms:
    """The table of forms. Raises ResourceError when it is missing."""
    table = orjson.loads(gzip.decompress(ENGLISH_FORMS.path().read_bytes()))
    return Forms(**{**table, "phrases": frozenset(table["phrases"])})


def inflect(lemma: str, tag: str) -> str | None:
    """`lemma` in the form of `tag`: (go, VBD) went. Of several words, a verb's first or else the last is inflected.

    None when it has no such form, as information has no plural.
    """
    if " " not in lemma:
        return forms().inflected.get(f"{lemma}/{tag}")
    before, _, last = lemma.rpartition(" ")
    first, _, after = lemma.partition(" ")
    form = inflect(first if tag[0] == "V" else last, tag)
    return form and (f"{form} {after}" if tag[0] == "V" else f"{before} {form}")


def article(word: str) -> str:
    """The indefinite article before `word`: a or an."""
    small = word.lower()
    first = small.replace("-", " ").partition(" ")[0]
    if _BEGINS_WITH_U.fullmatch(word):
        return "a"
    if _READ_IN_LETTERS.match(word) and first not in forms().kinds:
        return "an"
    known = forms().articles.get(small) or forms().articles.get(first)
    return known or ("an" if small[:1] in ("a", "e", "i", "o", "u") else "a")


def with_articles(text: Text, edits: list[Edit]) -> list[Edit]:
    """`edits` of words, and of the articles a and an that they ask for; less those that ask a protected one to change.

    Each edit begins where a word begins, or inserts words there. Texts in other languages than English have no such
    articles.
    """
    if text.language != "en" or not edits:
        return edits
    words, value = text.words, text.value
    made: list[Edit] = []
    for start, end, new in edits:
        place, after = bisect_left(words, (start,)), bisect_left(words, (end,))
        if end > start and after < len(words):
            following = value[slice(*words[after])]
            new = _agreeing(new, following, following)
        if 0 < place < len(words) and value[words[place - 1][1] : words[place][0]].isspace():
            first, last = words[place - 1]
            replaced = value[first:last]
            if made and made[-1][0] <= first and made[-1][1] == last:
                first, last, replaced = made.pop()
            wanted = _agreeing(replaced, new, value[start:end] or new)
            if wanted != value[first:last]:
                if not text.is_editable(first, last):
                    continue
                made.append((first, last, wanted))
        made.append((start, end, new))
    return [edit for edit in made if value[edit[0] : edit[1]] != edit[2]]


def _agreeing(standing: str, following: str, model: str) -> str:
    """`standing`, with the other article at its end if it ends with one that does not go with the word `following`.

    A is in capitals as all the text is where `model`, the word that stands there now, and the following one are so too.
    """
    before, blank, last = standing.rpartition(" ")
    if last.lower() not in ("a", "an"):
        return standing
    wanted = article(following)
    shouted = last == "AN" or (last == "A" and model.isupper() and following.isupper() and len(model) > 1)
    return before + blank + (wanted.upper() if shouted else match_case(wanted, last))
