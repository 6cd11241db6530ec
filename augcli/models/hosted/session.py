"""What steps keep open while they work for one run."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import ExitStack
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from augcli.models.results import ResultCache

T = TypeVar("T")


@dataclass(frozen=True)
class Session:
    """Accounts, caches and translators that the steps of one run share in this process.

    It travels to another process without what is open, so that each process opens its own.
    """

    name: str = ""
    """What is sent is counted under this name, for all processes together."""
    _: KW_ONLY
    sends: bool = False
    """Whether anything may be sent; where nothing may, it is only counted what would be."""
    _opened: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def opened(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` made when it was first called with this key."""
        if key not in self._opened:
            self._opened[key] = make()
        thing: T = self._opened[key]
        return thing

    def close(self) -> None:
        """Close what is open and can be closed, the last first."""
        with ExitStack() as stack:
            for thing in self._opened.values():
                if hasattr(thing, "close"):
                    stack.callback(thing.close)
            self._opened.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_opened": {}}


def opened_cache(session: Session, file: Path) -> ResultCache:
    """The cache in `file`, opened once in a session. Raises ResourceError when it cannot be used."""
    from augcli.models.results import ResultCache

    return session.opened((ResultCache, file), lambda: ResultCache(file))
