"""Runs textaugment, see command.py: `synonym` is its Wordnet class, what begins with `eda_` is of its copy of EDA.

`eda1` and `eda9` make so many variants of each row as EDA's own script does: of each operation as many and one more,
shuffled, the rest thrown away.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from benchmarks.common.environments import LEXICONS
from benchmarks.peers.command import Augment, Known, each, offline, serve


def tenth(text: str) -> int:
    """How many words to change."""
    return max(1, len(text.split()) // 10)


def known() -> Known:
    """What textaugment calls our steps."""
    offline()
    textaugment = import_module("textaugment")

    def synonym(_: list[str]) -> Augment:
        return each(textaugment.Wordnet(v=True, n=True, p=0.1, random_state=1).augment)

    def eda_synonym(_: list[str]) -> Augment:
        eda = textaugment.EDA()
        return each(lambda text: str(eda.synonym_replacement(text, n=tenth(text))))

    def eda_swap(_: list[str]) -> Augment:
        eda = textaugment.EDA()
        return each(lambda text: str(eda.random_swap(text, n=tenth(text))))

    def eda_delete(_: list[str]) -> Augment:
        eda = textaugment.EDA()
        return each(lambda text: str(eda.random_deletion(text, p=0.1)))

    def eda(variants: int) -> Augment:
        tool = textaugment.EDA()
        operations: list[Callable[[str], str]] = [
            lambda text: str(tool.synonym_replacement(text, n=tenth(text))),
            lambda text: str(tool.random_insertion(text, n=tenth(text))) if set(text.split()) - stop else text,
            lambda text: str(tool.random_swap(text, n=tenth(text))),
            lambda text: str(tool.random_deletion(text, p=0.1)),
        ]
        stop = set(tool.stopwords)  # random_insertion crashes on a text of nothing else

        def first_of(text: str) -> str:
            made = [operation(text) for operation in operations for _ in range(variants // 4 + 1)]
            random.shuffle(made)
            return made[:variants][0]

        return each(first_of)

    return {
        "synonym": synonym,
        "eda_synonym": eda_synonym,
        "eda_swap": eda_swap,
        "eda_delete": eda_delete,
        "eda1": lambda _: eda(1),
        "eda9": lambda _: eda(9),
        "embedding": lambda _: vectors(textaugment, "glove400k.50d.txt"),
        "embedding_50k": lambda _: vectors(textaugment, "glove50k.50d.txt"),
        "embedding_augcli": lambda _: vectors(textaugment, "augcli.96d.txt"),
    }


def vectors(textaugment: Any, name: str) -> Augment:
    """Its Word2vec class, which asks for something of gensim that has vectors as `wv`."""
    keyed = import_module("gensim").models.KeyedVectors.load_word2vec_format(str(LEXICONS / name), no_header=True)
    holder = type("GensimHolder", (SimpleNamespace,), {})(wv=keyed)
    return each(textaugment.Word2vec(model=holder, p=0.1, random_state=1).augment)


if __name__ == "__main__":
    serve(known())
