"""How many variants of each row are requested where labels are to be evened out."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from statistics import median
from typing import Any, TypeAlias

from augcli.config.config import Config
from augcli.config.sections import Balance
from augcli.io.files.storage import Place
from augcli.text.record import Labels, Record
from augcli.text.rng import Rng

Share = tuple[int, int, int]
"""Variants for each row of a group, the key below which a row gets one more, and how many rows with that very key do.

Rows that say the same have the same key.
"""
Made: TypeAlias = Mapping[str, Mapping[str, Sequence[Sequence[int]]]]
"""By chain, group (see `group_key`) and round: the variants written, and the rows that lack some since then."""
_RECORD = [("label", "<u8"), ("key", "<u8")]
_BINS = 1 << 22


def balance_key(seed: int, record: Record) -> int:
    """A 64-bit number that ranks the rows of a label when some get one variant more than others."""
    said = record.key if record.repeat == 1 else str(record.key).removesuffix(f".{record.repeat}")
    return Rng(f"{seed}\x1fbalance\x1f{said}").randbelow(1 << 64)


def share_of(share: Share, seed: int, record: Record) -> int:
    """How many variants of a row are requested."""
    each, below, alike = share
    if not below:
        return each
    key = balance_key(seed, record)
    return each + (key < below or (key == below and record.repeat <= alike))


def variants_needed(config: Config, chain: str, groups: Mapping[Labels, int]) -> dict[Labels, int]:
    """How many variants of the rows of each group a chain that balances is asked for.

    A group is the labels that rows have together. Each label is to reach the goal; where rows have several labels,
    those groups give most that have the fewest labels that are there already.
    """
    labels: Counter[str] = Counter()
    for group, rows in groups.items():
        labels.update(dict.fromkeys(group, rows))
    missing = _missing(config, chain, labels)
    if all(len(group) < 2 for group in groups):
        return {group: missing[group[0]] if group else 0 for group in groups}
    having: dict[str, list[Labels]] = {label: [] for label in labels}
    for group in sorted(groups):
        for label in group:
            having[label].append(group)
    given = dict.fromkeys(groups, 0)
    for label in sorted(labels, key=lambda label: (labels[label], label)):
        while missing[label] > 0:
            chosen = min(
                having[label], key=lambda group: (sum(missing[one] <= 0 for one in group), given[group] / groups[group])
            )
            wanted = min(missing[one] for one in chosen if missing[one] > 0)
            more = min(wanted, max(groups[chosen], wanted // 8))
            given[chosen] += more
            for one in chosen:
                missing[one] -= more
    return given


def _missing(config: Config, chain: str, labels: Mapping[str, int]) -> dict[str, int]:
    """How many rows each label lacks to the goal of a chain."""
    variants = config.chains[chain].variants
    assert isinstance(variants, Balance)
    counts = [count for count in labels.values() if count]
    goal = variants.balance
    target = goal if isinstance(goal, int) else int(max(counts, default=0) if goal == "max" else median(counts or [0]))
    return {label: max(0, target - count * config.output.keep_original) for label, count in labels.items()}


def shares(config: Config, groups: Mapping[Labels, int], folder: Place) -> dict[str, dict[Labels, Share]]:
    """How many variants of each row of each group of labels are requested, in the chains that balance.

    The survey counted the `groups`, and left keys of the rows in `folder`.
    """
    return {
        name: _shares(variants_needed(config, name, groups), groups, folder, [])
        for name, chain in config.chains.items()
        if isinstance(chain.variants, Balance)
    }


def further_shares(
    config: Config, groups: Mapping[Labels, int], keys: Place, made: Made, folder: Place, number: int
) -> dict[str, dict[Labels, Share]]:
    """How many variants make up for rejected ones in round `number`, from 1 on, of rows that have all so far.

    A round requests at most as many of a row as the first did, and a chain has as many rounds as attempts. There are
    none where nothing is short or no row is left. `keys` has the keys of all rows, `folder` those of the rows that lack
    variants since a round (see `lacking`).
    """
    result = {}
    for place, (name, chain) in enumerate(config.chains.items()):
        if name not in made or number >= chain.attempts:
            continue
        needed = variants_needed(config, name, groups)
        wanted, full = {}, {}
        for group, rows in groups.items():
            rounds = made[name].get(group_key(group), [])[:number]
            full[group] = rows - sum(lacks for _, lacks in rounds)
            short = needed[group] - sum(written for written, _ in rounds)
            wanted[group] = min(short, full[group] * -(-needed[group] // rows))
        if any(wanted.values()):
            files = [file for earlier in range(number) for file in folder.glob(f"*.{lacking(place, earlier)}")]
            result[name] = _shares(wanted, full, keys, files)
    return result


def _shares(
    wanted: Mapping[Labels, int], rows: Mapping[Labels, int], folder: Place, without: Sequence[Place]
) -> dict[Labels, Share]:
    """The wanted number of variants of each group, shared out over so many rows: all but those in `without`."""
    each = {group: divmod(count, rows[group]) for group, count in wanted.items() if rows[group]}
    below = _below(folder, without, {group: more for group, (_, more) in each.items() if more})
    return {group: (count, *below.get(group, (0, 0))) for group, (count, _) in each.items()}


def lacking(chain: int, number: int) -> str:
    """Suffix of the file with the keys of a chunk's rows that lack variants of a chain since round `number`."""
    return f"lacking-{chain}-{number}"


def write_keys(path: Place, keys: Mapping[Labels, Sequence[int]]) -> None:
    """Write a file with the keys of rows by the labels that they have."""
    import numpy as np

    records = np.empty(sum(map(len, keys.values())), _RECORD)
    numbers = np.array([int(group_key(group), 16) for group in keys], "<u8")
    records["label"] = np.repeat(numbers, [len(some) for some in keys.values()])
    records["key"] = np.array([key for some in keys.values() for key in some], "<u8")
    path.write_bytes(records.tobytes())


def group_key(group: Labels) -> str:
    """A name of 16 characters for a group."""
    name = group[0] if len(group) == 1 else "\x1f".join(["", *group])
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _below(folder: Place, without: Sequence[Place], wanted: Mapping[Labels, int]) -> dict[Labels, tuple[int, int]]:
    """For each group, the key below which `wanted` of its keys lie, and how many of those that equal it are missing.

    Counts the keys by their first bits, then looks at those alone that begin as the one wanted does. Keys in the
    files `without` do not count.
    """
    import numpy as np

    if not wanted:
        return {}
    groups = sorted(wanted, key=group_key)
    numbers = np.array([int(group_key(group), 16) for group in groups], "<u8")
    bits = max(1, (_BINS // len(groups)).bit_length() - 1)
    every: list[Place] = sorted(folder.glob("*.keys"), key=str)
    files = [*((file, 1) for file in every), *((file, -1) for file in without)]
    counts = np.zeros((len(groups), 1 << bits), np.int64)
    for place, _, start, sign in _keys(files, numbers, bits):
        np.add.at(counts, (place, start), sign)
    upto = np.cumsum(counts, axis=1)
    goals = np.array([wanted[group] for group in groups])
    chosen = (upto <= goals[:, None]).sum(axis=1)
    kept: list[Counter[int]] = [Counter() for _ in groups]
    for place, key, start, sign in _keys(files, numbers, bits):
        alike = start == chosen[place]
        for at, one in zip(place[alike].tolist(), key[alike].tolist(), strict=True):
            kept[at][one] += sign
    result = {}
    for at, group in enumerate(groups):
        keys = sorted(kept[at].elements())
        first = wanted[group] - int(upto[at, chosen[at]] - counts[at, chosen[at]])
        result[group] = keys[first], first - bisect_left(keys, keys[first])
    return result


def _keys(files: Iterable[tuple[Place, int]], numbers: Any, bits: int) -> Iterator[tuple[Any, Any, Any, int]]:
    """For each file, of the groups with `numbers`: their places among these, keys, first bits of the keys, and sign."""
    import numpy as np

    for file, sign in files:
        records = np.frombuffer(file.read_bytes(), _RECORD)
        place = np.minimum(np.searchsorted(numbers, records["label"]), len(numbers) - 1)
        known = numbers[place] == records["label"]
        key = records["key"][known]
        yield place[known], key, (key >> np.uint64(64 - bits)).astype(np.int64), sign
