"""A pretrained model that is fine-tuned as a tagger of tokens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augcli.models.classifiers.base import TrainingRecord, label_numbers
from augcli.models.classifiers.fine_tuning import FineTuned, FineTunedLearner, fine_tuning
from augcli.models.classifiers.training import Watch, cross_entropy
from augcli.models.device import contained
from augcli.models.logistic import softmax
from augcli.models.masked_lm import Frame, tokenizable
from augcli.models.taggers.base import OUTSIDE, Sentences, Tagger, TrainedTagger, likeliest
from augcli.models.taggers.entities import entity_f1

if TYPE_CHECKING:
    import torch


class TokenClassifier(FineTunedLearner, Tagger):
    """A pretrained model with a new layer on top, which tells the tag of a token by its first piece.

    The epoch whose model finds most validation entities, by F1, is the one that counts; the loss, of equals.
    """

    name: ClassVar = "token_classifier"

    def train(
        self, training: Sentences, validation: Sentences, tags: list[str], seed: int, updates: int | None
    ) -> TrainedTokenClassifier:
        with fine_tuning(self, seed) as place:
            import torch

            tuned = FineTuned(self, "AutoModelForTokenClassification", "token classifier", tags, place)
            trained = TrainedTokenClassifier(tuned, tags)
            seen, unseen = trained.split(training.tokens), trained.split(validation.tokens)
            lengths = [len(pieces.firsts) for pieces in seen]
            examples = training.cut(lengths).examples()
            targets = torch.from_numpy(label_numbers(examples.labels, tags)).to(place)
            weights = torch.from_numpy(examples.relative_weights(by_label=self.class_weights)).float().to(place)
            columns = [torch.split(column, lengths) for column in (targets, weights)]

            def loss_of(logits: torch.Tensor, rows: list[int]) -> torch.Tensor:
                found = torch.cat([logits[at, seen[row].firsts] for at, row in enumerate(rows)])
                wanted, counts = (torch.cat([column[row] for row in rows]) for column in columns)
                return cross_entropy(found, wanted, self.label_smoothing, counts)

            read = validation.cut([len(pieces.firsts) for pieces in unseen])

            def measure() -> None:
                logits = trained.logits(unseen)
                watch.measured(np.concatenate(logits), entity_f1(read.tags, likeliest(tags, logits)))

            shares, wanted = examples.label_shares(tags), label_numbers(read.examples().labels, tags)
            watch = Watch(tuned.network, tuned.settings, len(training), shares, wanted, updates)
            numbers = [pieces.numbers for pieces in seen]
            trained.record = tuned.train(numbers, np.ones(len(numbers)), watch, seed, loss_of, measure)
        return trained


class Pieces(NamedTuple):
    """A sentence as a pretrained model reads it."""

    numbers: list[int]
    firsts: list[int]
    """The place of the first piece of each token, of those tokens that are read."""


class TrainedTokenClassifier(TrainedTagger):
    """A fine-tuned model."""

    record: TrainingRecord

    def __init__(self, tuned: FineTuned, tags: list[str]) -> None:
        self.tags = tags
        self._tuned = tuned

    def split(self, sentences: Sequence[Sequence[str]]) -> list[Pieces]:
        """The pieces of sentences; a token that has none for itself, such as a control character, is unknown."""
        if not sentences:
            return []
        tokenizer, frame = self._tuned.tokenizer, Frame.of(self._tuned.tokenizer)
        unknown = tokenizer.pad_token_id if tokenizer.unk_token_id is None else tokenizer.unk_token_id
        room = self._tuned.longest - len(frame.around([]))
        encoded = tokenizer(
            [" ".join(map(tokenizable, tokens)) for tokens in sentences],
            add_special_tokens=False, return_offsets_mapping=True, verbose=False,
        )  # fmt: skip
        found = []
        for tokens, numbers, places in zip(sentences, encoded["input_ids"], encoded["offset_mapping"], strict=True):
            begins = [*accumulate((len(token) + 1 for token in tokens), initial=0)]
            by_token: list[list[int]] = [[] for _ in tokens]
            for number, (start, end) in zip(numbers, places, strict=True):
                by_token[bisect_right(begins, max(start, end - 1)) - 1].append(number)  # it may begin with the blank
            pieces = [each or [unknown] for each in by_token]
            firsts = [*accumulate(map(len, pieces), initial=len(frame.before))][:-1]
            read = [*chain.from_iterable(pieces)][:room]
            found.append(Pieces(frame.around(read), [at for at in firsts if at < len(frame.before) + room]))
        return found

    def logits(self, sentences: Sequence[Pieces]) -> list[NDArray[np.float64]]:
        """The logits of the tokens of each sentence that are read, a row each."""
        found = self._tuned.logits([pieces.numbers for pieces in sentences])
        return [logits[pieces.firsts] for logits, pieces in zip(found, sentences, strict=True)]

    @contained()
    def probabilities(self, tokens: Sequence[Sequence[str]]) -> list[NDArray[np.float64]]:
        found = []
        for logits, sentence in zip(self.logits(self.split(tokens)), tokens, strict=True):
            rows = np.zeros((len(sentence), len(self.tags)))
            rows[: len(logits)] = softmax(logits)
            rows[len(logits) :, self.tags.index(OUTSIDE)] = 1
            found.append(rows)
        return found
