"""What is known of a hosted service: keys, limits, pacing, errors."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from augcli.errors import ResourceError
from augcli.language.resources import DataPath
from augcli.models.hosted.usage import Usage
from augcli.plugin import Plugin

Secrets: TypeAlias = Mapping[str, str]
"""Values of the environment variables that a service needs."""


class Kind(Enum):
    """What an error of a service means for the client. A code that an adapter does not list stops the run."""

    RETRY = auto()
    """Trouble on its side: the same call may work later."""
    SLOW = auto()
    """Too many calls or characters: later, and slower from now on."""
    LONG = auto()
    """Too much text too often: in smaller calls, and slower."""
    CLOCK = auto()
    """Clocks differ: sign again by the clock of the service."""
    SPLIT = auto()
    """Too much text for one call."""
    ODD = auto()
    """The reply does not fit the call, or it failed on one of the texts: one by one."""
    ROW = auto()
    """It will not work on this text."""
    STOP = auto()
    """A key, a quota, the account or a setting: nothing that another try could fix."""


class Error(NamedTuple):
    """An error in the words of the service."""

    code: str
    message: str


JSON, FORM = "application/json; charset=utf-8", "application/x-www-form-urlencoded"


class Call(NamedTuple):
    """An HTTP POST; `path` may hold a query. What is signed is `content`, to the byte."""

    path: str
    content: bytes
    content_type: str
    headers: Mapping[str, str] = {}


class Limits(NamedTuple):
    """Of one call, and of calls one after another; None is no limit."""

    items: int
    characters: int
    size: int | None = None
    """UTF-8 bytes of the texts."""
    calls_per_second: float | None = None
    characters_per_minute: float | None = None


class Budget(NamedTuple):
    """What a run may come to at most."""

    key: str
    """Of the service, in the config."""
    most: float
    unit: str
    of: Callable[[Usage], float]


SHARE = 0.03
"""Of the characters of a minute that one call may take: then no minute gets too many, wherever it begins."""


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address such as https://gateway.example.org/path")
    if parts.username or parts.password:
        raise ValueError("no user names or passwords here; for a proxy, set the environment variable HTTPS_PROXY")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class Service(Plugin):
    """A hosted service with the settings of one account. Adapters say how its calls and replies look.

    It sends nothing: that is what a Client does.
    """

    must_say: ClassVar[tuple[str, ...]] = ("name", "title", "site", "errors")
    unknown_key_hint: ClassVar = "; keys belong in environment variables, or in the file that `credentials` names"
    title: ClassVar[str]
    site: ClassVar[str]
    """Where its documentation stands, and keys are to be had."""
    home: ClassVar[str] = ""
    """Default of base_url; without one it must be given."""
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

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @abstractmethod
    def names(self) -> Sequence[str]:
        """Of the environment variables that hold its keys."""

    @abstractmethod
    def limits(self) -> Limits:
        """As documented, before the user's settings."""

    @abstractmethod
    def failure(self, body: Any, status: int) -> Error | None:
        """The error that a reply holds; `body` is its JSON, `status` that of HTTP."""

    @abstractmethod
    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        """The results in a reply, in the order of `texts`; None where it failed for one.

        May raise LookupError, TypeError or ValueError when the reply is not as documented.
        """

    def cost(self, texts: Sequence[str]) -> Usage:
        """The most that a call with these texts may come to."""
        return Usage(1, sum(map(len, texts)))

    def came_to(self, body: Any, charged: Usage) -> Usage:
        """What a call came to, as its reply tells."""
        return charged

    def budgets(self) -> Iterator[Budget]:
        """What a run may come to, as the user says."""
        if self.max_characters is not None:
            yield Budget("max_characters", self.max_characters, "characters", lambda sent: sent.characters)

    def price(self, sent: Usage) -> float | None:
        """What this costs, where the user gave prices."""
        return None

    def meaning(self, error: Error, texts: Sequence[str]) -> Kind | None:
        """What an error means; None when the code is not listed."""
        known = self.errors.get(error.code)
        return known or next(
            (kind for code, kind in self.errors.items() if code.endswith(".") and error.code.startswith(code)), None
        )

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

    def missing_keys(self) -> list[str]:
        """The keys that it cannot do without, and that are not there."""
        found = self.found()
        return [name for name in self.names() if name not in found]

    def secrets(self) -> Secrets:
        """The keys. Raises ResourceError, naming those that are missing."""
        if missing := self.missing_keys():
            raise ResourceError(
                f"{self.name} needs {' and '.join(missing)}: set environment variables, or write lines NAME=value in a "
                f"file and name it in services.{self.name}.credentials; keys are to be had at {self.site}"
            )
        return self.found()

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
