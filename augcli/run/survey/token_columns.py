"""Columns with one item per token that the config does not name: copied, they would be out of step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from augcli.config.config import Config
from augcli.io.sources import used_columns
from augcli.text.cells import token_items
from augcli.text.record import Record

_NEARLY_ALL = 0.95


def refuse_undeclared(config: Config, records: Iterable[Record]) -> None:
    """Raise ConfigError when, in nearly all of `records`, a column has as many items as tokens and is not named."""
    data = config.input
    named = {*used_columns(data)}
    rows = 0
    matching: Counter[str] = Counter()
    for record in records:
        count = len(record.tokens)
        if count < 2:  # any short list would match
            continue
        rows += 1
        kind = type(record.row.get(data.tokens))
        for column, value in record.row.items().items():
            if column not in named and type(value) is kind and len(token_items(value) or ()) == count:
                matching[column] += 1
    found = [column for column, matched in matching.items() if matched >= _NEARLY_ALL * rows]
    if found:
        raise config.error(
            f"column{'s' * (len(found) > 1)} {', '.join(map(repr, found))} with one item per token would be copied out "
            f"of step; input.token_columns: [{', '.join(found)}] moves them along, [] copies them as they are",
            "input",
            "tokens",
        )
