"""Runs nlpaug, see command.py: a tenth of the words, at least one, as the steps of the same names do by default."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.common.environments import LEXICONS
from benchmarks.peers.command import Augment, Known, serve


def known() -> Known:
    """What nlpaug calls our steps."""
    nac, nas, naw = (import_module(f"nlpaug.augmenter.{kind}") for kind in ("char", "sentence", "word"))
    words: dict[str, Any] = {"aug_p": 0.1, "aug_min": 1, "aug_max": None}
    chars: dict[str, Any] = {"aug_word_p": 0.1, "aug_word_max": None, "aug_char_p": 0.1, "aug_char_max": 1}

    def tfidf(texts: list[str]) -> Augment:
        model = import_module("nlpaug.model.word_stats").TfIdf()
        model.train([text.split() for text in texts])
        with tempfile.TemporaryDirectory() as folder:
            model.save(folder)
            made: Augment = naw.TfIdfAug(model_path=folder, tokenizer=str.split, **words).augment
            return made

    def vectors(name: str) -> Callable[[list[str]], Augment]:
        path = str(LEXICONS / name)
        return lambda _: naw.WordEmbsAug(model_type="glove", model_path=path, top_k=10, **words).augment

    def masked_lm(_: list[str]) -> Augment:
        model = os.environ["MASKED_LM"]
        augmenter = naw.ContextualWordEmbsAug(model_path=model, model_type="bert", top_k=10, batch_size=64, **words)
        made: Augment = augmenter.augment
        return made

    plain: dict[str, Callable[[], Any]] = {
        "random_swap": lambda: naw.RandomWordAug(action="swap", **words),
        "random_delete": lambda: naw.RandomWordAug(action="delete", **words),
        "misspelling": lambda: naw.SpellingAug(**words),
        "synonym": lambda: naw.SynonymAug(aug_src="wordnet", **words),
        "typo": lambda: nac.KeyboardAug(**chars),
        "random_char": lambda: nac.RandomCharAug(action="substitute", **chars),
        "ocr": lambda: nac.OcrAug(**chars),
        "shuffle_sentences": lambda: nas.RandomSentAug(
            tokenizer=re.compile(r"(?<=[.!?])\s+").split
        ),  # its own is NLTK's
    }
    made: Known = {name: lambda _, make=make: make().augment for name, make in plain.items()}  # type: ignore[misc]
    return made | {
        "masked_lm": masked_lm,
        "tfidf": tfidf,
        "embedding": vectors("glove400k.50d.txt"),
        "embedding_50k": vectors("glove50k.50d.txt"),
        "embedding_augcli": vectors("augcli.96d.txt"),
    }


if __name__ == "__main__":
    serve(known())
