"""Hosted translation platforms: what an adapter says about one. It sends nothing; augcli.translation.hosted does."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from augcli.errors import ResourceError
from augcli.language.resources import DataPath
from augcli.models.hosted.service import SHARE, Address, Call, Error, Kind, Limits, Secrets
from augcli.plugin import Plugin
from augcli.translation.languages import scripted


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


class Platform(Plugin):
    """A hosted platform with the settings of one account. Adapters say how its calls and replies look.

    The settings change nothing in the translations, but for those that `variety` tells.
    """

    group: ClassVar = "augcli.platforms"
    kind: ClassVar = "translation platform"
    unknown_key_hint: ClassVar = "; keys belong in environment variables, or in the file that `credentials` names"
    title: ClassVar[str]
    site: ClassVar[str]
    """Where its documentation stands, and keys are to be had."""
    home: ClassVar[str] = ""
    """Default of base_url; without one it must be given."""
    codes: ClassVar[Mapping[str, str]]
    """What it calls languages, by ISO 639-1 code; zh is simplified Chinese, zh-Hant traditional."""
    targets: ClassVar[Mapping[str, str]] = {}
    """The same for languages to translate to, where it calls them something else."""
    open: ClassVar[bool] = False
    """Whether it knows many more languages by their ISO codes."""
    errors: ClassVar[Mapping[str, Kind]]
    """What its error codes mean; a code that ends with a dot stands for all that begin so."""
    optional: ClassVar[Sequence[str]] = ()
    """Environment variables that may hold more."""
    calm: ClassVar[float] = 1.0
    """Seconds to wait when it says that calls come too often, and does not say for how long."""

    credentials: DataPath | None = Field(
        None, description="file with lines NAME=value that holds the keys; else they are environment variables"
    )
    base_url: Address | None = Field(None, description="of a gateway, or of another region; the platform's own if none")
    proxy: Address | None = Field(None, description="HTTP proxy; else HTTPS_PROXY and NO_PROXY are obeyed")
    max_characters: int | None = Field(
        None, ge=0, description="that a run may send in all; then it stops, and can go on when this is raised"
    )
    requests_per_second: float | None = Field(None, gt=0, description="calls; as the platform documents it if none")
    characters_per_minute: float | None = Field(None, gt=0, description="as the platform documents it if none")
    characters_per_call: int | None = Field(None, ge=100, description="as the platform documents it if none")
    concurrency: int = Field(32, ge=1, le=256, description="calls on their way at the same time, at most")
    timeout: float = Field(30.0, gt=0, description="seconds to wait for a connection, and for a reply")
    deadline: float = Field(600.0, gt=0, description="seconds in all that a call may be repeated for after errors")
    languages: dict[str, str] = Field(
        {}, description="more languages: the platform's own code by ISO 639-1 code, such as {fil: fil}"
    )

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @abstractmethod
    def names(self) -> Sequence[str]:
        """Of the environment variables that hold its keys."""

    @abstractmethod
    def limits(self) -> Limits:
        """As documented, before the user's settings."""

    @abstractmethod
    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        """A call that translates `texts`; languages are in its own codes, `now` is in seconds since 1970."""

    @abstractmethod
    def failure(self, body: Any, status: int) -> Error | None:
        """The error that a reply holds; `body` is its JSON, `status` that of HTTP."""

    @abstractmethod
    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        """The translations in a reply, in the order of `texts`; None where it failed for one.

        May raise LookupError, TypeError or ValueError when the reply is not as documented.
        """

    def meaning(self, error: Error, texts: Sequence[str]) -> Kind | None:
        """What an error means; None when the code is not listed."""
        known = self.errors.get(error.code)
        return known or next(
            (kind for code, kind in self.errors.items() if code.endswith(".") and error.code.startswith(code)), None
        )

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
        language = scripted(language)
        known = (self.targets.get(language) if target else None) or self.codes.get(language)
        return self.languages.get(language) or known or (language if self.open else None)

    def address(self, secrets: Secrets) -> str:
        """Where calls go."""
        return self.base_url or self.home

    @property
    def pacing(self) -> Limits:
        """The limits to keep: as documented, unless the user says otherwise."""
        said = self.limits()
        minute = self.characters_per_minute or said.characters_per_minute
        characters = self.characters_per_call or said.characters
        return said._replace(
            characters=min(characters, int(minute * SHARE)) if minute else characters,
            calls_per_second=self.requests_per_second or said.calls_per_second,
            characters_per_minute=minute,
        )

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

    def seconds(self, characters: int) -> float:
        """After a call with so many characters, the time until the next one may follow."""
        limits = self.pacing
        calls = 1 / limits.calls_per_second if limits.calls_per_second else 0.0
        minute = limits.characters_per_minute
        return max(calls, 60 * characters / minute if minute else 0.0)

    def found(self) -> Secrets:
        """The keys that are there. Raises ResourceError when the file that the config names cannot be read."""
        given = {**os.environ, **self._from_file()}
        return {name: given[name] for name in (*self.names(), *self.optional) if given.get(name)}

    def secrets(self) -> Secrets:
        """The keys. Raises ResourceError, naming those that are missing."""
        found = self.found()
        missing = [name for name in self.names() if name not in found]
        if missing:
            raise ResourceError(
                f"{self.name} needs {' and '.join(missing)}: set environment variables, or write lines NAME=value in a "
                f"file and name it in services.{self.name}.credentials; keys are to be had at {self.site}"
            )
        return found

    def _from_file(self) -> dict[str, str]:
        if self.credentials is None:
            return {}
        if not Path(self.credentials).is_file():
            raise ResourceError(f"services.{self.name}.credentials: there is no file {self.credentials}")
        from dotenv import dotenv_values

        try:
            values = dotenv_values(self.credentials, interpolate=False, encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ResourceError(f"services.{self.name}.credentials: {self.credentials} cannot be read") from error
        return {name: value for name, value in values.items() if value}
