"""Speed of `masked_lm` beside a bare forward on ideal batches, nlpaug and TextAttack, on a model as large as BERT-base.

Its weights are random, which costs the same. All have one core, or one GPU. Further, what other precisions do to the
outputs of the model that comes with augcli, and how well that one fills in words of texts that it was not trained on.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from augcli.language.resources import MASKED_LM
from augcli.models.device import contained
from benchmarks.common.environments import CACHE, interpreter
from benchmarks.common.measure import (
    ENVIRONMENT,
    PYTHON,
    ROOT,
    augment,
    distinct,
    print_table,
    report_of,
    rows_of,
    run,
    write_config,
    write_jsonl,
)

SAMPLES = [ROOT / "sample_data" / f"{name}.jsonl" for name in ("snips", "banking77")]
BASE = CACHE / "models" / "base"
PIECES = 30522
FEW = 100
"""Rows of a run whose time is taken off, so that start-up and loading do not count."""
SHARE = 0.1
"""Of the words that are masked."""
PEERS = ["nlpaug", "textattack"]
ONE_CORE = {"OMP_NUM_THREADS": "1", "MASKED_LM": str(BASE)}


def make_base() -> None:
    """A model of the size of BERT-base, with the tokenizer of augcli's own and pieces that are unused."""
    if BASE.exists():
        return
    from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

    AutoTokenizer.from_pretrained(MASKED_LM.path().parent).save_pretrained(BASE)
    tokenizer = json.loads((BASE / "tokenizer.json").read_bytes())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary |= {f"[unused{number}]": number for number in range(len(vocabulary), PIECES)}
    (BASE / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    BertForMaskedLM(BertConfig(vocab_size=PIECES)).save_pretrained(BASE)


@contained()
def bare(texts: Sequence[str], precision: str, device: str) -> float:
    """Rows per second of nothing but forwards: one masking per text, sorted by length, the head on the masks only."""
    import torch

    from augcli.models.device import batches, dtype, ready_to_predict
    from augcli.models.device import device as place_of
    from augcli.models.masked_lm import Frame, gather_states, load_masked_lm

    place = place_of(device)
    kind: Any = precision
    model = ready_to_predict(load_masked_lm(BASE, dtype(kind, place))[0], kind, place)
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(BASE)
    frame, draw = Frame.of(tokenizer), random.Random(0)
    rows = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    ready = []
    for numbers in batches([len(row) + 2 for row in rows], 2048):
        pieces, where, places = [], [], []
        longest = max(len(rows[number]) for number in numbers)
        for at, number in enumerate(numbers):
            row = list(rows[number])
            for hit in draw.sample(range(len(row)), max(1, int(SHARE * len(row)))):
                row[hit] = tokenizer.mask_token_id
                where.append(at)
                places.append(hit + 1)
            pieces.append(frame.around(row) + [0] * (longest - len(row)))
        ready.append((torch.tensor(pieces, device=place), where, places))
    done: list[float] = []
    for _ in range(2):  # the first pass warms up
        began = time.perf_counter()
        with torch.inference_mode():
            for pieces_of, where, places in ready:
                with gather_states(model, where, places):
                    best = model(input_ids=pieces_of, attention_mask=(pieces_of != 0).long()).logits[0].topk(10, -1)
        best.values.cpu()
        done.append(len(rows) / (time.perf_counter() - began))
    return done[-1]


def augcli(texts: Sequence[str], variants: int, step: dict[str, Any], device: str, folder: Path) -> float:
    """Variants per second from file to file, without start-up and loading."""
    seconds = {}
    for count in (FEW, len(texts)):
        source, target, config = folder / "rows.jsonl", folder / "out.jsonl", folder / "config.yaml"
        write_jsonl(source, rows_of(texts, count))
        write_config(config, source, target, [{"masked_lm": {"rate": SHARE, "min_probability": 0.0, **step}}], variants)
        augment(config, "--workers", "1", "--device", device)
        report = report_of(target)
        seconds[count] = float(report["run"]["seconds"])
    return (len(texts) - FEW) * variants / (seconds[len(texts)] - seconds[FEW])


def peer(name: str, corpus: Path) -> float:
    """Variants per second of a peer, in memory, after a warm-up."""
    command = [interpreter(name), "-m", f"benchmarks.peers.{name}", str(corpus), "masked_lm", "--seconds", "15"]
    return float(json.loads(run(command).stdout.splitlines()[-1]))


def speeds(texts: Sequence[str], options: argparse.Namespace, folder: Path) -> None:
    """Print how fast all are."""
    corpus = folder / "corpus.jsonl"
    write_jsonl(corpus, ({"text": text} for text in texts))
    cases = [
        (f"{masking}, {variants} per row", variants, masking) for masking in ("joint", "none") for variants in (1, 4)
    ]
    floors: list[float] = []
    rates: dict[str, list[tuple[float, float]]] = {}
    for _ in range(options.rounds):
        command = [PYTHON, "-m", "benchmarks.speed.masked_lm", "--bare", str(corpus), "--device", options.device]
        floor = float(run(command).stdout.splitlines()[-1])
        floors.append(floor)
        for name, variants, masking in cases:
            made = augcli(texts, variants, {"model": str(BASE), "masking": masking}, options.device, folder)
            rates.setdefault(f"augcli, masking {name}", []).append((made, made / floor))
        for name in options.peers:
            made = peer(name, corpus)
            rates.setdefault(name, []).append((made, made / floor))
    print(f"\n## Speed: {len(texts):,} rows, BERT-base (random weights), device {options.device}, one core\n")
    lines = [["bare forward, 1 per row", f"{median(floors):,.1f}", "", *("" for _ in options.peers)]]
    for name, found in rates.items():
        beside = [
            f"{median(one[0] / other[0] for one, other in zip(found, rates[peer_name], strict=True)):,.0f} x"
            for peer_name in options.peers
        ]
        made, share = median(one for one, _ in found), median(share for _, share in found)
        lines.append([name, f"{made:,.1f}", f"{share:.0%}", *beside])
    print_table(["", "variants/s", "of the bare forward", *(f"times {name}" for name in options.peers)], lines)


def precisions(texts: Sequence[str], options: argparse.Namespace, folder: Path) -> None:
    """Print what other precisions cost with the model that comes with augcli, and what they do to its outputs."""
    outputs, speed = {}, {}
    for precision in ("float32", "bfloat16", "int8") if options.device == "cpu" else ("float32", "bfloat16", "float16"):
        speed[precision] = augcli(texts, 1, {"precision": precision}, options.device, folder)
        rows = map(orjson.loads, (folder / "out.jsonl").read_bytes().splitlines())
        outputs[precision] = {row["aug_source"]: row["text"] for row in rows if row["aug_chain"]}
    exact = outputs["float32"]
    print(f"\n## Precision: augcli's own model, {len(texts):,} rows, device {options.device}\n")
    lines = []
    for precision, made in outputs.items():
        same = sum(exact.get(source) == text for source, text in made.items()) / len(made)
        times = speed[precision] / speed["float32"]
        lines.append([precision, f"{speed[precision]:,.1f}", f"{times:.2f} x", f"{same:.0%}"])
    print_table(["", "variants/s", "of float32", "outputs as with float32"], lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows",
        type=int,
        default=500,
        help="different texts, those of the sample data first; some 20000 on a GPU (%(default)s)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is printed (%(default)s)")
    parser.add_argument("--peers", nargs="*", default=PEERS, help="put under benchmarks/.cache (%(default)s)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (%(default)s)")
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        texts = [orjson.loads(line)["text"] for line in options.bare.read_bytes().splitlines()]
        print(bare(texts, "auto", options.device))
        return
    os.environ |= ONE_CORE
    ENVIRONMENT.update(ONE_CORE)
    make_base()
    found = [orjson.loads(line)["text"] for path in SAMPLES for line in path.read_bytes().splitlines()]
    different = sorted(set(found))
    texts = distinct(random.Random(1).sample(different, len(different)), options.rows)
    with tempfile.TemporaryDirectory() as temporary:
        speeds(texts, options, Path(temporary))
        precisions(texts, options, Path(temporary))


if __name__ == "__main__":
    main()
