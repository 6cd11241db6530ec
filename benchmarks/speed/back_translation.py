"""Back-translation beside its floors: two bare pipes of apertium, and bare `generate` on batches cut in advance."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from augcli.models.device import batches, contained
from augcli.steps.translation.back_translation import BackTranslation
from augcli.text.rng import Rng
from augcli.text.text import Text
from benchmarks.common.measure import SAMPLE, distinct, print_table, texts_of

PIECES = 8_000
"""An OPUS-MT model has 58,101 pieces and 6 layers; where each step costs less, what is ours weighs more."""
SIZE: dict[str, Any] = {"d_model": 512, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048}
HEADS: dict[str, Any] = {"encoder_attention_heads": 8, "decoder_attention_heads": 8}
LAYERS: dict[str, Any] = {"encoder_layers": 2, "decoder_layers": 2}


def marian(folder: Path, texts: Sequence[str]) -> None:
    """A MarianMT model as wide as OPUS-MT, with random weights and a real tokenizer."""
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True)
    model = str(folder / "trained")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_prefix=model, vocab_size=1000, hard_vocab_limit=False, minloglevel=2
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=f"{model}.model")
    names = ["</s>", "<unk>", *(pieces.id_to_piece(number) for number in range(3, pieces.get_piece_size()))]
    names += [f"filler{number}" for number in range(PIECES - 1 - len(names))] + ["<pad>"]
    (folder / "names.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    MarianTokenizer(f"{model}.model", f"{model}.model", str(folder / "names.json")).save_pretrained(folder)
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=PIECES, pad_token_id=PIECES - 1, eos_token_id=0, bos_token_id=0, decoder_start_token_id=PIECES - 1,
        **SIZE, **HEADS, **LAYERS,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def best(floor: Callable[[], object], ours: Callable[[], object], runs: int) -> tuple[float, float]:
    """The best times of both, run in turn."""
    times = [(seconds(floor), seconds(ours)) for _ in range(runs)]
    return min(time for time, _ in times), min(time for _, time in times)


def pipes(texts: Sequence[str]) -> None:
    """There and back by apertium itself, as one text."""
    sent = "\n\n".join(texts)
    for direction in ("en-eo", "eo-en"):
        command = ["apertium", "-u", direction]
        sent = subprocess.run(command, input=sent, capture_output=True, check=True, text=True).stdout


def translate(step: BackTranslation, texts: Sequence[str]) -> None:
    """There and back by the step."""
    step.edit_batch([Text(text) for text in texts], [Rng(text) for text in texts])


def generate(network: Any, tokenizer: Any, texts: Sequence[str], step: BackTranslation) -> Callable[[], None]:
    """What runs the network on batches like those of the step, which are made now."""
    import torch

    beams = 1 if step.decode == "sample" else step.beams
    place = network.device
    pieces = tokenizer(list(texts))["input_ids"]
    ready = []
    for batch in batches([beams * len(sentence) for sentence in pieces], step.batch_tokens):
        padded = tokenizer.pad({"input_ids": [pieces[number] for number in batch]}, return_tensors="pt").to(place)
        longest = padded["input_ids"].shape[1]
        ready.append((padded, (1 << (2 * longest + 15).bit_length()) - 1))

    def run() -> None:
        with torch.inference_mode():
            for inputs, limit in ready:
                network.generate(
                    **inputs, do_sample=step.decode == "sample", num_beams=beams, num_return_sequences=beams,
                    max_new_tokens=limit, top_k=0,
                )  # fmt: skip

    return run


@contained()
def neural_rows(count: int, runs: int, device: str) -> list[list[str]]:
    """One leg by a model, with beams and drawn, beside bare `generate`."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    from augcli.models.results import Request

    texts = distinct(list(dict.fromkeys(texts_of(SAMPLE))), count)
    found = []
    with TemporaryDirectory() as folder:
        marian(Path(folder) / "en-fr", texts_of(SAMPLE))
        shutil.copytree(Path(folder) / "en-fr", Path(folder) / "fr-en")
        network = AutoModelForSeq2SeqLM.from_pretrained(Path(folder) / "en-fr").to(device).eval()
        network.generation_config.forced_eos_token_id = None
        tokenizer = AutoTokenizer.from_pretrained(Path(folder) / "en-fr")
        for decode, beams in (("beam", 1), ("beam", 4), ("sample", 1)):
            step = BackTranslation.model_validate(
                {"backend": "marian", "model": folder + "/{from}-{to}", "pivots": ["fr"], "decode": decode,
                 "beams": beams, "cache": False, "device": device, "precision": "float32"}
            )  # fmt: skip
            translator = step._translator("en", "fr")
            requests = [Request(text, number) for number, text in enumerate(texts)]
            floor, ours = best(
                generate(network, tokenizer, texts, step),
                lambda translator=translator, requests=requests: list(translator.translate(requests)),  # type: ignore[misc]
                runs,
            )
            found.append(
                [f"marian, {decode} {beams}, {count} sentences", f"{floor:.2f}", f"{ours:.2f}", f"{floor / ours:.2f}"]
            )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each, in turn; the best counts (%(default)s)")
    parser.add_argument("--sentences", type=int, default=48, help="for the model; 0: none (%(default)s)")
    parser.add_argument("--round-trips", type=int, default=2000, help="for apertium; 0: none (%(default)s)")
    parser.add_argument("--device", default="cpu", help="for the model (%(default)s)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    table = []
    if options.round_trips and shutil.which("apertium"):
        corpus = [text for file in (SAMPLE, SAMPLE.with_name("banking77.jsonl")) for text in texts_of(file)]
        count = options.round_trips
        texts = distinct(corpus, count)
        step = BackTranslation(pivots=["eo"])
        step.setup("en")
        floor, ours = best(lambda: pipes(texts), lambda: translate(step, texts), options.runs)
        table.append([f"apertium en-eo-en, {count} texts", f"{floor:.2f}", f"{ours:.2f}", f"{floor / ours:.2f}"])
    if options.sentences:
        table += neural_rows(options.sentences, options.runs, options.device)
    print_table(["work", "floor, seconds", "augcli, seconds", "floor / augcli"], table)


if __name__ == "__main__":
    main()
