"""Paths into JSON values, as `data.text` and `messages[role=user].content`, also where a column holds JSON as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from augcli.text.cells import read_value

_STEP = re.compile(r"\.?(?P<name>[^.\[\]]+)|\[(?:(?P<place>\d+)|(?P<all>\*)|(?P<key>[^\]=]+)=(?P<value>[^\]]*))\]")


class Where(NamedTuple):
    """Those elements of an array that have a value at a key; all of them where there is no key."""

    key: str | None
    value: str

    def fits(self, element: Any) -> bool:
        """Whether an element is one of them."""
        return self.key is None or (isinstance(element, dict) and str(element.get(self.key)) == self.value)


Step: TypeAlias = "str | int | Where"
"""The name of a member, the place of an element, or elements."""
Way: TypeAlias = "tuple[str | int, ...]"
"""Names and places that lead to a value."""


@cache
def steps_of(column: str) -> tuple[Step, ...]:
    """The steps of a path; the name itself where it is none."""
    steps: list[Step] = []
    at = 0
    while match := _STEP.match(column, at):
        name, place = match["name"], match["place"]
        steps.append(name if name is not None else int(place) if place else Where(match["key"], match["value"] or ""))
        at = match.end()
    return tuple(steps) if at == len(column) and len(steps) > 1 else (column,)


def is_open(column: str) -> bool:
    """Whether a path stands for several values, as many as a row has."""
    return any(isinstance(step, Where) for step in steps_of(column))


def values_at(data: Mapping[str, Any], column: str) -> Iterator[tuple[Way, Any]]:
    """The values that a path stands for, each with the names and places that lead there; none where they are missing.

    A column that is called exactly so is meant before a path.
    """
    if column in data:
        yield (column,), data[column]
    else:
        root, *steps = steps_of(column)
        if isinstance(root, str) and root in data:
            held = data[root]
            yield from _follow(read_value(held) if isinstance(held, str) else held, tuple(steps), (root,))


def _follow(value: Any, steps: tuple[Step, ...], gone: Way) -> Iterator[tuple[Way, Any]]:
    if not steps:
        yield gone, value
        return
    step, *rest = steps
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield from _follow(value[step], tuple(rest), (*gone, step))
    elif isinstance(value, list):
        for place, element in enumerate(value):
            if step == place if isinstance(step, int) else step.fits(element):
                yield from _follow(element, tuple(rest), (*gone, place))


def value_at(data: Mapping[str, Any], column: str) -> Any:
    """The value of a column or at a path. Raises KeyError where there is none."""
    for _, value in values_at(data, column):
        return value
    raise KeyError(column)


def spelled(way: Way) -> str:
    """Names and places as a path."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way).removeprefix(".")
