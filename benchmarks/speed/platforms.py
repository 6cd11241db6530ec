"""Hosted platforms: how much of the throughput that their documented limits allow is reached, replies taking 200 ms."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from augcli.models.hosted.session import Session
from augcli.models.results import Request
from augcli.plugin import find
from augcli.translation.backends import hosted_translator
from augcli.translation.platform import Platform
from augcli.translation.translator import translated
from benchmarks.common.measure import SAMPLE, print_table, texts_of
from tests.support.fake_platforms import SECRETS, Fake, Limits

ACCOUNTS: list[tuple[str, dict[str, Any]]] = [
    ("baidu", {"tier": "standard"}),
    ("baidu", {"tier": "advanced"}),
    ("tencent", {}),
    ("bing", {"tier": "F0"}),
    ("bing", {"tier": "S1"}),
    ("google", {}),
]
"""Those whose documented limits bound the throughput."""
REPLY = 0.2
"""Seconds that a reply takes."""


def serve(platform: str, limits: Limits, pipe: Connection) -> None:
    """A local counterpart of `platform`, until told to stop; then what became of its calls."""
    with Fake(platform, delay=REPLY, limits=limits) as fake:
        pipe.send(fake.url)
        pipe.recv()
        pipe.send((len(fake.calls), sum(call.outcome != "ok" for call in fake.calls)))


@contextmanager
def server(platform: str, limits: Limits) -> Iterator[tuple[str, Connection]]:
    """Its address, and the pipe to its process, which no Python thread of the client slows down."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(platform, limits, theirs))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        process.join()


def texts_for(characters: int) -> list[str]:
    """Distinct sentences, with at least so many characters together."""
    corpus = texts_of(SAMPLE)
    texts: list[str] = []
    while characters > 0:
        texts.append(f"{corpus[len(texts) % len(corpus)]} {len(texts)}")
        characters -= len(texts[-1])
    return texts


def limits_of(platform: Platform) -> Limits:
    """What the counterpart enforces: the documented limits, by the second and by the minute."""
    said = platform.limits()
    return Limits(
        said.items, said.characters, said.size or sys.maxsize,
        said.calls_per_second or sys.maxsize, said.characters_per_minute or sys.maxsize,
    )  # fmt: skip


def allowed(platform: Platform, texts: Sequence[str]) -> float:
    """The shortest time in seconds that the documented limits allow for `texts`: until the reply to the last call."""
    said = platform.limits()
    *before, _ = [sum(map(len, batch)) for batch in platform.batches(texts)]
    by_call = len(before) / said.calls_per_second if said.calls_per_second else 0.0
    minute = said.characters_per_minute
    return REPLY + max(by_call, 60 * sum(before) / minute if minute else 0.0)


def measured(name: str, settings: dict[str, Any], seconds: float) -> list[str]:
    """A row of the table: a platform that is kept busy for about so many seconds."""
    platform = find(Platform, name).model_validate(settings)
    full = platform.pacing
    rate = (full.calls_per_second or 1e9) * full.characters
    if full.characters_per_minute:
        rate = min(rate, full.characters_per_minute / 60)
    texts = texts_for(int(rate * seconds))
    with (
        server(name, limits_of(platform)) as (url, pipe),
        TemporaryDirectory() as folder,
        Session("benchmark", sends=True) as session,
    ):
        served = platform.model_copy(update={"base_url": url})
        translator = hosted_translator(session, served, Path(folder) / "cache.sqlite3", "en", "fr")
        began = perf_counter()
        found = translated(translator, map(Request, texts))
        took = perf_counter() - began
        assert all(found.values())
        pipe.send("stop")
        calls, refused = pipe.recv()
    least = allowed(platform, texts)
    return [
        " ".join([name, *settings.values()]), f"{calls:,}", f"{sum(map(len, texts)):,}", f"{refused}", f"{least:.1f}",
        f"{took:.1f}", f"{100 * least / took:.0f} %",
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="that each should take at least (%(default)s)")
    options = parser.parse_args()
    for secrets in SECRETS.values():
        os.environ.update(secrets)
    header = ["account", "calls", "characters", "refused", "limits allow, s", "augcli, s", "share"]
    print_table(header, [measured(name, settings, options.seconds) for name, settings in ACCOUNTS])


if __name__ == "__main__":
    main()
