"""How good the outputs of augcli and of its peers are: the same rows of three corpora, a tenth of the words each.

What is called zh is Chinese, of three corpora too.

Each tool writes its outputs to benchmarks/.cache/outputs; then judges that share no code with augcli go over all of
them. Peers and judges get virtual environments of their own under benchmarks/.cache, made when first needed.
`--lists` writes a sample of the words replaced for readers, who are not told which tool made them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from augcli.language.resources import MASKED_LM
from augcli.models.masked_lm import load_masked_lm
from benchmarks.common.environments import (
    CACHE,
    CHINESE,
    PACKAGES,
    REVIEWS,
    interpreter,
    make_chinese,
    make_lexicons,
    make_reviews,
)
from benchmarks.common.measure import (
    ENVIRONMENT,
    ROOT,
    SAMPLE,
    augment,
    percent,
    print_table,
    report_of,
    rows_of,
    run,
    texts_of,
    write_config,
    write_jsonl,
)
from benchmarks.quality import verdicts
from benchmarks.quality.align import Alignment, phrase, wording

OUTPUTS = CACHE / "outputs"
SECONDS = 30
"""A peer that takes longer over the rows does fewer."""
CORPORA = {"BANKING77": SAMPLE.with_name("banking77.jsonl"), "SNIPS": SAMPLE, "reviews": REVIEWS}
CORPORA_ZH = {**CHINESE, "dialogue": SAMPLE.with_name("crosswoz_zh.jsonl")}
VARIANTS = (4, 16)
"""Per row, beside one."""
VARIANT_ROWS = 150
"""So many first rows get more variants than one."""
SEED = 1


class Peer(NamedTuple):
    """A tool beside augcli: its column, the environment that it is in, and the name of the method in its script."""

    column: str
    environment: str
    step: str


PEERS = {
    "synonym": [
        Peer("nlpaug", "nlpaug", "synonym"),
        Peer("TextAttack", "textattack", "synonym"),
        Peer("textaugment", "textaugment", "synonym"),
        Peer("EDA (textaugment)", "textaugment", "eda_synonym"),
    ],
    "embedding": [
        Peer("nlpaug", "nlpaug", "embedding_augcli"),
        Peer("nlpaug, GloVe", "nlpaug", "embedding_50k"),
        Peer("TextAttack", "textattack", "embedding_augcli"),
        Peer("textaugment", "textaugment", "embedding_augcli"),
    ],
    "tfidf": [Peer("nlpaug", "nlpaug", "tfidf")],
    "masked_lm": [Peer("nlpaug", "nlpaug", "masked_lm"), Peer("TextAttack", "textattack", "masked_lm")],
    "zh_synonym": [Peer("nlpcda", "nlpcda", "synonym")],
    "zh_embedding": [],
    "zh_masked_lm": [],
    "zh_homophone": [Peer("nlpcda", "nlpcda", "homophone"), Peer("JioNLP", "jionlp", "homophone")],
}
ENVIRONMENTS = sorted({peer.environment for peers in PEERS.values() for peer in peers})
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "synonym": [{}, {"context": True}],
    "embedding": [
        {},
        {"context": True},
        {"context": True, "min_similarity": 0.55, "min_probability": 0.0005},
    ],
    "tfidf": [{}],
    "masked_lm": [{}, {"min_similarity": 0.4, "min_probability": 0.0006}],
    "zh_synonym": [{}, {"context": True}],
    "zh_embedding": [{}, {"min_similarity": 0.58}],
    "zh_masked_lm": [{}, {"min_probability": 0.003}],
    "zh_homophone": [{"unit": "word"}, {}],
}
"""Of augcli: the defaults; a masked language model that judges; what reaches about as many rows as the peers."""
AROUND = 150
"""Characters of a text that readers see before and after the start of a replacement."""
LISTED = {"synonym", "embedding", "masked_lm", "zh_synonym", "zh_embedding", "zh_masked_lm", "zh_homophone"}
"""Methods with words that readers can judge."""


class Result(NamedTuple):
    """The outputs of a tool, and how many rows it does per second."""

    column: str
    outputs: Path
    rate: float


def steps_of(method: str) -> dict[str, dict[str, Any]]:
    """The steps of augcli for a method, by column."""
    step = method.removeprefix("zh_")
    steps = {
        ", ".join(["augcli", *(f"{key} {value}".replace("True", "true") for key, value in settings.items())]): {
            step: {"rate": 0.1, **settings}
        }
        for settings in SETTINGS[method]
    }
    if method == "zh_synonym":
        folder = Path(interpreter("nlpcda")).parents[1]
        (cilin,) = folder.glob("lib/*/site-packages/nlpcda/data/同义词.txt")
        steps["augcli, Cilin"] = {"synonym": {"rate": 0.1, "thesaurus": str(cilin)}}
    return steps


def augcli(method: str, column: str, step: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Result:
    """Run augcli, from file to file with provenance and report. A row without a variant counts as its own output.

    Its speed is that over the rows that a run over the first few leaves, so without what is done once per run.
    """
    outputs = OUTPUTS / f"{method}.{column.replace(', ', '-').replace(' ', '_')}.jsonl"
    language = "zh" if method.startswith("zh_") else "en"
    texts = [row["text"] for row in rows]
    few = texts[:VARIANT_ROWS]
    with tempfile.TemporaryDirectory() as folder:
        more = {count: run_augcli(step, language, few, count, Path(folder))[0] for count in VARIANTS}
        _, start = run_augcli(step, language, few, 1, Path(folder))
        one, seconds = run_augcli(step, language, texts, 1, Path(folder))
    lines = []
    for at, row in enumerate(rows):
        line = {"set": row["set"], "source": row["text"], "output": one.get(at, [row["text"]])[0]}
        if at < len(few):
            line["variants"] = {
                count: len({wording(text) for text in made.get(at, ())} - {wording(row["text"])})
                for count, made in more.items()
            }
        lines.append(line)
    write_jsonl(outputs, lines)
    return Result(column, outputs, (len(texts) - len(few)) / (seconds - start))


def run_augcli(
    step: dict[str, Any], language: str, texts: Sequence[str], variants: int, folder: Path
) -> tuple[Mapping[int, list[str]], float]:
    """Run augcli: the variants of each row by its place, and the seconds in the report."""
    source, target, config = folder / "rows.jsonl", folder / "out.jsonl", folder / "config.yaml"
    write_jsonl(source, rows_of(texts, len(texts)))
    write_config(config, source, target, [step], variants, language)
    augment(config, "--workers", "1")
    made = defaultdict(list)
    with target.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["aug_chain"]:
                made[int(row["aug_source"].removeprefix("r"))].append(row["text"])
    return made, report_of(target)["run"]["seconds"]


def beside(peer: Peer, corpus: Path, options: argparse.Namespace) -> Result:
    """Run a peer in memory, unless its outputs for this corpus are there already."""
    script = ROOT / "benchmarks" / "peers" / f"{peer.environment}.py"
    read = [corpus, script, script.with_name("command.py"), *([MASKED_LM.path()] if peer.step == "masked_lm" else ())]
    made_of = [*(path.read_bytes() for path in read), repr(PACKAGES[peer.environment]).encode()]
    name = f"{peer.environment}.{peer.step}.{sha256(b''.join(made_of)).hexdigest()[:12]}"
    outputs, rate = OUTPUTS / f"{name}.jsonl", OUTPUTS / f"{name}.rate"
    if options.fresh or not rate.exists():
        print(f"running {peer.column}: {peer.step}", file=sys.stderr)
        command = [interpreter(peer.environment), "-m", f"benchmarks.peers.{peer.environment}", str(corpus), peer.step]
        limits = ["--seconds", str(SECONDS), "--calls", *map(str, VARIANTS), "--call-rows", str(VARIANT_ROWS)]
        rate.write_text(run([*command, "--write", str(outputs), *limits]).stdout.splitlines()[-1])
    return Result(peer.column, outputs, float(rate.read_text()))


def peers_model() -> Path:
    """The masked language model of augcli as every library reads it."""
    folder = CACHE / "models" / f"masked_lm_en-{MASKED_LM.sha256()[:12]}"
    if not folder.exists():
        import torch
        from transformers import AutoTokenizer

        shipped = MASKED_LM.path().parent
        model, _ = load_masked_lm(shipped, torch.float32)
        model.config.augcli_weights = None
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(shipped).save_pretrained(folder)
    return folder


def yields(lines: Sequence[dict[str, Any]]) -> dict[str, str]:
    """How many of the variants asked for there are, with words that neither the row nor another variant has."""
    new = [wording(line["output"]) != wording(line["source"]) for line in lines]
    found = {"rows that get a variant": percent(sum(new), len(new))}
    for name in dict.fromkeys(line["set"] for line in lines):
        some = [is_new for line, is_new in zip(lines, new, strict=True) if line["set"] == name]
        found[f"-  {name}"] = percent(sum(some), len(some))
    counts = [line["variants"] for line in lines if "variants" in line]
    for count in VARIANTS:
        made = sum(variants[str(count)] for variants in counts)
        found[f"variants written of {count} per row"] = percent(made, count * len(counts))
    return found


def judge(method: str, results: Iterable[Result], lm_rows: int) -> list[dict[str, str]]:
    """What the judge says of each tool's outputs."""
    files = [str(result.outputs) for result in results]
    command = ["judge_chinese"] if method.startswith("zh_") else ["judge_english", "--lm-rows", str(lm_rows)]
    printed = run([interpreter("judge"), "-m", f"benchmarks.quality.{command[0]}", *command[1:], *files]).stdout
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def compare(method: str, rows: Sequence[dict[str, Any]], options: argparse.Namespace) -> None:
    """Print the table of a method."""
    results: list[Result] = []
    corpus = OUTPUTS / f"{method}.corpus.jsonl"
    write_jsonl(corpus, rows)
    print(f"\n## {method}: {len(rows):,} rows\n", flush=True)
    for column, step in steps_of(method).items():
        try:
            results.append(augcli(method, column, step, rows))
        except RuntimeError as error:
            print(f"{column}: {error}\n")
    results += [beside(peer, corpus, options) for peer in PEERS[method] if peer.environment in options.peers]
    if not results:
        return
    written = [read_jsonl(result.outputs) for result in results]
    if options.lists and method in LISTED:
        by_column = {result.column: lines for result, lines in zip(results, written, strict=True)}
        write_list(options.lists, method, by_column, options.replacements)
    if options.only_lists:
        return
    measures = [
        {**yields(lines), **found, "rows/s": f"{result.rate:,.0f}"}
        for result, lines, found in zip(results, written, judge(method, results, options.judge_rows), strict=True)
    ]
    names = list(dict.fromkeys(chain.from_iterable(measures)))
    print_table(
        ["", *(result.column for result in results)],
        [[name, *(measured.get(name, "") for measured in measures)] for name in names],
    )


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The objects of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_list(folder: Path, method: str, written: Mapping[str, Sequence[dict[str, Any]]], count: int) -> None:
    """Write words replaced, so many of each tool, shuffled; and in a file apart which tools made each."""
    makers: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for column, lines in written.items():
        found = {
            (
                line["set"],
                phrase(pair.before).lower(),
                phrase(pair.after).lower(),
                _marked(aligned, pair.place_before),
            )
            for line in lines
            for aligned in [Alignment(line["source"], line["output"])]
            for pair in aligned.phrases
        }
        for replacement in random.Random(SEED).sample(sorted(found), min(count, len(found))):
            makers[replacement].append(column)
    shuffled = random.Random(SEED).sample(sorted(makers), len(makers))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{method}.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"{at}\t{old} -> {new} | {text}\n" for at, (_, old, new, text) in enumerate(shuffled, 1))
    rows = []
    for at, one in enumerate(shuffled, 1):
        for column in makers[one]:
            tool, _, setting = column.partition(", ")
            rows.append(dict(zip(verdicts.COLUMNS, (str(at), tool, method, setting, *one, "", ""), strict=True)))
    verdicts.write(folder / f"{method}.tsv", rows)


def _marked(aligned: Alignment, place: int) -> str:
    """The source around the word replaced, on one line, with a star before it."""
    start, _ = aligned.source.editable_words[place]
    value = aligned.source.value
    return " ".join(f"{value[max(0, start - AROUND) : start]}*{value[start : start + AROUND]}".split())


def corpus_of(files: Mapping[str, Path], count: int, seed: int) -> list[dict[str, Any]]:
    """`count` rows of each file, drawn by seed; one of each in turn, so that a slow peer does as many of each."""
    drawn = []
    for name, path in files.items():
        texts = sorted({text for text in texts_of(path) if wording(text)})
        drawn.append(
            [{"set": name, "text": text} for text in random.Random(seed).sample(texts, min(count, len(texts)))]
        )
    return [row for rows in zip_longest(*drawn) for row in rows if row]


def _named_file(value: str) -> tuple[str, Path]:
    name, _, path = value.rpartition("=")
    return name or Path(path).stem, Path(path)


def main() -> None:
    """Run, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--corpus",
        nargs="+",
        type=_named_file,
        default=list(CORPORA.items()),
        metavar="NAME=FILE",
        help="JSONL with `text`",
    )
    parser.add_argument(
        "--corpus-zh",
        nargs="+",
        type=_named_file,
        default=list(CORPORA_ZH.items()),
        metavar="NAME=FILE",
        help="the Chinese ones",
    )
    parser.add_argument("--rows", type=int, default=300, help="drawn from each corpus (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), metavar="METHOD", help="default: all")
    parser.add_argument("--peers", nargs="*", choices=ENVIRONMENTS, default=ENVIRONMENTS, help="default: all")
    parser.add_argument("--judge-rows", type=int, default=150, help="for the perplexity (%(default)s)")
    parser.add_argument("--lists", type=Path, metavar="FOLDER", help="write replacements for readers")
    parser.add_argument("--replacements", type=int, default=200, help="of each tool in the lists (%(default)s)")
    parser.add_argument("--only-lists", action="store_true", help="no table")
    parser.add_argument("--seed", type=int, default=SEED, help="of the rows (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="run the peers again, for speeds of the same hour")
    options = parser.parse_args()
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    make_lexicons()
    make_reviews()
    make_chinese()
    if "masked_lm" in options.only:
        ENVIRONMENT["MASKED_LM"] = str(peers_model())
    ENVIRONMENT["OMP_NUM_THREADS"] = "1"
    for method in options.only:
        files = options.corpus_zh if method.startswith("zh_") else options.corpus
        compare(method, corpus_of(dict(files), options.rows, options.seed), options)


if __name__ == "__main__":
    main()
