"""Masked language models that fill holes in texts: words in, what could stand in their place out."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from augcli.errors import ResourceError, RunError
from augcli.models.device import Precision, batches, contained, device, halving
from augcli.models.masked_lm import Frame, gather_states, masked_lm, tokenizable, tokenizer_of, window_of

if TYPE_CHECKING:
    import torch


_CHINESE = "\u3400", "\u9fff"
LEAST = 16
"""Pieces of text that the model must have room for beside a label."""
INSERTED = 2
"""Characters of a Chinese word that is put between two others."""


class Kind(NamedTuple):
    """What a hole may be filled with."""

    tag: str
    """A part of speech; empty for any word."""
    capital: bool
    """Whether the word begins with a capital."""


class MaskSlot(NamedTuple):
    """A place in a text to fill: [start, end) in code points; start == end is a place between two words."""

    start: int
    end: int
    kind: Kind
    masked: bool
    """Whether the model must not see what stands there."""


class Query(NamedTuple):
    """A text with its holes, in order; the model sees `label` before the text, unless it is empty."""

    value: str
    label: str
    holes: tuple[MaskSlot, ...]


class Token(NamedTuple):
    """A piece of the vocabulary that is a whole word, or a single Chinese character."""

    number: int
    word: str
    spaced: bool
    """Whether it begins a word, as pieces that follow a blank do."""


class Candidate(NamedTuple):
    """A word for a hole, with its probability among all pieces but those that stand there now."""

    word: str
    probability: float


Filled: TypeAlias = list[list[Candidate]]
"""Of a hole: the most probable candidates, the best first, for each of its pieces. Empty where it cannot be filled."""


Answer = TypeVar("Answer")


class _Row(NamedTuple):
    """An input of the model: pieces, and which of them are to be predicted."""

    pieces: list[int]
    wanted: list[_Wanted]


class _Wanted(NamedTuple):
    asked: int
    hole: int
    place: int
    """Number of the piece in the row."""
    before: int
    """The piece that stands there now; -1 where there is none."""
    kind: tuple[Kind, bool]


class MaskFiller:
    """A masked language model with its tokenizer."""

    def __init__(
        self, folder: Path, fits: Callable[[Kind, Iterable[Token]], Iterable[Token]], *,
        place: str = "auto", precision: Precision = "auto", batch_tokens: int = 2048, chars: bool = False,
    ) -> None:  # fmt: skip
        """`fits` picks the tokens that may fill a hole of some kind; with `chars`, each of its pieces is filled.

        Raises ResourceError when the folder holds no such model, or its tokenizer cannot tell where pieces lie.
        """
        self.tokenizer = tokenizer_of(folder)
        self._place = device(place)
        self._model = masked_lm(folder, self._place, precision)
        if len(self.tokenizer) > self._model.config.vocab_size:
            raise ResourceError(f"the tokenizer in {folder.resolve()} has more tokens than the model: it is of another")
        self._fits = fits
        self._batch_tokens = batch_tokens
        self._chars = chars
        self._frame = Frame.of(self.tokenizer)
        self._window = window_of(self.tokenizer, self._model)
        self._kinds: dict[tuple[Kind, bool], int] = {}
        self._bars: list[torch.Tensor] = []

    @cached_property
    def tokens(self) -> list[Token]:
        """The whole words of the vocabulary, in its order."""
        return list(_whole_words(self.tokenizer))

    @cached_property
    def cased(self) -> bool:
        """Whether words with capitals are tokens of their own."""
        return any(not token.word.islower() for token in self.tokens if token.word.isascii())

    @cached_property
    def _begins_with_blank(self) -> dict[int, bool]:
        join = self.tokenizer.convert_tokens_to_string
        ids = self.tokenizer.get_vocab()
        return {number: _surface(join, token).startswith(" ") for token, number in ids.items()}

    @cached_property
    def _words_by_number(self) -> dict[int, str]:
        return {token.number: token.word for token in self.tokens}

    @cached_property
    def _numbers_by_word(self) -> dict[tuple[str, bool], int]:
        """Of a word, and whether a blank stands before it."""
        return {(token.word, token.spaced): token.number for token in self.tokens}

    @contained()
    def fill(self, asked: Sequence[Query], top: int) -> list[list[Filled]]:
        """The `top` most probable candidates for each hole of each text; equal questions are answered once."""
        distinct = {question: number for number, question in enumerate(dict.fromkeys(asked))}
        found: list[list[Filled]] = [[[] for _ in question.holes] for question in distinct]
        for wanted, filled in self._answers(list(distinct), lambda rows: self._predict(rows, top)):
            found[wanted.asked][wanted.hole].append(filled)
        return [found[distinct[question]] for question in asked]

    @contained()
    def probabilities(
        self, asked: Sequence[Query], words: Sequence[Sequence[Sequence[str]]]
    ) -> list[list[dict[str, float]]]:
        """Of `words` for each hole of each text, those that are tokens, each with its probability in that hole.

        With `chars`, those of as many characters as the hole, each with the geometric mean of the probabilities of the
        characters that differ from those that stand there.
        """
        found: list[list[list[dict[str, float]]]] = [[[] for _ in question.holes] for question in asked]
        numbers = self._numbers_by_word

        def choices(wanted: _Wanted) -> dict[str, int]:
            offered, spaced = words[wanted.asked][wanted.hole], wanted.kind[1]
            pieces = dict.fromkeys("".join(offered) if self._chars else offered)
            known = {piece: numbers.get((piece, spaced)) for piece in pieces}
            return {piece: number for piece, number in known.items() if number is not None}

        for wanted, likely in self._answers(asked, lambda rows: self._weigh(rows, choices)):
            found[wanted.asked][wanted.hole].append(likely)
        if not self._chars:
            return [[pieces[0] if pieces else {} for pieces in of] for of in found]
        return [
            [
                _of_characters(question.value[hole.start : hole.end], pieces, offered)
                for hole, pieces, offered in zip(question.holes, of, some, strict=True)
            ]
            for question, of, some in zip(asked, found, words, strict=True)
        ]

    def _answers(
        self, asked: Sequence[Query], predict: Callable[[list[_Row]], list[list[Answer]]]
    ) -> Iterator[tuple[_Wanted, Answer]]:
        """What the model says of each token that is wanted, in batches of texts of about one length."""
        rows = list(self._rows(asked))
        for batch in batches([len(row.pieces) for row in rows], self._batch_tokens):
            chosen = [rows[number] for number in batch]
            for row, answers in zip(chosen, halving(predict, chosen), strict=True):
                yield from zip(row.wanted, answers, strict=True)

    def _rows(self, asked: Sequence[Query]) -> Iterator[_Row]:
        if not asked:
            return
        encoded = self.tokenizer(
            [tokenizable(question.value) for question in asked],
            add_special_tokens=False,
            return_offsets_mapping=True,
            verbose=False,
        )
        labels = {question.label for question in asked} - {""}
        tokenized = {
            label: self.tokenizer(tokenizable(label), add_special_tokens=False)["input_ids"] for label in labels
        }
        places = zip(asked, encoded["input_ids"], encoded["offset_mapping"], strict=True)
        for number, (question, pieces, offsets) in enumerate(places):
            filled, wanted = self._with_masks(number, question, pieces, offsets)
            if wanted:
                yield from self._windows(filled, wanted, tokenized.get(question.label, []))

    def _with_masks(
        self, number: int, question: Query, pieces: list[int], offsets: list[tuple[int, int]]
    ) -> tuple[list[int], list[_Wanted]]:
        """The pieces with masks in the holes, and what is to be predicted."""
        starts = [start for start, _ in offsets]
        mask = self.tokenizer.mask_token_id
        done, made, wanted = 0, list[int](), list[_Wanted]()
        for at, hole in enumerate(question.holes):
            there = _covering(question.value, offsets, starts, hole)
            if there is None:
                continue
            first, last = there
            made += pieces[done:first]
            done = last
            count = last - first
            each = 1
            if self._chars and count in (0, hole.end - hole.start):
                each = count or INSERTED
            before = pieces[first:last] if count == each else [-1] * each
            spaced = self._begins_with_blank[pieces[first]] if first < len(pieces) else True
            for piece in before:
                wanted.append(_Wanted(number, at, len(made), piece, (hole.kind, spaced)))
                made.append(mask if hole.masked or piece < 0 else piece)
        return made + pieces[done:], wanted

    def _windows(self, pieces: list[int], wanted: list[_Wanted], label: list[int]) -> Iterator[_Row]:
        """Rows that the model can read: of a longer text, windows in which each hole has text on both sides."""
        around = len(self._frame.around([], label))
        lead, room = around - len(self._frame.after), self._window - around
        if room < LEAST:
            raise RunError(f"a label of {len(label)} tokens is too long for a model that reads {self._window}")
        groups: dict[int, list[_Wanted]] = defaultdict(list)
        begins: dict[int, int] = {}
        for one in wanted:
            place = begins.setdefault(one.hole, one.place)  # the pieces of a word stay in one window
            start = 0
            if len(pieces) > room:
                start = min(max(0, place - room // 4) // (room // 2) * (room // 2), len(pieces) - room)
            groups[start].append(one._replace(place=one.place - start + lead))
        for start, some in groups.items():
            yield _Row(self._frame.around(pieces[start : start + room], label), some)

    def _predict(self, rows: list[_Row], top: int) -> list[list[list[Candidate]]]:
        """Of each row, the candidates for each piece that is wanted."""
        import torch

        bars = torch.stack([self._bar(one.kind) for row in rows for one in row.wanted])
        with torch.inference_mode():
            logits, total = self._logits_of_others(rows)
            best, numbers = (logits + bars).topk(min(top, logits.shape[1]), -1)
            shares = (best - total).exp()
        words = self._words_by_number
        found = iter(
            [Candidate(words[number], share) for number, share in zip(*both, strict=True) if share > 0]
            for both in zip(numbers.tolist(), shares.tolist(), strict=True)
        )
        return [[next(found) for _ in row.wanted] for row in rows]

    def _weigh(self, rows: list[_Row], choices: Callable[[_Wanted], dict[str, int]]) -> list[list[dict[str, float]]]:
        """Of each row, the probabilities of the choices for each piece that is wanted."""
        import torch

        offered = [choices(one) for row in rows for one in row.wanted]
        lines = [line for line, numbers in enumerate(offered) for _ in numbers]
        with torch.inference_mode():
            logits, total = self._logits_of_others(rows)
            picked = logits[lines, [number for numbers in offered for number in numbers.values()]]
            shares = iter((picked - total[lines, 0]).exp().tolist())
        likely = iter([{word: next(shares) for word in numbers} for numbers in offered])
        return [[next(likely) for _ in row.wanted] for row in rows]

    def _logits_of_others(self, rows: list[_Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of all pieces but those that stand there now, (pieces, vocabulary), and logarithms of their sums."""
        import torch

        logits = self._logits(rows)
        standing = torch.tensor([one.before for row in rows for one in row.wanted], device=self._place)
        there = (standing >= 0).nonzero()[:, 0]
        logits[there, standing[there]] = -torch.inf
        return logits, logits.logsumexp(-1, keepdim=True)

    def _logits(self, rows: list[_Row]) -> torch.Tensor:
        """For each piece that is wanted, in order; (pieces, vocabulary). The head of the model sees only these."""
        import torch

        longest = max(len(row.pieces) for row in rows)
        padding = self.tokenizer.pad_token_id or 0
        padded = [row.pieces + [padding] * (longest - len(row.pieces)) for row in rows]
        inputs = {"input_ids": torch.tensor(padded, device=self._place)}
        if any(len(row.pieces) < longest for row in rows):
            lengths = torch.tensor([[len(row.pieces)] for row in rows], device=self._place)
            inputs["attention_mask"] = (torch.arange(longest, device=self._place) < lengths).long()
        numbers = [number for number, row in enumerate(rows) for _ in row.wanted]
        places = [one.place for row in rows for one in row.wanted]
        with gather_states(self._model, numbers, places):
            logits: torch.Tensor = self._model(**inputs).logits[0].float()
        return logits

    def _bar(self, kind: tuple[Kind, bool]) -> torch.Tensor:
        """Added to the logits, it leaves the tokens that fit: (vocabulary,)."""
        import torch

        if kind not in self._kinds:
            of, spaced = kind
            bar = torch.full((self._model.config.vocab_size,), -torch.inf)
            fitting = self._fits(of, (token for token in self.tokens if token.spaced == spaced))
            bar[torch.tensor([token.number for token in fitting], dtype=torch.long)] = 0
            self._kinds[kind] = len(self._bars)
            self._bars.append(bar.to(self._place))
        return self._bars[self._kinds[kind]]


def _of_characters(standing: str, likely: list[dict[str, float]], words: Sequence[str]) -> dict[str, float]:
    """The probabilities of words in the place of another one, from those of the characters in each place."""
    found = {}
    for word in words:
        if len(word) == len(standing) == len(likely):
            changed = [of.get(char) for of, char, old in zip(likely, word, standing, strict=True) if char != old]
            shares = [share for share in changed if share is not None]
            if changed and len(shares) == len(changed):
                found[word] = prod(shares) ** (1 / len(shares))
    return found


def _covering(value: str, offsets: list[tuple[int, int]], starts: list[int], hole: MaskSlot) -> tuple[int, int] | None:
    """The pieces that make up [hole.start, hole.end), as [first, last); None when they reach beyond it."""
    first = bisect_left(starts, hole.start)
    if first and offsets[first - 1][1] > hole.start:
        first -= 1  # it begins with the blank before the word
        if value[starts[first] : hole.start].strip():
            return None
    if hole.start == hole.end:
        return first, first
    last = bisect_left(starts, hole.end, first)
    return (first, last) if last > first and offsets[last - 1][1] == hole.end else None


def _surface(join: Callable[[list[str]], str], token: str) -> str:
    """A token as it is written behind the letter a."""
    return join(["a", token])[1:]


def _whole_words(tokenizer: Any) -> Iterator[Token]:
    join = tokenizer.convert_tokens_to_string
    special = set(tokenizer.all_special_ids)
    written = [
        (number, _surface(join, token)) for token, number in tokenizer.get_vocab().items() if number not in special
    ]
    begin = {surface.strip() for _, surface in written if surface.startswith(" ")}
    for number, surface in sorted(written):
        word = surface.strip()
        if word.isalpha() and (word in begin or _CHINESE[0] <= word <= _CHINESE[1]):
            yield Token(number, word, surface.startswith(" "))
