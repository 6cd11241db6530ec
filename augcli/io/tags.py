"""The column with tags: how an input marks where entities begin and end, and whether tags are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from augcli.config.sections import Input
from augcli.errors import RunError
from augcli.io.formats.rows import RowError
from augcli.text.bio import from_bio, scheme_of, to_bio


class Tags:
    """Reads tags as BIO, and writes BIO as the tags that were read."""

    def __init__(self, data: Input) -> None:
        self._column = data.tags
        self._iob1 = data.scheme == "iob1"
        self._names = data.tag_names or ()

    def read(self, tags: Sequence[Any]) -> list[str]:
        """The tags of a row as BIO. Raises RowError for one that is none or out of place."""
        try:
            told = self._named(tags)
            return to_bio(told, scheme_of(told, iob1=self._iob1))
        except ValueError as error:
            raise RowError(str(error), self._column) from None

    def write(self, tags: Sequence[str], like: Sequence[Any]) -> list[Any]:
        """BIO tags in the scheme and the numbers of `like`, the tags of the source row.

        Raises RunError for a tag that has no number.
        """
        told = from_bio(tags, scheme_of(self._named(like), iob1=self._iob1))
        if not self._names:
            return told
        if unknown := next((tag for tag in told if tag not in self._names), None):
            raise RunError(f"a variant needs the tag {unknown!r}, which input.tag_names does not have")
        numbers = [self._names.index(tag) for tag in told]
        return [*map(str, numbers)] if all(isinstance(tag, str) for tag in like) else numbers

    def _named(self, tags: Sequence[Any]) -> Sequence[str]:
        """Tags by their names. Raises ValueError for a number without one."""
        if not self._names:
            if wrong := next((number for number, tag in enumerate(tags, 1) if not isinstance(tag, str)), 0):
                what = f"tag {wrong} is {tags[wrong - 1]!r}; expected text"
                raise ValueError(f"{what}; if tags are numbers, set input.tag_names")
            return tags
        named = []
        for number, tag in enumerate(tags, 1):
            place = int(tag) if isinstance(tag, str) and tag.isdecimal() else tag
            if type(place) is not int or not 0 <= place < len(self._names):
                raise ValueError(f"tag {number} is {tag!r}; expected a number from 0 to {len(self._names) - 1}")
            named.append(self._names[place])
        return named
