"""Hosted translation platforms: what an adapter says about one. It sends nothing; augcli.translation.hosted does."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from augcli.models.hosted.service import Call, Secrets, Service
from augcli.translation.languages import with_script


def same(codes: str) -> dict[str, str]:
    """Languages that a platform calls by their ISO codes."""
    return {code: code for code in codes.split()}


COMMON = same("yue en ja ko fr es de ru pt it ar th vi id ms tr hi nl pl sv da fi cs el hu ro bg et sl uk he no")
"""Languages other than Chinese that most platforms know, by their ISO codes."""


def in_order(pairs: Sequence[tuple[str, str]], texts: Sequence[str]) -> list[str]:
    """Translations in the order of `texts`, by what came back as source with each.

    Raises ValueError when they are not those of `texts`.
    """
    if len(texts) == len(pairs) == 1:
        return [pairs[0][1]]
    by_source = {" ".join(source.split()): result for source, result in pairs}
    wanted = [" ".join(text.split()) for text in texts]
    if len(pairs) != len(texts) or by_source.keys() != set(wanted):
        raise ValueError(f"{len(pairs)} translations for {len(texts)} texts, or of others")
    return [by_source[text] for text in wanted]


class Platform(Service):
    """A hosted service that translates.

    The settings change nothing in the translations, but for those that `variety` tells.
    """

    must_say: ClassVar[tuple[str, ...]] = (*Service.must_say, "codes")
    group: ClassVar = "augcli.platforms"
    kind: ClassVar = "translation platform"
    codes: ClassVar[Mapping[str, str]]
    """What it calls languages, by ISO 639-1 code; zh is simplified Chinese, zh-Hant traditional."""
    targets: ClassVar[Mapping[str, str]] = {}
    """The same for languages to translate to, where it calls them something else."""
    open: ClassVar[bool] = False
    """Whether it knows many more languages by their ISO codes."""

    languages: dict[str, str] = Field(
        {}, description="more languages: the platform's own code by ISO 639-1 code, such as {fil: fil}"
    )

    @abstractmethod
    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        """A call that translates `texts`; languages are in its own codes, `now` is in seconds since 1970."""

    @abstractmethod
    def variety(self) -> str:
        """What its translations depend on, beside texts and languages: name@version."""

    def unable(self, source: str, target: str) -> str | None:
        """Why it cannot translate in this direction, or None."""
        for language in (source, target):
            if not self.code(language, target=language == target):
                known = ", ".join(sorted({*self.codes, *self.languages}))
                return (
                    f"{self.name} does not know the language {language!r}; it knows {known}; more can be named in "
                    f"services.{self.name}.languages"
                )
        return None

    def code(self, language: str, *, target: bool = False) -> str | None:
        """What the platform calls a language."""
        language = with_script(language)
        known = (self.targets.get(language) if target else None) or self.codes.get(language)
        return self.languages.get(language) or known or (language if self.open else None)

    def fits(self, text: str) -> bool:
        """Whether `text` may go in a call of its own."""
        said = self.limits()
        most = self.characters_per_call or said.characters
        return "\n" not in text and len(text) <= most and (said.size is None or len(text.encode()) <= said.size)

    def batches(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """`texts` in as many as fit in a call."""
        limits = self.pacing
        batch: list[str] = []
        characters = size = 0
        for text in texts:
            more, bytes_more = len(text) + 1, len(text.encode()) + 1  # a line break, where lines are joined
            full = len(batch) == limits.items or characters + more > limits.characters + 1
            if batch and (full or (limits.size is not None and size + bytes_more > limits.size + 1)):
                yield batch
                batch, characters, size = [], 0, 0
            batch.append(text)
            characters += more
            size += bytes_more
        if batch:
            yield batch
