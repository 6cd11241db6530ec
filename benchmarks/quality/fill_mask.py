"""How well a masked language model fills in hidden words: 15 % of the words of each text, all pieces of a word.

Beside it the unigram baseline: always the most frequent pieces, as counted in these very texts, which favours it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson

from augcli.commands.adapt.corpus import LabelledText, Masking, batches, read
from augcli.commands.adapt.start import log_shares
from augcli.commands.adapt.training import measure, measure_unigram
from augcli.language.resources import MASKED_LM
from augcli.models.device import contained, device
from augcli.models.masked_lm import masked_lm, tokenizer_of, window_of
from benchmarks.common.measure import print_table

RATE = 0.15
BATCH = 4096


def texts_of(path: Path, rows: int) -> Iterator[LabelledText]:
    """The first texts of a JSONL file."""
    with path.open("rb") as file:
        for _, line in zip(range(rows), file, strict=False):
            yield LabelledText(orjson.loads(line)["text"], "")


@contained()
def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="+", type=Path, help="JSONL files with `text`, best not those trained on")
    parser.add_argument("--model", type=Path, help="folder; without it the model that comes with augcli")
    parser.add_argument("--rows", type=int, default=2000, help="of each file (%(default)s)")
    options = parser.parse_args()
    folder = options.model or MASKED_LM.path().parent
    tokenizer, model = tokenizer_of(folder), masked_lm(folder, device("auto"), "float32")
    masking = Masking.of(tokenizer, [""], RATE)
    lines = []
    for path in options.corpus:
        _, corpus = read(texts_of(path, options.rows), tokenizer, window_of(tokenizer, model) - 2, {"": 0}, 1.0)
        rng = np.random.default_rng(0)
        masked = [masking(corpus, numbers, rng, plain=True) for numbers in batches(corpus.lengths, BATCH, rng)]
        found, baseline = measure(model, masked), measure_unigram(log_shares(corpus.counts(len(tokenizer))), masked)
        for name, measured in ((f"{path.parent.name}/{path.name}", found), ("unigram", baseline)):
            cells = f"{measured.top1:.1%}", f"{measured.top5:.1%}", f"{measured.perplexity:,.0f}"
            lines.append([name, f"{measured.pieces:,}", *cells])
    print_table(["", "pieces", "right", "among the first five", "perplexity"], lines)


if __name__ == "__main__":
    main()
