"""Translation models of a few kilobytes, with real tokenizers, trained until sentences end. They speak nonsense."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.helpers import ROOT

SIZE: dict[str, Any] = {
    "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 128, "dropout": 0.0,
}  # fmt: skip
STEPS = 60


def corpus() -> list[str]:
    """Real sentences."""
    with (ROOT / "sample_data" / "banking77.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file][:300]


def _sentencepiece(folder: Path) -> list[str]:
    """A model of pieces in `folder`, and its pieces."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()),
        model_prefix=str(folder / "pieces"),
        vocab_size=300,
        num_threads=1,
        minloglevel=2,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "pieces.model"))
    return [pieces.id_to_piece(number) for number in range(3, pieces.get_piece_size())]


def _vocabulary(folder: Path, pieces: Sequence[str]) -> str:
    file = folder / "vocabulary.json"
    file.write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}), encoding="utf-8")
    return str(file)


def marian(folder: Path, seed: int, codes: Sequence[str] = ()) -> Path:
    """A MarianMT model in `folder`; to several languages, where `codes` (>>fra<<) are given."""
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True)
    pieces = ["</s>", "<unk>", *_sentencepiece(folder), *codes, "<pad>"]
    spm = str(folder / "pieces.model")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokenizer = MarianTokenizer(spm, spm, _vocabulary(folder, pieces))
    padding = len(pieces) - 1
    torch.manual_seed(seed)
    config = MarianConfig(
        vocab_size=len(pieces), pad_token_id=padding, eos_token_id=0, bos_token_id=0, decoder_start_token_id=padding,
        forced_eos_token_id=0, **SIZE,
    )  # fmt: skip
    return _saved(folder, MarianMTModel(config), tokenizer)


def m2m100(folder: Path, seed: int) -> Path:
    """An M2M100 model in `folder`, made where there is none yet."""
    if folder.is_dir():
        return folder
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    folder.mkdir(parents=True)
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *_sentencepiece(folder)]
    tokenizer = M2M100Tokenizer(_vocabulary(folder, pieces), str(folder / "pieces.model"), src_lang="en")
    torch.manual_seed(seed)
    config = M2M100Config(vocab_size=tokenizer.get_lang_id("zu") + 9, **SIZE)
    return _saved(folder, M2M100ForConditionalGeneration(config), tokenizer)


def nllb(folder: Path, seed: int) -> Path:
    """An NLLB model in `folder`."""
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    folder.mkdir(parents=True)
    letters = sorted({letter for text in corpus() for letter in text} | {"▁"})
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *letters]
    tokenizer = NllbTokenizer({piece: number for number, piece in enumerate(pieces)}, [], src_lang="eng_Latn")
    torch.manual_seed(seed)
    model = M2M100ForConditionalGeneration(M2M100Config(vocab_size=len(tokenizer), **SIZE))
    return _saved(folder, model, tokenizer)


def _saved(folder: Path, model: Any, tokenizer: Any) -> Path:
    import torch

    torch.set_num_threads(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    texts = corpus()
    for step in range(STEPS):
        start = step * 16 % 256
        batch = tokenizer(texts[start : start + 16], return_tensors="pt", padding=True)
        labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
        model(**batch, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.generation_config.exponential_decay_length_penalty = (6, 1.3)  # so that each sentence ends
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for file in (folder / "pieces.model", folder / "pieces.vocab", folder / "vocabulary.json"):
        file.unlink(missing_ok=True)
    return folder


def converted(folder: Path, model: Path) -> Path:
    """A model converted for CTranslate2."""
    from ctranslate2.converters import TransformersConverter

    files = [file.name for file in model.iterdir() if file.suffix in {".spm", ".model"} or "vocab" in file.name]
    converter = TransformersConverter(str(model), copy_files=[*files, "tokenizer_config.json"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Path(converter.convert(str(folder)))
