"""Runs JioNLP, see command.py: words of the same sound."""

from __future__ import annotations

from importlib import import_module

from benchmarks.peers.command import Augment, each, serve


def homophone(_: list[str]) -> Augment:
    """Words by others of the same pinyin, tones and the sounds of dialects aside; the seed stays ours."""
    augment = import_module("jionlp").homophone_substitution
    return each(lambda text: str(next(iter(augment(text, augmentation_num=1, homo_ratio=0.1, seed=0)), text)))


if __name__ == "__main__":
    serve({"homophone": homophone})
