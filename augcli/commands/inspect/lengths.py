"""How long the texts are, in characters, words and tokens, and how many tokens a batch must be padded to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from augcli.errors import ResourceError
from augcli.models.device import need
from augcli.models.files import folder_of
from augcli.run.look.rows import Row
from augcli.text.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERCENTILES = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
_BATCH = 1000


def words_in(row: Row, language: str) -> list[str]:
    """The words of the texts of a row, as augcli finds them."""
    found = []
    for text in row.record.texts:
        tokens = row.record.tokens
        found += [text[start:end] for start, end in Text(text, language, tokens=tokens).words]
    return found


def tokens_in(rows: Sequence[Row], model: str) -> list[int]:
    """Tokens of each row by the tokenizer of a model, with the special ones around them.

    Raises ResourceError when there is no such tokenizer.
    """
    tokenize = _tokenizer(model)
    lengths: list[int] = []
    for at in range(0, len(rows), _BATCH):
        lengths += tokenize([row.record.texts for row in rows[at : at + _BATCH]])
    return lengths


def _tokenizer(model: str) -> Callable[[Sequence[tuple[str, ...]]], list[int]]:
    need("transformers")
    from transformers import AutoTokenizer

    folder = folder_of(model)
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ResourceError(f"the tokenizer in {folder.resolve()} cannot be read: {error}") from error

    def lengths(batch: Sequence[tuple[str, ...]]) -> list[int]:
        first, *others = map(list, zip(*batch, strict=True))
        encoded = tokenizer(first, *others[:1], verbose=False)["input_ids"]
        return [*map(len, encoded)]

    return lengths


def described(lengths: Mapping[str, Sequence[int] | NDArray[Any]]) -> dict[str, dict[str, float]]:
    """What pandas says of each series of lengths: count, mean, std, min, percentiles, max.

    The 90th, 95th and 99th percentile are the lengths that cover so many per cent of the rows.
    """
    import pandas as pd

    table = {}
    for name, values in lengths.items():
        told = pd.Series(values).describe(percentiles=[]).to_dict()
        told.pop("50%", None)
        covering = {f"{100 * share:.0f}%": _covering(values, share) for share in PERCENTILES}
        largest = told.pop("max")
        table[name] = {key: round(float(value), 2) for key, value in {**told, **covering, "max": largest}.items()}
    return table


def _covering(values: Sequence[int] | NDArray[Any], share: float) -> float:
    import pandas as pd

    return float(pd.Series(values).quantile(share, interpolation="higher"))
