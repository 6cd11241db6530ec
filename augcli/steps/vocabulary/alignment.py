"""Unknown words of pairs of sentences, numbered or told by their place (Luong et al. 2015)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

PairMode: TypeAlias = Literal["copyable", "pos_all", "pos_unk"]
WINDOW = 7
"""Farthest place of an aligned word, in words, that is told."""
NULL = "n"
"""What stands for a word without an aligned one, or with one beyond the window."""
_LINK = re.compile(r"(\d+)[-–:](\d+)")
_PLACED = re.compile(rf"(?:p|unkpos)_(-?\d+|{NULL})")


class Pair(NamedTuple):
    """Two sentences cut into words, and what comes in for words of each, by number."""

    source: dict[int, str]
    target: dict[int, str]


def links(alignment: str) -> dict[int, list[int]]:
    """The numbers of the source words that each target word is aligned to, of `0-0 2-1`: source, then target.

    Raises ValueError where that is no alignment.
    """
    found: dict[int, list[int]] = {}
    for link in alignment.split():
        numbers = _LINK.fullmatch(link)
        if not numbers:
            raise ValueError(f"{link!r} is no link of an alignment, such as 0-0")
        found.setdefault(int(numbers[2]), []).append(int(numbers[1]))
    return {target: sorted(sources) for target, sources in found.items()}


def marked(
    mode: PairMode, source: Sequence[str], target: Sequence[str], aligned: Mapping[int, Sequence[int]],
    strange: tuple[Collection[int], Collection[int]], unknown: str,
) -> Pair:  # fmt: skip
    """What comes in for the words of a pair, of which those with the numbers `strange` are unknown.

    copyable: `unk_1`, `unk_2`, ... for those of the source, the same word the same one; those of the target take that
    of the first unknown word they are aligned to, or else `unk_0`. pos_all: `unk` for both, and behind every word of
    the target `p_d`, d its place less that of the nearest word it is aligned to, `p_n` without one within 7.
    pos_unk: `unk` in the source, `unkpos_d` in the target, where d has the other sign, as in the paper's example.
    """
    in_source, in_target = strange
    if mode == "copyable":
        words = dict.fromkeys(source[at] for at in in_source)
        numbers = {word: number for number, word in enumerate(words, 1)}
        copied = {at: f"{unknown}_{numbers[source[at]]}" for at in in_source}
        return Pair(
            copied,
            {
                at: next((copied[one] for one in aligned.get(at, ()) if one in copied), f"{unknown}_0")
                for at in in_target
            },
        )
    places = [_distance(at, aligned.get(at, ())) for at in range(len(target))]
    if mode == "pos_all":
        told = {
            at: f"{unknown if at in in_target else word} p_{NULL if place is None else place}"
            for at, (word, place) in enumerate(zip(target, places, strict=True))
        }
    else:
        told = {at: f"{unknown}pos_{NULL if (place := places[at]) is None else -place}" for at in in_target}
    return Pair(dict.fromkeys(in_source, unknown), told)


def _distance(at: int, aligned: Sequence[int]) -> int | None:
    """The place of a target word less that of the nearest word it is aligned to; None without one in the window."""
    nearest = min((at - one for one in aligned), key=lambda distance: (abs(distance), -distance), default=None)
    return nearest if nearest is not None and abs(nearest) <= WINDOW else None


def copied_back(
    mode: PairMode, words: Sequence[str], source: Sequence[str], strange: Sequence[str], unknown: str
) -> list[str]:
    """The words of a model's output with source words in the places of marks.

    `strange` are the unknown words of the source that `unk_1`, `unk_2`, ... stand for. A mark without a word stays.
    """
    if mode == "copyable":
        numbered = {f"{unknown}_{number}": word for number, word in enumerate(strange, 1)}
        return [numbered.get(word, word) for word in words]
    if mode == "pos_unk":
        return [
            _copied(word, at, source, 1) if word.startswith(f"{unknown}pos_") else word for at, word in enumerate(words)
        ]
    restored: list[str] = []
    for word in words:
        place = _PLACED.fullmatch(word)
        if place and word.startswith("p_") and restored:
            if restored[-1] == unknown:
                restored[-1] = _copied(word, len(restored) - 1, source, -1, restored[-1])
        else:
            restored.append(word)
    return restored


def _copied(word: str, at: int, source: Sequence[str], sign: int, otherwise: str = "") -> str:
    place = _PLACED.search(word)
    if place and place[1] != NULL and 0 <= (number := at + sign * int(place[1])) < len(source):
        return source[number]
    return otherwise or word
