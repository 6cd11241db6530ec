"""The texts of a corpus as word pieces, and batches of them with masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from augcli.models.device import batches as padded_batches
from augcli.models.masked_lm import Frame
from augcli.run.training_input import is_aside

Numbers: TypeAlias = NDArray[np.int32]
READ = 2000
"""Texts that are cut into pieces at a time."""
NEVER = 2.0
"""The draw of a word that is not to be masked; draws are below 1."""


class LabelledText(NamedTuple):
    """A text, and the text of its label."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts as word pieces, one behind the other."""

    pieces: Numbers
    starts: NDArray[np.bool_]
    """Whether a piece is the first of its word."""
    bounds: NDArray[np.int64]
    """Where the texts begin, and where the last ends."""
    labels: Numbers
    """Of each text, as a number."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Pieces of each text."""
        return np.diff(self.bounds)

    def counts(self, vocabulary: int) -> NDArray[np.int64]:
        """How often each piece of the vocabulary occurs."""
        return np.bincount(self.pieces, minlength=vocabulary)


class _Growing:
    """A corpus that is being read."""

    def __init__(self) -> None:
        self.pieces: list[Numbers] = []
        self.starts: list[NDArray[np.bool_]] = []
        self.lengths: list[Numbers] = []
        self.labels: list[Numbers] = []

    def add(self, windows: Sequence[tuple[Sequence[int], Sequence[bool], int]]) -> None:
        self.pieces.append(np.array([piece for pieces, _, _ in windows for piece in pieces], np.int32))
        self.starts.append(np.array([start for _, starts, _ in windows for start in starts], np.bool_))
        self.lengths.append(np.array([len(pieces) for pieces, _, _ in windows], np.int32))
        self.labels.append(np.array([label for _, _, label in windows], np.int32))

    def corpus(self) -> Corpus:
        lengths = np.concatenate([np.zeros(1, np.int64), *self.lengths])
        labels = np.concatenate([np.zeros(0, np.int32), *self.labels])
        pieces = np.concatenate([np.zeros(0, np.int32), *self.pieces])
        starts = np.concatenate([np.zeros(0, np.bool_), *self.starts])
        return Corpus(pieces, starts, np.cumsum(lengths), labels)


def read(
    texts: Iterable[LabelledText], tokenizer: Any, window: int, labels: dict[str, int], validation: float
) -> tuple[Corpus, Corpus]:
    """The training and the validation part of a corpus. `labels` numbers the labels.

    Texts longer than `window` pieces are cut. Equal texts are in the same part: which one, their hash tells. What has
    no piece that the tokenizer knows is left out.
    """
    backend, unknown = tokenizer.backend_tokenizer, tokenizer.unk_token_id
    parts = _Growing(), _Growing()
    texts = iter(texts)
    while some := list(islice(texts, READ)):
        windows: tuple[list[tuple[Sequence[int], Sequence[bool], int]], ...] = ([], [])
        encodings = backend.encode_batch([item.text for item in some], add_special_tokens=False)
        for item, encoding in zip(some, encodings, strict=True):
            pieces, words = encoding.ids, encoding.word_ids
            starts = [before is None or before != word for before, word in zip([None, *words], words, strict=False)]
            for at in range(0, len(pieces), window):
                cut = slice(at, at + window)
                if any(piece != unknown for piece in pieces[cut]):
                    windows[is_aside(item.text, validation)].append((pieces[cut], starts[cut], labels[item.label]))
        for part, found in zip(parts, windows, strict=True):
            part.add(found)
    training, aside = parts
    return training.corpus(), aside.corpus()


def batches(lengths: NDArray[np.int64], tokens: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Numbers of all texts in batches of texts of about the same length, in random order.

    A batch holds at most `tokens` pieces when padded, or a single text.
    """
    order = rng.permutation(len(lengths))
    found = [order[batch] for batch in padded_batches(lengths[order].tolist(), tokens)]
    return [found[place] for place in rng.permutation(len(found))]


class MaskedBatch(NamedTuple):
    """A batch: what the model reads, and what it has to guess."""

    pieces: NDArray[np.int64]
    attention: NDArray[np.int64]
    at: NDArray[np.bool_]
    """Where pieces are to be guessed."""
    wanted: NDArray[np.int64]
    """These pieces."""


@dataclass(frozen=True, slots=True)
class Masking:
    """Masks whole words (Devlin et al. 2019; all pieces of a word together, at least one word of each text)."""

    frame: Frame
    labels: Sequence[Sequence[int]]
    """The pieces of each label; none where the label is not put before the text."""
    mask: int
    pad: int
    unknown: int | None
    usual: Numbers
    """All pieces but the special ones."""
    rate: float

    @classmethod
    def of(cls, tokenizer: Any, labels: Sequence[str], rate: float) -> Masking:
        """For a tokenizer of the transformers package."""
        backend = tokenizer.backend_tokenizer
        pieces = [encoding.ids for encoding in backend.encode_batch(list(labels), add_special_tokens=False)]
        usual = np.setdiff1d(np.arange(len(tokenizer), dtype=np.int32), tokenizer.all_special_ids)
        special = tokenizer.mask_token_id, tokenizer.pad_token_id, tokenizer.unk_token_id
        return cls(Frame.of(tokenizer), pieces, *special, usual, rate)

    @property
    def around(self) -> int:
        """The most pieces that come with a text: frame and label."""
        return max(len(self.frame.around((), label)) for label in self.labels)

    def __call__(
        self, corpus: Corpus, numbers: NDArray[np.int64], rng: np.random.Generator, *, plain: bool = False
    ) -> MaskedBatch:
        """These texts as a batch. Of the pieces to be guessed 80 % are masked, 10 % random, 10 % left as they are.

        With `plain`, all are masked, as when the model is used.
        """
        bounds = [(corpus.bounds[number], corpus.bounds[number + 1]) for number in numbers]
        frame, after = self.frame, self.frame.after
        labels = [self.labels[int(corpus.labels[number])] for number in numbers]
        leads = [frame.around((), label)[: -len(after) or None] for label in labels]
        width = len(after) + max(len(lead) + end - start for lead, (start, end) in zip(leads, bounds, strict=True))
        pieces = np.full((len(numbers), width), self.pad, np.int64)
        attention, words = np.zeros_like(pieces), np.zeros_like(pieces)
        firsts, count = [], 1
        for row, (lead, (start, end)) in enumerate(zip(leads, bounds, strict=True)):
            text, stop = slice(len(lead), len(lead) + end - start), len(lead) + end - start + len(after)
            pieces[row, : text.start], pieces[row, text.stop : stop] = lead, after
            pieces[row, text] = corpus.pieces[start:end]
            attention[row, :stop] = 1
            starts = np.cumsum(corpus.starts[start:end])
            words[row, text] = starts + (count - starts[0])
            firsts.append(count)
            count += int(starts[-1] - starts[0]) + 1
        at = self._hit(pieces, words, firsts, count, rng)[words]
        wanted = pieces[at]
        fate = np.zeros(len(wanted)) if plain else rng.random(len(wanted))
        other = np.where(fate < 0.9, self.usual[rng.integers(len(self.usual), size=len(wanted))], wanted)
        pieces[at] = np.where(fate < 0.8, self.mask, other)
        return MaskedBatch(pieces, attention, at, wanted)

    def _hit(
        self, pieces: NDArray[np.int64], words: NDArray[np.int64], firsts: list[int], count: int,
        rng: np.random.Generator,
    ) -> NDArray[np.bool_]:  # fmt: skip
        """For each word from 1 on, whether it is to be guessed; 0 stands for what is no word."""
        draws = rng.random(count)
        draws[0] = NEVER
        if self.unknown is not None:
            draws[words[pieces == self.unknown]] = NEVER
        lowest = np.minimum.reduceat(draws, firsts)
        least = np.repeat(lowest, np.diff([*firsts, count]))
        hit = draws < self.rate
        hit[1:] |= (draws[1:] == least) & (least < NEVER)
        return hit
