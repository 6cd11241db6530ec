"""Translation models converted for CTranslate2: fast on CPUs, with weights of eight bits."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from augcli.errors import ResourceError
from augcli.models.device import Precision, device, need
from augcli.models.results import Results
from augcli.translation.neural import BatchTranslator, Decoding, Pieces

_LONGEST = 512
"""Pieces that a model can read: its folder does not say, and Marian models, which read the least, read so many."""


class CTranslate2(BatchTranslator):
    """A model of CTranslate2, with the files of its tokenizer in the same folder."""

    kind = "CTranslate2"

    def __init__(self, name: str, folder: Path, source: str, target: str, decoding: Decoding) -> None:
        """Raises ResourceError when the folder holds no such model, or when there is no such device."""
        self._network = _model(folder, decoding.device, decoding.precision)
        super().__init__(name, folder, source, target, decoding, _LONGEST)
        self.settings += f" {versions()} {self._network.compute_type}"

    def _generate(self, limit: int, sentences: list[tuple[Pieces, int]]) -> list[Results]:
        vocabulary, beams = self._vocabulary, self._decoding.beams
        prefix = [vocabulary.tokens([vocabulary.first])] * len(sentences) if vocabulary.first is not None else None
        found = self._network.translate_batch(
            [vocabulary.tokens(pieces) for pieces, _ in sentences], target_prefix=prefix, beam_size=beams,
            num_hypotheses=beams, max_input_length=0, max_decoding_length=limit, return_end_token=True,
        )  # fmt: skip
        rows = [vocabulary.numbers(tokens) for result in found for tokens in result.hypotheses]
        return self._results(rows, beams)


def versions() -> str:
    """The version of the package. Raises ResourceError when it is missing."""
    need("ctranslate2", extra="ctranslate2")
    return f"ctranslate2 {version('ctranslate2')}"


@cache
def _model(folder: Path, wanted: str, precision: Precision) -> Any:
    versions()
    place = device(wanted)
    import ctranslate2

    if not (folder / "model.bin").is_file():
        raise ResourceError(
            f"{folder.resolve()} is no model of CTranslate2: it has no model.bin; convert one with: "
            "ct2-transformers-converter --model NAME --output_dir FOLDER --copy_files FILES_OF_THE_TOKENIZER"
        )
    weights = {"cpu": "int8", "cuda": "float16"}[place.type] if precision == "auto" else precision
    try:
        return ctranslate2.Translator(
            str(folder), device=place.type, device_index=place.index or 0, compute_type=weights,
            inter_threads=1, intra_threads=1,
        )  # fmt: skip
    except (RuntimeError, ValueError) as error:
        raise ResourceError(f"{folder.resolve()} cannot be loaded by CTranslate2: {error}") from error
