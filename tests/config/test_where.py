"""Expressions of `input.where`: what they say of a row, and what they say of themselves when they are wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from augcli.config.where import column_name, parse

ROW: dict[str, Any] = {
    "split": "train", "n": "7", "id": "007", "score": 0.5, "good": True, "said": "True", "none": None, "empty": "",
    "class": "k", "my column": 1, "größe": 3, "day": date(2026, 1, 31), "price": Decimal("1.5"), "tags": ["a"],
}  # fmt: skip


def fits(expression: str, row: dict[str, Any], null: str | None = None) -> bool:
    return parse(expression).fits(row.get, null)


@pytest.mark.parametrize(
    "expression",
    [
        "split == 'train'", 'split == "train"', "split != 'test'", "n == 7", "n == '7'", "id == 7", "n > -1e3",
        "n >= .5 and n < 7.5", "score <= 0.5", "good == true", "said == true", "`none` is null", "`none` == null",
        "missing is null", "split is not null", "split IS NOT NULL", "class == 'k'", "`my column` == 1", "größe <= 3",
        "split in ['dev', 'train']", "split in (\n'dev',\n'train')", "split not in ['test', null]",
        "missing in [null]", "not split == 'test'", "not (split == 'test' or n == 7.5)", "day >= '2026-01-01'",
        "split == 'dev' or split == 'train' and n == 7", "price > 1.25", "day == '2026-01-31'", "empty == ''",
        "missing != 'a'", "split >= 'test'", "not missing < 3",
    ],
)  # fmt: skip
def test_what_fits(expression: str) -> None:
    assert fits(expression, ROW)


@pytest.mark.parametrize(
    "expression",
    [
        "split == 'Train'", "id == '7'", "good == 1", "split == 7", "split < 7", "`none` < 3", "tags == 'a'",
        "(split == 'dev' or split == 'train') and n == 8", "empty is null", "empty == 0", "score == '0.5'", "day > 3",
        "said == false", "tags > 1",
    ],
)  # fmt: skip
def test_what_does_not_fit(expression: str) -> None:
    assert not fits(expression, ROW)


def test_an_empty_field_is_null_where_the_format_says_so() -> None:
    assert fits("empty is null and empty == ''", ROW, null="")
    assert not fits("split is null", ROW, null="")


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "at character 1: expected a column"),
        ("split", "at character 6: expected ==, !=, <"),
        ("split = 'train'", "at character 7: .*write =="),
        ("split == train", "at character 10: expected text in quotes.*did you mean 'train'?"),
        ("split == 'train", "this quote is not closed"),
        ("split == 'a' && n == 1", "at character 14: expected and, or, or the end.*write ==, and, or, not"),
        ("(split == 'a'", r"expected \), found the end"),
        ("split == 'a')", "at character 13"),
        ("split in 'a'", "expected a list such as"),
        ("split in ['a')", r"expected \]"),
        ("split in []", "expected text in quotes"),
        ("split is 3", "expected null"),
        ("1 == split", "expected a column"),
        ("split < null", "expected text in quotes or a number"),
        ("my-column == 1", "at character 3: expected =="),
        ("__import__('os').system('true') == 1", "at character 11"),
        ("(" * 5000 + "a == 1" + ")" * 5000, "nested too deep"),
    ],
)
def test_mistakes_have_a_place(expression: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(expression)


@given(st.text(st.characters(exclude_characters="`"), min_size=1), st.text(st.characters(exclude_characters="'")))
@example("in", "")
@example("Null", "\n")
@example("ﬁ", "and")
def test_any_column_and_any_text_can_be_named(column: str, text: str) -> None:
    where = parse(f"{column_name(column)} == '{text}' and not `{column}` in ['{text}x']")
    assert where.columns == (column,)
    assert where.fits({column: text}.get, None)
    assert not where.fits({column: text + "x"}.get, None)


@given(st.text("ab'\"`()[] ,=<>!&|-.1nulotrisf\n"))
def test_anything_is_an_expression_or_an_error(expression: str) -> None:
    try:
        where = parse(expression)
    except ValueError:
        return
    assert where.fits(dict.fromkeys(where.columns, "1").get, "") in (True, False)
