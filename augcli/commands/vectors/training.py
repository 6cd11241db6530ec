"""Word vectors trained by gensim, from random ones or from given ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from augcli.commands.vectors.corpus import WordFile
from augcli.config.vectors import Vectors as Settings
from augcli.language.vectors import Vectors
from augcli.process import log_level

DIMENSIONS = 100
EPOCHS, EPOCHS_FROM_START = 20, 5
"""Of small inputs: fewer leave random vectors alike, and more take given ones away from what they know."""
SUB_WORDS = {"zh": (1, 3)}
"""Fewest and most characters of a sub-word, where words are short."""


def epochs_of(settings: Settings) -> int:
    """How often each text is seen."""
    if settings.epochs != "auto":
        return settings.epochs
    return EPOCHS_FROM_START if settings.start else EPOCHS


def train(
    corpus: WordFile, settings: Settings, start: Vectors | None, language: str, seed: int, show: Callable[[], None]
) -> Any:
    """A model of gensim that has learnt from the corpus in one thread, so that the same comes out each time.

    `show` is told of each epoch.
    """
    from gensim.models import FastText, Word2Vec
    from gensim.models.callbacks import CallbackAny2Vec
    from gensim.utils import RULE_DEFAULT, RULE_KEEP

    class EpochEnd(CallbackAny2Vec):  # type: ignore[misc]
        def on_epoch_end(self, model: Any) -> None:
            show()

    kind, own = Word2Vec, {}
    if settings.method == "fasttext":
        fewest, most = settings.sub_words or SUB_WORDS.get(language, (3, 6))
        kind, own = FastText, {"min_n": fewest, "max_n": most, "bucket": settings.buckets}
    with log_level(logging.getLogger("gensim"), logging.ERROR):  # it warns of small corpora
        model = kind(
            vector_size=start.matrix.shape[1] if start else settings.dimensions or DIMENSIONS,
            window=settings.window, min_count=settings.min_count, sg=int(settings.skip_gram),
            negative=settings.negative, sample=settings.subsample,
            alpha=settings.learning_rate, min_alpha=settings.learning_rate / 100,
            epochs=epochs_of(settings), seed=seed % (1 << 32), workers=1, **own,
        )  # fmt: skip
        known = start.place if start else lambda _: None
        model.build_vocab(
            corpus, trim_rule=lambda word, count, least: RULE_DEFAULT if known(word) is None else RULE_KEEP
        )
        if start:
            rows = model.wv.vectors_vocab if settings.method == "fasttext" else model.wv.vectors
            for row, word in enumerate(model.wv.index_to_key):
                if (place := start.place(word)) is not None:
                    rows[row] = start.matrix[place]
        model.train(corpus, total_examples=model.corpus_count, epochs=model.epochs, callbacks=[EpochEnd()])
    return model


def vectors_of(model: Any, start: Vectors | None) -> Vectors:
    """All words, the most frequent first, and behind them those that only `start` has, as they are there."""
    import numpy as np

    words, matrix = list(model.wv.index_to_key), model.wv.vectors
    matrix = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype("<f4")
    if start:
        rest = [row for row, word in enumerate(start.words) if word not in model.wv.key_to_index]
        words += [start.words[row] for row in rest]
        matrix = np.concatenate([matrix, start.matrix[rest]])
    return Vectors(words, matrix, ())
