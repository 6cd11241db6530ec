"""Runs TextAttack, see command.py: its recipes, that for embeddings with the vectors that the others get."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.common.environments import LEXICONS
from benchmarks.peers.command import Augment, Known, each, offline, serve

AMOUNT = {"pct_words_to_swap": 0.1, "transformations_per_example": 1}
NEIGHBOURS = 50


def known() -> Known:
    """What TextAttack calls our steps."""
    offline()
    recipes = {
        "synonym": "WordNetAugmenter",
        "random_swap": "SwapAugmenter",
        "random_delete": "DeletionAugmenter",
        "random_char": "CharSwapAugmenter",
    }
    known: Known = {name: lambda _, recipe=recipe: of_recipe(recipe) for name, recipe in recipes.items()}  # type: ignore[misc]
    return known | {"typo": typo, "embedding_augcli": embedding, "masked_lm": masked_lm}


def of_recipe(name: str) -> Augment:
    """One of its recipes."""
    return first(getattr(import_module("textattack.augmentation.recipes"), name)(**AMOUNT))


def typo(_: list[str]) -> Augment:
    """Keys beside the right one."""
    swap = import_module("textattack.transformations").WordSwapQWERTY()
    constraints = import_module("textattack.constraints.pre_transformation")
    augmenter = import_module("textattack.augmentation").Augmenter
    return first(augmenter(swap, constraints=[constraints.RepeatModification()], **AMOUNT))


def embedding(_: list[str]) -> Augment:
    """Neighbours among word vectors, with a cosine of 0.8 or more, as its recipe has them."""
    transformations = import_module("textattack.transformations")
    constraints = import_module("textattack.constraints.pre_transformation")
    semantics = import_module("textattack.constraints.semantics")
    vectors = embeddings(LEXICONS / "augcli.96d.txt")
    return first(
        import_module("textattack.augmentation").Augmenter(
            transformations.WordSwapEmbedding(max_candidates=NEIGHBOURS, embedding=vectors),
            constraints=[
                constraints.RepeatModification(),
                constraints.StopwordModification(),
                semantics.WordEmbeddingDistance(embedding=vectors, min_cos_sim=0.8),
            ],
            **AMOUNT,
        )
    )


def masked_lm(_: list[str]) -> Augment:
    """What a masked language model expects, as its recipe bae has it, without the sentence encoder that it fetches."""
    constraints = import_module("textattack.constraints.pre_transformation")
    transformers = import_module("transformers")
    folder = os.environ["MASKED_LM"]
    swap = import_module("textattack.transformations").WordSwapMaskedLM(
        method="bae",
        masked_language_model=transformers.AutoModelForMaskedLM.from_pretrained(folder),
        tokenizer=transformers.AutoTokenizer.from_pretrained(folder),
        max_candidates=10,
        min_confidence=0.0,
        max_length=64,
    )
    kept = [constraints.RepeatModification(), constraints.StopwordModification()]
    return first(import_module("textattack.augmentation").Augmenter(swap, constraints=kept, **AMOUNT))


def embeddings(path: Path) -> Any:
    """Word vectors in its own form, with their nearest neighbours, without which it takes minutes per row."""
    numpy = import_module("numpy")
    lines = [line.split(" ") for line in path.read_text(encoding="utf-8").splitlines()]
    words = [word for word, *_ in lines]
    matrix = numpy.array([numbers for _, *numbers in lines], dtype="float32")
    saved = path.with_suffix(".neighbours.npy")
    if not saved.exists():
        numpy.save(saved, neighbours(matrix))
    places = {word: place for place, word in enumerate(words)}
    return import_module("textattack.shared").WordEmbedding(matrix, places, dict(enumerate(words)), numpy.load(saved))


def neighbours(matrix: Any) -> Any:
    """For each vector, the places of itself and of those nearest to it, the nearest first."""
    numpy = import_module("numpy")
    unit = matrix / numpy.linalg.norm(matrix, axis=1, keepdims=True)
    found = []
    for start in range(0, len(unit), 1000):
        scores = unit[start : start + 1000] @ unit.T
        near = numpy.argpartition(-scores, NEIGHBOURS + 1, axis=1)[:, : NEIGHBOURS + 1]
        order = numpy.argsort(-numpy.take_along_axis(scores, near, 1), axis=1)
        found.append(numpy.take_along_axis(near, order, 1).astype("int32"))
    return numpy.concatenate(found)


def first(augmenter: Any) -> Augment:
    """The one text that it was asked for."""
    return each(lambda text: str(augmenter.augment(text)[0]))


if __name__ == "__main__":
    serve(known(), batch=1)
