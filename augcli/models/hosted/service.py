"""What is known of a service: keys, limits, pacing, errors."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Annotated, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator

Secrets: TypeAlias = Mapping[str, str]
"""Values of the environment variables that a platform needs."""


class Kind(Enum):
    """What an error of a platform means for the client. A code that an adapter does not list stops the run."""

    RETRY = auto()
    """Trouble on its side: the same call may work later."""
    SLOW = auto()
    """Too many calls or characters: later, and slower from now on."""
    LONG = auto()
    """Too much text too often: in smaller calls, and slower."""
    CLOCK = auto()
    """Clocks differ: sign again by the clock of the platform."""
    SPLIT = auto()
    """Too much text for one call."""
    ODD = auto()
    """The reply does not fit the call, or it failed on one of the texts: one by one."""
    ROW = auto()
    """It will not translate this text."""
    STOP = auto()
    """A key, a quota, the account or a setting: nothing that a repetition could mend."""


class Error(NamedTuple):
    """An error in the words of the platform."""

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
