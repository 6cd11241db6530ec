"""The model and the tokenizer that a training starts with: given, cut to the words of the corpus, or made anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augcli.commands.adapt.corpus import READ
from augcli.config.adapt import Adapt, Scratch
from augcli.errors import ResourceError
from augcli.models.masked_lm import load_masked_lm, tokenizer_of
from augcli.models.pretrained import named_folder

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ALWAYS = (range(0x250), range(0x2010, 0x2123))
"""Latin letters, punctuation, currencies: kept though the corpus may lack them, for a word without one is [UNK]."""
POSITIONS = 512


def tokenizer_for(settings: Adapt, texts: Callable[[], Iterable[str]], scratch: Path) -> Any:
    """The tokenizer to train with; `scratch` is a folder for its files.

    Raises ResourceError when the model has none that will do.
    """
    if settings.model is None:
        return _trained_tokenizer(settings.scratch or Scratch(), texts, scratch)
    folder = named_folder(settings.model, settings.revision)
    tokenizer = tokenizer_of(folder)
    if tokenizer.pad_token_id is None:
        raise ResourceError(f"the tokenizer in {folder.resolve()} has no token for padding; add a pad_token to it")
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer


def _trained_tokenizer(shape: Scratch, texts: Callable[[], Iterable[str]], scratch: Path) -> Any:
    """A WordPiece tokenizer as BERT has it."""
    from tokenizers import Tokenizer
    from tokenizers.decoders import WordPiece as Decoder
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from tokenizers.trainers import WordPieceTrainer

    made: Any = Tokenizer(WordPiece(unk_token="[UNK]"))
    made.normalizer = BertNormalizer(lowercase=shape.lowercase)
    made.pre_tokenizer = BertPreTokenizer()
    made.decoder = Decoder()
    # left alone, the trainer numbers these in the order of a hash table: each time another vocabulary
    inner = sorted({f"##{char}" for text in texts() for word in _words(made, text) for char in word[1:]})
    trainer = WordPieceTrainer(vocab_size=shape.vocabulary, special_tokens=[*SPECIAL, *inner], show_progress=False)
    made.train_from_iterator(texts(), trainer)
    between = [(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    made.post_processor = TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", between)
    config = {"tokenizer_class": "BertTokenizerFast", "model_max_length": POSITIONS, "do_lower_case": shape.lowercase}
    config |= dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    data = json.loads(made.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if token["content"] in SPECIAL]
    return _from_files(json.dumps(data), config, scratch)


def _words(tokenizer: Any, text: str) -> Iterator[str]:
    return (word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text)))


def _from_files(tokenizer: str, config: dict[str, Any], scratch: Path) -> Any:
    folder = scratch / "tokenizer"
    folder.mkdir()
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8", newline="\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8", newline="\n")
    return tokenizer_of(folder)


def used_pieces(tokenizer: Any, texts: Iterable[str], size: int) -> list[int]:
    """The special pieces, single characters of Latin texts, and of the others those that the texts use most.

    Raises ResourceError when the tokenizer is not WordPiece.
    """
    if json.loads(tokenizer.backend_tokenizer.to_str())["model"]["type"] != "WordPiece":
        raise ResourceError("adapt.vocabulary cuts WordPiece vocabularies only, and this model has another kind")
    counts = np.zeros(len(tokenizer), np.int64)
    texts = iter(texts)
    while some := list(islice(texts, READ)):
        found = tokenizer.backend_tokenizer.encode_batch(some, add_special_tokens=False)
        counts += np.bincount([piece for encoding in found for piece in encoding.ids], minlength=len(counts))
    vocabulary = tokenizer.get_vocab()
    kept = {number for piece, number in vocabulary.items() if _is_basic_char(piece)} | set(tokenizer.all_special_ids)
    common = (int(number) for number in np.argsort(-counts, kind="stable") if counts[number])
    kept |= set(islice((number for number in common if number not in kept), max(0, size - len(kept))))
    return sorted(kept)


def _is_basic_char(piece: str) -> bool:
    """Whether a piece is one character of those that every vocabulary keeps."""
    char = piece.removeprefix("##") if len(piece) > 2 else piece
    return len(char) == 1 and any(ord(char) in block for block in ALWAYS)


def trimmed_tokenizer(tokenizer: Any, kept: list[int], scratch: Path) -> Any:
    """The WordPiece tokenizer with these pieces only, numbered anew."""
    data = json.loads(tokenizer.backend_tokenizer.to_str())
    number = {old: new for new, old in enumerate(kept)}
    data["model"]["vocab"] = {piece: number[old] for piece, old in data["model"]["vocab"].items() if old in number}
    data["added_tokens"] = [{**token, "id": number[token["id"]]} for token in data["added_tokens"]]
    processor = data["post_processor"]
    for token in processor.get("special_tokens", {}).values():
        token["ids"] = [number[old] for old in token["ids"]]
    for key in ("cls", "sep"):
        if key in processor:
            processor[key][1] = number[processor[key][1]]
    tokenizer.save_pretrained(scratch / "whole")
    config = json.loads((scratch / "whole" / "tokenizer_config.json").read_text(encoding="utf-8"))
    config.pop("added_tokens_decoder", None)
    return _from_files(json.dumps(data), config, scratch)


def model_for(settings: Adapt, tokenizer: Any, kept: list[int] | None) -> tuple[Any, list[str]]:
    """The model to train, and the names of the weights of its head that are new.

    Raises ResourceError when the given one has no head and is not to get one.
    """
    import torch

    if settings.model is None:
        model = _scratch_model(settings.scratch or Scratch(), tokenizer)
        fresh = [name for name, _ in model.cls.named_parameters(prefix="cls")]
    else:
        folder = named_folder(settings.model, settings.revision)
        model, fresh = load_masked_lm(folder, torch.float32)
        _refuse_missing(folder, model.base_model_prefix, fresh, settings)
        if kept:
            _trim(model, kept, tokenizer)
    if settings.dropout is not None:
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = settings.dropout
    return model, fresh


def log_shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Logarithm of the share of each piece, with one added to each count."""
    shares: NDArray[np.float64] = np.log((counts + 1) / (counts + 1).sum())
    return shares


def _scratch_model(shape: Scratch, tokenizer: Any) -> Any:
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            num_hidden_layers=shape.layers,
            hidden_size=shape.hidden,
            num_attention_heads=shape.heads,
            intermediate_size=4 * shape.hidden,
            max_position_embeddings=POSITIONS,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _refuse_missing(folder: Path, base: str, missing: list[str], settings: Adapt) -> None:
    listed = ", ".join(missing)
    if any(name.startswith(f"{base}.") for name in missing):
        raise ResourceError(f"{folder.resolve()} is not whole: it lacks the weights {listed}")
    if missing and not settings.new_head:
        raise ResourceError(
            f"{folder.resolve()} cannot fill in masks: it lacks the weights {listed}; "
            "set adapt.new_head: true to give it a new head"
        )


def _trim(model: Any, kept: list[int], tokenizer: Any) -> None:
    """Keep only the rows of these pieces in the embeddings and in the head."""
    import torch

    inner, outer = model.get_input_embeddings(), model.get_output_embeddings()
    weights = {id(weight): weight for weight in (inner.weight, outer.weight, outer.bias) if weight is not None}
    with torch.no_grad():
        for weight in weights.values():
            weight[: len(kept)] = weight[kept].clone()
    model.resize_token_embeddings(len(kept))
    for name in ("pad", "bos", "eos", "cls", "sep"):
        if getattr(model.config, f"{name}_token_id", None) is not None:
            setattr(model.config, f"{name}_token_id", getattr(tokenizer, f"{name}_token_id"))


def start_head(model: Any, fresh: list[str], shares: NDArray[np.float64]) -> None:
    """Let a new head pass on what the encoder says of its place, and begin with the share of each piece."""
    import torch

    outer = model.get_output_embeddings()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name in fresh and weight.ndim == 2 and weight.shape[0] == weight.shape[1]:
                torch.nn.init.eye_(weight)
        if outer.bias is not None:
            outer.bias.fill_(float(shares.min()))  # some models have room for more pieces than their tokenizer has
            outer.bias[: len(shares)] = torch.from_numpy(shares)
