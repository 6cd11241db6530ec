"""What checks with scores cost for each variant, and `perplexity` beside the bare forward on ideal batches.

Texts of BANKING77 in `sample_data` and variants of them with two words swapped; the model that comes along. One core,
by its own seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from augcli.checks.check import ScoreCheck
from augcli.checks.models import Perplexity, Similarity
from augcli.checks.scores import EditDistance, Grammar, Language
from augcli.language.resources import MASKED_LM
from augcli.models.device import batches, contained
from augcli.models.masked_lm import gather_states
from augcli.models.perplexity import MaskedLM
from augcli.process import set_variables
from augcli.run.survey.near_duplicates import Bands
from benchmarks.common.measure import ROOT, distinct, print_table

CHECKS: dict[str, ScoreCheck] = {
    "edit_distance": EditDistance(),
    "grammar": Grammar(),
    "language": Language(),
    "similarity": Similarity(device="cpu"),
    "perplexity": Perplexity(device="cpu"),
}


def swapped(text: str, seed: int) -> str:
    """A text with two neighbouring words swapped."""
    words = text.split()
    at = random.Random(seed).randrange(max(1, len(words) - 1))
    words[at : at + 2] = reversed(words[at : at + 2])
    return " ".join(words)


def bare_seconds(model: MaskedLM, texts: Sequence[str]) -> float:
    """What the bare model takes for the same masks: batches ready, nothing but its forward."""
    encoded = model._encode(texts)
    rows = []
    for text, tokens in enumerate(encoded["input_ids"]):
        rows += model._hidden(text, tokens, encoded.word_ids(text))
    ready = []
    for some in batches([len(row.tokens) for row in rows], 2048):
        chosen = [rows[row] for row in some]
        ready.append(
            (
                model._inputs([row.tokens for row in chosen], max(len(row.tokens) for row in chosen)),
                [row.place for row in chosen],
            )
        )
    began = time.process_time()
    _forward(model, ready)
    return time.process_time() - began


@contained()
def _forward(model: MaskedLM, ready: Sequence[tuple[dict[str, Any], list[int]]]) -> None:
    import torch

    with torch.inference_mode():
        for inputs, places in ready:
            with gather_states(model._network, [*range(len(places))], places):
                model._network(**inputs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300, help="different texts of BANKING77 (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is printed (%(default)s)")
    options = parser.parse_args()
    set_variables()
    lines = (ROOT / "sample_data" / "banking77.jsonl").read_bytes().splitlines()
    texts = distinct([json.loads(line)["text"] for line in lines], options.rows)
    variants = [swapped(text, number) for number, text in enumerate(texts)]
    table = []
    for name, check in CHECKS.items():
        check.setup("en")
        check.scores(texts[:5], variants[:5])
        found = []
        for number in range(options.rounds):
            mark = f" {number}{time.time_ns()}" if isinstance(check, Similarity) else ""  # it knows texts from before
            if isinstance(check, Perplexity):
                check._known.clear()
            began = time.process_time()
            check.scores([text + mark for text in texts], [text + mark for text in variants])
            found.append(time.process_time() - began)
        table.append([name, f"{1000 * median(found) / len(texts):.3g}"])
    began = time.process_time()
    Bands("en", 0.8).of(variants)
    table.append(["novelty", f"{1000 * (time.process_time() - began) / len(texts):.3g}"])
    print_table(("check", "ms for a variant and its source"), table)
    model = MaskedLM.load(MASKED_LM.path().parent, "cpu", "float32")
    assert isinstance(model, MaskedLM)
    shares = []
    for _ in range(options.rounds):
        bare = bare_seconds(model, texts)
        began = time.process_time()
        model.log_probabilities(texts)
        shares.append(bare / (time.process_time() - began))
    print(f"\nperplexity: {median(shares):.0%} of the speed of the bare model on ideal batches")


if __name__ == "__main__":
    main()
