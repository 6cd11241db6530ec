"""How diverse variants are: distinct words and pairs of words, words that the originals lack, self-BLEU."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

COMPARED = 60
"""Texts that are compared each with all others for self-BLEU; the time grows with their square."""
NEW_WORDS = 24
"""New words that are named."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:['’]\w+)*")


def words_of(text: str) -> list[str]:
    """The words of a text in small letters; of Chinese and Japanese the characters."""
    return _WORD.findall(text.lower())


def measure(rows: Sequence[tuple[str, Sequence[str]]], vocabulary: Collection[str]) -> dict[str, Any] | None:
    """How diverse the variants of some texts are; `vocabulary` are the words of all originals that were looked at.

    Originals and variants are compared in equal number, one variant of each row, since longer lists repeat more.
    """
    if not rows:
        return None
    before = [words_of(text) for text, _ in rows]
    after = [words_of(variants[0]) for _, variants in rows]
    words = [word for _, variants in rows for variant in variants for word in words_of(variant)]
    new = Counter(word for word in words if word not in vocabulary)
    return {
        "rows": len(rows),
        "distinct_1": {"before": _distinct(before, 1), "after": _distinct(after, 1)},
        "distinct_2": {"before": _distinct(before, 2), "after": _distinct(after, 2)},
        "self_bleu": None,
        "new_words": {
            "vocabulary": len(vocabulary),
            "share": round(new.total() / len(words), 4) if words else 0.0,
            "commonest": sorted(new.items(), key=lambda item: (-item[1], item[0]))[:NEW_WORDS],
        },
        "texts": [[text, variants[0]] for text, variants in rows[:COMPARED]],
    }


def with_self_bleu(measured: dict[str, Any]) -> dict[str, Any]:
    """The same measures with self-BLEU, from the texts that they keep; it takes seconds to load what computes it."""
    if len(measured["texts"]) < 2:
        return measured
    before, after = zip(*measured["texts"], strict=True)
    return {**measured, "self_bleu": {"before": _self_bleu(before), "after": _self_bleu(after)}}


def _distinct(texts: Iterable[Sequence[str]], size: int) -> float:
    """Different words, or pairs of neighbouring words, as a share of all."""
    found = [gram for words in texts for gram in (pairwise(words) if size == 2 else words)]
    return round(len(set(found)) / len(found), 4) if found else 0.0


def _self_bleu(texts: Sequence[str]) -> float:
    """The mean BLEU of each text with all others as its references."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    words = [words_of(text) for text in texts]
    smooth = SmoothingFunction().method1
    scores = [
        sentence_bleu(words[:at] + words[at + 1 :], own, smoothing_function=smooth)
        for at, own in enumerate(words)
        if own
    ]
    return round(sum(scores) / len(scores), 4) if scores else 0.0
