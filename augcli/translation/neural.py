"""Translation models of the transformers package: MarianMT, M2M100, NLLB."""

from __future__ import annotations

import re
import warnings
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias

from augcli.errors import ResourceError
from augcli.models.device import Precision, batches, contained, device, dtype, halving, need, ready_to_predict
from augcli.models.files import revision_of
from augcli.models.results import Request, Results
from augcli.text.rng import Rng
from augcli.translation.languages import flores, three_letters

if TYPE_CHECKING:
    import torch

Family: TypeAlias = Literal["marian", "m2m100", "nllb"]
Pieces: TypeAlias = list[int]
"""A sentence as the model has it: numbers of its vocabulary."""
_FAMILY_OF = {"MarianTokenizer": "marian", "M2M100Tokenizer": "m2m100", "NllbTokenizer": "nllb"}
_LONGER = 2
_SPARE = 16
"""A translation may be `_LONGER` times as long as the sentence, and so many pieces more."""
UNFIT = (OSError, ValueError, KeyError, RuntimeError, TypeError, AssertionError)
"""What the transformers package raises for a folder that holds something else."""


class Decoding(NamedTuple):
    """How a translation is chosen."""

    sample: bool
    beams: int
    temperature: float
    top_k: int
    top_p: float
    precision: Precision
    device: str
    batch_tokens: int

    @property
    def settings(self) -> str:
        """What the results depend on."""
        drawn = (self.temperature, self.top_k, self.top_p) if self.sample else (self.beams,)
        return f"{drawn} {self.precision}"


class Vocabulary:
    """The tokenizer of a model, for one direction."""

    def __init__(self, folder: Path, source: str, target: str) -> None:
        """Raises ResourceError when the folder has no tokenizer, or it does not know a language."""
        self._tokenizer = _tokenizer(folder)
        self._family = family_of(folder)
        self._folder = folder
        self._target = target
        self._source = self._code(source) if self._family != "marian" else ""
        self._prefix = self._marian_prefix() if self._family == "marian" else ""
        self.first = self._number(self._code(target)) if self._family != "marian" else None
        """What a translation must begin with, if anything."""
        self.end: int = self._tokenizer.eos_token_id
        codes = self._tokenizer.lang_code_to_id.values() if self._family == "m2m100" else ()
        self._codes = frozenset(codes)  # not all versions of the tokenizer take them for special pieces

    @contained()
    def encode(self, texts: Sequence[str]) -> list[Pieces]:
        """The pieces of each text, with the special ones around them."""
        if not texts:
            return []
        if self._source:
            self._tokenizer.src_lang = self._source
        encoded: list[Pieces] = self._tokenizer([self._prefix + text for text in texts])["input_ids"]
        return encoded

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """The text of each row of pieces."""
        bare = [[piece for piece in row if piece not in self._codes] for row in rows]
        options = {"use_source_tokenizer": False} if self._family == "marian" else {}
        decoded = self._tokenizer.batch_decode(
            bare, skip_special_tokens=True, clean_up_tokenization_spaces=False, **options
        )
        return [" ".join(text.split()) for text in decoded]

    def tokens(self, pieces: Pieces) -> list[str]:
        """Pieces by name."""
        names: list[str] = self._tokenizer.convert_ids_to_tokens(pieces)
        return names

    def numbers(self, tokens: Sequence[str]) -> Pieces:
        """Pieces by number."""
        found: Pieces = self._tokenizer.convert_tokens_to_ids(list(tokens))
        return found

    def _code(self, language: str) -> str:
        """What the model calls a language."""
        code = flores(language) if self._family == "nllb" else language
        if code is None or not self._knows(code):
            raise ResourceError(f"the model {self._folder} does not know the language {code or language!r}")
        return code

    def _knows(self, code: str) -> bool:
        if self._family == "m2m100":
            return code in self._tokenizer.lang_code_to_token
        return bool(self._number(code) != self._tokenizer.unk_token_id)

    def _number(self, code: str) -> int:
        if self._family == "m2m100":
            return int(self._tokenizer.get_lang_id(code))
        return int(self._tokenizer.convert_tokens_to_ids(code))

    def _marian_prefix(self) -> str:
        """`>>fra<< ` where a model translates to several languages."""
        known: list[str] = self._tokenizer.supported_language_codes
        if not known:
            return ""
        names = [self._target, *three_letters(self._target), flores(self._target) or ""]
        names += [name.replace("zho", "cmn") for name in names]
        for name in names:
            if f">>{name}<<" in known:
                return f">>{name}<< "
        listed = ", ".join(sorted(re.sub("[<>]", "", code) for code in known))
        raise ResourceError(f"the model {self._folder} does not translate to {self._target}; it does to {listed}")


@cache
@contained()
def _tokenizer(folder: Path) -> Any:
    need("sentencepiece")
    from transformers import AutoTokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that sacremoses is recommended; `versions` tells whether it is there
        try:
            return AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except UNFIT as error:
            raise ResourceError(f"{folder.resolve()} has no tokenizer that can be loaded: {error}") from error


def family_of(folder: Path) -> Family:
    """Which family the model in `folder` is of. Raises ResourceError when of none."""
    name = type(_tokenizer(folder)).__name__.removesuffix("Fast")
    family = _FAMILY_OF.get(name)
    if family is None:
        raise ResourceError(f"{folder.resolve()} is no MarianMT, M2M100 or NLLB model: it has a {name}")
    return family  # type: ignore[return-value]


def versions() -> list[str]:
    """Packages that tokenizers depend on, with their versions. Raises ResourceError when one is missing."""
    need("torch", "transformers", "sentencepiece")
    try:
        moses = version("sacremoses")  # Marian's tokenizer uses it if it is there, and is another without it
    except PackageNotFoundError:
        moses = "none"
    return [
        *(f"{name} {version(name)}" for name in ("transformers", "sentencepiece")),
        f"sacremoses {moses}",
    ]


class BatchTranslator(ABC):
    """A translator with a model that reads batches of sentences of like length."""

    kind: ClassVar[str]
    """What stands for it in the keys of the cache: with another name, no translation is found again."""

    def __init__(self, name: str, folder: Path, source: str, target: str, decoding: Decoding, longest: int) -> None:
        """`longest` is how many pieces the model can read."""
        self.model = f"{name}@{revision_of(folder)}"
        self.settings = f"{self.kind} {source}-{target} {decoding.settings} {versions()}"
        self._vocabulary = Vocabulary(folder, source, target)
        self._decoding = decoding
        self._longest = longest

    def fits(self, text: str) -> bool:
        # a piece has at least one byte, so most sentences need not be cut into pieces to be sure
        room = self._longest - _SPARE
        return len(text.encode()) <= room or len(self._vocabulary.encode([text])[0]) <= room

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        pieces = self._vocabulary.encode([request.text for request in requests])
        by_limit: dict[int, list[int]] = defaultdict(list)
        for number, sentence in enumerate(pieces):
            by_limit[self._limit(len(sentence))].append(number)
        width = 1 if self._decoding.sample else self._decoding.beams
        for limit, numbers in by_limit.items():
            for batch in batches([width * len(pieces[number]) for number in numbers], self._decoding.batch_tokens):
                members = [numbers[place] for place in batch]
                sentences = [(pieces[number], requests[number].key) for number in members]
                found = halving(partial(self._generate, limit), sentences)
                yield {requests[number]: results for number, results in zip(members, found, strict=True)}

    def _limit(self, length: int) -> int:
        """Pieces that a translation may have; a power of two, so that few sentences have another one."""
        return int(min(self._longest, 1 << (_LONGER * length + _SPARE - 1).bit_length()))

    @abstractmethod
    def _generate(self, limit: int, sentences: list[tuple[Pieces, int]]) -> list[Results]:
        """Translations of pieces, drawn by the key beside them if they are, that end within `limit` pieces."""

    def _results(self, rows: list[Pieces], each: int) -> list[Results]:
        """Of `each` rows for a sentence, those that end and say something."""
        texts = self._vocabulary.decode(rows)
        whole = [text if self._vocabulary.end in row else "" for text, row in zip(texts, rows, strict=True)]
        return [tuple(filter(None, whole[start : start + each])) for start in range(0, len(whole), each)]


class NeuralTranslator(BatchTranslator):
    """A model of the transformers package."""

    kind = "Neural"

    def __init__(self, name: str, folder: Path, family: Family, source: str, target: str, decoding: Decoding) -> None:
        """Raises ResourceError when `folder` holds no model of `family`, or when there is no such device."""
        self._network = _model(folder, family, decoding.device, decoding.precision)
        longest = int(self._network.config.max_position_embeddings)
        super().__init__(name, folder, source, target, decoding, longest)
        self._padding: int = self._network.config.pad_token_id

    @contained()
    def _generate(self, limit: int, sentences: list[tuple[Pieces, int]]) -> list[Results]:
        import torch
        from transformers import LogitsProcessorList

        width = max(len(pieces) for pieces, _ in sentences)
        padded = torch.tensor([pieces + [self._padding] * (width - len(pieces)) for pieces, _ in sentences])
        lengths = torch.tensor([len(pieces) for pieces, _ in sentences])
        mask = (torch.arange(width)[None, :] < lengths[:, None]).long()
        place, decoding = self._network.device, self._decoding
        options: dict[str, Any] = {"num_beams": 1, "num_return_sequences": 1}
        if decoding.sample:
            draws = _drawing(decoding, [key for _, key in sentences], limit, place)
            options["logits_processor"] = LogitsProcessorList([draws])
        else:
            options |= {"num_beams": decoding.beams, "num_return_sequences": decoding.beams}
        with torch.inference_mode():
            rows = self._network.generate(
                input_ids=padded.to(place), attention_mask=mask.to(place), do_sample=False, max_new_tokens=limit - 1,
                forced_bos_token_id=self._vocabulary.first, **options,
            ).tolist()  # fmt: skip
        return self._results([row[1:] for row in rows], options["num_return_sequences"])


def _drawing(decoding: Decoding, keys: Sequence[int], limit: int, place: torch.device) -> Any:
    """Lets only that piece through which the row draws: ancestral sampling whose draws no other row changes."""
    import torch
    from transformers import LogitsProcessor

    streams = [Rng(str(key)) for key in keys]
    drawn = torch.tensor(
        [[stream.random() for _ in range(limit)] for stream in streams], dtype=torch.float64, device=place
    )

    class Drawing(LogitsProcessor):
        def __call__(self, input_ids: Any, scores: Any) -> Any:
            picked = picks(scores, drawn[:, input_ids.shape[1] - 1], decoding)
            return torch.full_like(scores, float("-inf")).scatter_(1, picked, 0.0)

    return Drawing()


def picks(scores: torch.Tensor, drawn: torch.Tensor, decoding: Decoding) -> torch.Tensor:
    """The piece that each number in [0, 1) of `drawn` means, among those that top_k and top_p leave; one per row."""
    import torch

    shares = (scores.double() / decoding.temperature).softmax(-1)
    order = None
    if decoding.top_k or decoding.top_p < 1:
        shares, order = shares.sort(dim=-1, descending=True, stable=True)
        if decoding.top_k:
            shares = shares[:, : decoding.top_k]
        before = shares.cumsum(-1) - shares
        shares = shares * (before < decoding.top_p)
    sums = shares.cumsum(-1)
    places = torch.searchsorted(sums, drawn[:, None] * sums[:, -1:], right=True).clamp(max=sums.shape[1] - 1)
    return places if order is None else order.gather(1, places)


@cache
@contained()
def _model(folder: Path, family: Family, place: str, precision: Precision) -> Any:
    from safetensors import SafetensorError
    from transformers import AutoModelForSeq2SeqLM

    if family_of(folder) != family:
        raise ResourceError(f"{folder.resolve()} is a model for `backend: {family_of(folder)}`, not {family}")
    where = device(place)
    try:
        model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=dtype(precision, where), local_files_only=True)
    except (*UNFIT, SafetensorError) as error:
        raise ResourceError(f"{folder.resolve()} is no translation model that can be loaded: {error}") from error
    model.generation_config.forced_eos_token_id = None  # it would make a translation that was cut look whole
    return ready_to_predict(model, precision, where)
