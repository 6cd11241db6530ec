"""The expression of `input.where`, which says which rows are augmented."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NoReturn, TypeAlias

Get: TypeAlias = Callable[[str], Any]
"""Gives the value of a column; null where the row lacks it."""
Test: TypeAlias = Callable[[Get, str | None], bool]
"""Whether a row fits, by its columns and the text that stands for null in its format."""

_TOKEN = re.compile(
    r"""(?P<text>'[^']*'|"[^"]*")|`(?P<column>[^`]+)`|(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"""
    r"""|(?P<word>[^\W\d]\w*)|(?P<mark>[=!<>]=|[<>()\[\],])""",
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CONSTANTS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "none": None}
_KEYWORDS = {"and", "or", "not", "in", "is", *_CONSTANTS}
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Where:
    """A parsed expression."""

    columns: tuple[str, ...]
    """The columns that it names."""
    fits: Test


def parse(expression: str) -> Where:
    """What an expression says. Raises ValueError with the place in it where it cannot be understood."""
    parser = _Parser(expression)
    try:
        test = parser.whole()
    except RecursionError:
        raise ValueError("the expression is nested too deep") from None
    return Where(tuple(parser.columns), test)


def column_name(column: str) -> str:
    """A column as an expression names it."""
    return column if re.fullmatch(r"[^\W\d]\w*", column) and column.lower() not in _KEYWORDS else f"`{column}`"


class _Parser:
    """Reads an expression from left to right: `or` of `and` of `not` of comparisons."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._at = 0
        self._kind = self._token = ""
        self.columns: dict[str, None] = {}
        self._advance()

    def whole(self) -> Test:
        """The test of the whole expression."""
        test = self._either()
        if self._kind:
            self._refuse("and, or, or the end")
        return test

    def _either(self) -> Test:
        test = self._both()
        while self._takes("or"):
            test = _either(test, self._both())
        return test

    def _both(self) -> Test:
        test = self._negated()
        while self._takes("and"):
            test = _both(test, self._negated())
        return test

    def _negated(self) -> Test:
        if self._takes("not"):
            return _negated(self._negated())
        if not self._takes("("):
            return self._comparison()
        test = self._either()
        self._expect(")")
        return test

    def _comparison(self) -> Test:
        if self._kind not in ("column", "word") or self._is_keyword():
            self._refuse("a column (names with other characters than letters, digits and _ in backquotes)")
        column = self._token
        self.columns[column] = None
        self._advance()
        if self._kind == "mark" and (compare := _ORDERS.get(self._token)):
            self._advance()
            if self._kind not in ("text", "number"):
                self._refuse("text in quotes or a number")
            return _ordered(column, compare, self._constant())
        if self._takes("=="):
            return _among(column, [self._constant()])
        if self._takes("!="):
            return _negated(_among(column, [self._constant()]))
        if self._takes("is"):
            negated = self._takes("not")
            self._expect("null")
            return _negated(_among(column, [None])) if negated else _among(column, [None])
        if self._takes("not"):
            self._expect("in")
            return _negated(_among(column, self._list()))
        if not self._takes("in"):
            self._refuse("==, !=, <, <=, >, >=, in, not in or is null")
        return _among(column, self._list())

    def _list(self) -> list[Any]:
        opening = self._token
        if not (self._takes("[") or self._takes("(")):
            self._refuse("a list such as ['train', 'dev']")
        values = [self._constant()]
        while self._takes(","):
            values.append(self._constant())
        self._expect(_CLOSING[opening])
        return values

    def _constant(self) -> Any:
        token = self._token
        if self._kind == "text":
            value: Any = token[1:-1]
        elif self._kind == "number":
            value = _number(token)
        elif self._kind == "word" and token.lower() in _CONSTANTS:
            value = _CONSTANTS[token.lower()]
        else:
            self._refuse("text in quotes, a number, true, false or null")
        self._advance()
        return value

    def _takes(self, token: str) -> bool:
        """Whether the next token is this keyword or mark, which is then taken."""
        if self._kind not in ("word", "mark") or self._token.lower() != token:
            return False
        self._advance()
        return True

    def _expect(self, token: str) -> None:
        if not self._takes(token):
            self._refuse(token)

    def _is_keyword(self) -> bool:
        return self._kind == "word" and self._token.lower() in _KEYWORDS

    def _advance(self) -> None:
        """Go on to the next token; at the end, its kind is empty."""
        at = self._at
        while self._expression[at : at + 1].isspace():
            at += 1
        match = _TOKEN.match(self._expression, at)
        self._start = at
        if match:
            self._at, self._kind = match.end(), str(match.lastgroup)
            self._token = match[self._kind]
        else:
            self._at, self._token = len(self._expression), self._expression[at:]
            self._kind = "unknown" if self._token else ""

    def _refuse(self, expected: str) -> NoReturn:
        found = repr(self._token[:20]) if self._kind else "the end"
        hint = ""
        if self._kind == "unknown" and self._token[0] in "'\"`":
            hint = "; this quote is not closed"
        elif self._kind == "unknown" and self._token[0] in "=&|!":
            hint = "; write ==, and, or, not"
        elif self._kind == "word" and not self._is_keyword() and expected.startswith("text"):
            hint = f"; did you mean '{self._token}'?"
        raise ValueError(f"at character {self._start + 1}: expected {expected}, found {found}{hint}")


def _either(first: Test, second: Test) -> Test:
    return lambda get, null: first(get, null) or second(get, null)


def _both(first: Test, second: Test) -> Test:
    return lambda get, null: first(get, null) and second(get, null)


def _negated(test: Test) -> Test:
    return lambda get, null: not test(get, null)


def _ordered(column: str, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    def test(get: Get, null: str | None) -> bool:
        value = _like(get(column), wanted)
        return _comparable(value, wanted) and compare(value, wanted)

    return test


def _among(column: str, constants: list[Any]) -> Test:
    def test(get: Get, null: str | None) -> bool:
        value = get(column)
        return any(_is(value, constant, null) for constant in constants)

    return test


def _is(value: Any, constant: Any, null: str | None) -> bool:
    if constant is None:
        return value is None or value == null
    value = _like(value, constant)
    return _comparable(value, constant) and bool(value == constant)


def _like(value: Any, constant: Any) -> Any:
    """A value as it compares with a constant: text, which is all that CSV has, may stand for a number or true."""
    if isinstance(value, date | time) and isinstance(constant, str):
        return str(value)
    if isinstance(value, str) and isinstance(constant, bool):
        return _CONSTANTS.get(value.lower())
    if isinstance(value, str) and isinstance(constant, int | float):
        value = value.strip()
        return _number(value) if _NUMBER.fullmatch(value) else None
    return value


def _number(text: str) -> int | float:
    return int(text) if len(text) < 20 and text.lstrip("+-").isdecimal() else float(text)


def _comparable(value: Any, constant: Any) -> bool:
    """Whether both are text, both true or false, or both numbers."""
    if isinstance(constant, bool | str):
        return isinstance(value, type(constant))
    return not isinstance(value, bool | str | list | dict | bytes | date | time | None)
