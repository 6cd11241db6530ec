"""How many variants of each row are requested where labels are to be evened out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from statistics import median
from typing import Any

from augcli.config.config import Config
from augcli.config.sections import Balance
from augcli.io.files.storage import Place
from augcli.text.record import Record
from augcli.text.rng import Rng

Share = tuple[int, int]
"""Variants for each row of a label, and the key below which a row gets one more."""
_RECORD = [("label", "<u8"), ("key", "<u8")]
_BINS = 1 << 22


def balance_key(seed: int, record: Record) -> int:
    """A 64-bit number that ranks the rows of a label when some get one variant more than others."""
    return Rng(f"{seed}\x1fbalance\x1f{record.key}").randbelow(1 << 64)


def variants_needed(config: Config, chain: str, labels: Mapping[str, int]) -> dict[str, int]:
    """How many variants of each label are requested of a chain that balances."""
    variants = config.chains[chain].variants
    assert isinstance(variants, Balance)
    counts = [count for count in labels.values() if count]
    goal = variants.balance
    target = goal if isinstance(goal, int) else int(max(counts, default=0) if goal == "max" else median(counts or [0]))
    return {label: max(0, target - count * config.output.keep_original) for label, count in labels.items()}


def shares(config: Config, labels: Mapping[str, int], folder: Place) -> dict[str, dict[str, Share]]:
    """How many variants of each row of each label are requested, in the chains that balance.

    The survey counted the `labels`, and left keys of the rows in `folder`.
    """
    result = {}
    for name, chain in config.chains.items():
        if isinstance(chain.variants, Balance):
            each = {
                label: divmod(count, labels[label]) for label, count in variants_needed(config, name, labels).items()
            }
            below = _below(folder, {label: more for label, (_, more) in each.items() if more})
            result[name] = {label: (count, below.get(label, 0)) for label, (count, _) in each.items()}
    return result


def write_keys(path: Place, keys: Mapping[str, Sequence[int]]) -> None:
    """Write a file with the keys of rows by label."""
    import numpy as np

    records = np.empty(sum(map(len, keys.values())), _RECORD)
    numbers = np.array([_number(label) for label in keys], "<u8")
    records["label"] = np.repeat(numbers, [len(some) for some in keys.values()])
    records["key"] = np.array([key for some in keys.values() for key in some], "<u8")
    path.write_bytes(records.tobytes())


def _number(label: str) -> int:
    return int.from_bytes(blake2b(label.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _below(folder: Place, wanted: Mapping[str, int]) -> dict[str, int]:
    """For each label, the key below which `wanted` of its keys lie.

    Counts the keys by their first bits, then looks at those alone that begin as the one wanted does.
    """
    import numpy as np

    if not wanted:
        return {}
    labels = sorted(wanted, key=_number)
    numbers = np.array([_number(label) for label in labels], "<u8")
    bits = max(1, (_BINS // len(labels)).bit_length() - 1)
    counts = np.zeros((len(labels), 1 << bits), np.int64)
    for place, _, start in _keys(folder, numbers, bits):
        np.add.at(counts, (place, start), 1)
    upto = np.cumsum(counts, axis=1)
    goals = np.array([wanted[label] for label in labels])
    chosen = (upto <= goals[:, None]).sum(axis=1)
    kept: list[list[int]] = [[] for _ in labels]
    for place, key, start in _keys(folder, numbers, bits):
        alike = start == chosen[place]
        for at, one in zip(place[alike].tolist(), key[alike].tolist(), strict=True):
            kept[at].append(one)
    return {
        label: sorted(kept[at])[wanted[label] - upto[at, chosen[at]] + counts[at, chosen[at]]]
        for at, label in enumerate(labels)
    }


def _keys(folder: Place, numbers: Any, bits: int) -> Any:
    """For each file, of the labels with `numbers`: their places among these, keys, and first bits of the keys."""
    import numpy as np

    files: list[Place] = sorted(folder.glob("*.keys"), key=str)
    for file in files:
        records = np.frombuffer(file.read_bytes(), _RECORD)
        place = np.minimum(np.searchsorted(numbers, records["label"]), len(numbers) - 1)
        known = numbers[place] == records["label"]
        key = records["key"][known]
        yield place[known], key, (key >> np.uint64(64 - bits)).astype(np.int64)
