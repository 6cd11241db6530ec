"""Small models of every architecture, with random weights and real tokenizers trained on the sample data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tests.support.helpers import ROOT

WINDOW = 64
SIZE: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
SPECIAL: dict[str, dict[str, str]] = {
    "bert": {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"},
    "roberta": {"cls": "<s>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"},
}


def texts(language: str) -> list[str]:
    """Real texts to train tokenizers on."""
    english = ("banking77", "snips") if language != "zh" else ()
    names = [*english, *(("crosswoz_zh",) if language != "en" else ())]
    lines = (line for name in names for line in (ROOT / f"sample_data/{name}.jsonl").read_bytes().splitlines())
    return [orjson.loads(line)["text"] for line in lines]


def wordpiece(language: str = "en", *, lowercase: bool = True) -> transformers.PreTrainedTokenizerFast:
    """As BERT has it: pieces inside a word begin with ##; Chinese characters stand alone."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=3000, special_tokens=list(SPECIAL["bert"].values()))
    return _trained(tokenizer, trainer, language, "bert")


def byte_pairs() -> transformers.PreTrainedTokenizerFast:
    """As RoBERTa has it: the blank before a word is part of its first piece."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = list(SPECIAL["roberta"].values())
    trainer = trainers.BpeTrainer(vocab_size=3000, special_tokens=special, initial_alphabet=alphabet)
    return _trained(tokenizer, trainer, "en", "roberta")


def unigram(language: str = "en", kind: str = "bert") -> transformers.PreTrainedTokenizerFast:
    """As ALBERT and XLM-R have it: the first piece of a word begins with a low line."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = list(SPECIAL[kind].values())
    trainer = trainers.UnigramTrainer(vocab_size=2000, special_tokens=special, unk_token=SPECIAL[kind]["unk"])
    return _trained(tokenizer, trainer, language, kind)


def _trained(tokenizer: Tokenizer, trainer: Any, language: str, kind: str) -> transformers.PreTrainedTokenizerFast:
    tokenizer.train_from_iterator(texts(language), trainer)
    special = SPECIAL[kind]
    cls, sep = special["cls"], special["sep"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls} $A {sep}", pair=f"{cls} $A {sep} $B {sep}",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (cls, sep)],
    )  # fmt: skip
    named: dict[str, Any] = {f"{name}_token": token for name, token in special.items()}
    named["mask_token"] = AddedToken(special["mask"], lstrip=kind == "roberta")
    made: Any = transformers.PreTrainedTokenizerFast
    return made(tokenizer_object=tokenizer, model_max_length=WINDOW, **named)  # type: ignore[no-any-return]


def _masked_lm(kind: str) -> tuple[Any, transformers.PreTrainedTokenizerFast]:
    t: Any = transformers
    match kind:
        case "bert" | "bert-cased":
            tokenizer = wordpiece(lowercase=kind == "bert")
            config: Any = t.BertConfig(**SIZE, vocab_size=len(tokenizer), max_position_embeddings=WINDOW)
        case "chinese-bert" | "bilingual-bert":
            tokenizer = wordpiece("zh" if kind == "chinese-bert" else "both")
            config = t.BertConfig(**SIZE, vocab_size=len(tokenizer), max_position_embeddings=WINDOW)
        case "roberta":
            tokenizer = byte_pairs()
            config = t.RobertaConfig(**SIZE, vocab_size=len(tokenizer), max_position_embeddings=WINDOW + 2)
        case "xlm-roberta" | "xlm-roberta-zh":
            tokenizer = unigram("zh" if kind.endswith("zh") else "en", "roberta")
            config = t.XLMRobertaConfig(**SIZE, vocab_size=len(tokenizer), max_position_embeddings=WINDOW + 2)
        case "albert":
            tokenizer = unigram()
            size = {**SIZE, "embedding_size": 16}
            config = t.AlbertConfig(**size, vocab_size=len(tokenizer), max_position_embeddings=WINDOW)
        case "distilbert":
            tokenizer = wordpiece()
            config = t.DistilBertConfig(
                dim=32, n_layers=2, n_heads=2, hidden_dim=64, vocab_size=len(tokenizer), max_position_embeddings=WINDOW
            )
        case "electra":
            tokenizer = wordpiece()
            size = {**SIZE, "embedding_size": 16}
            config = t.ElectraConfig(**size, vocab_size=len(tokenizer), max_position_embeddings=WINDOW)
        case "modernbert":
            tokenizer = byte_pairs()
            config = t.ModernBertConfig(**SIZE, vocab_size=len(tokenizer), max_position_embeddings=WINDOW)
    config.pad_token_id = tokenizer.pad_token_id
    for name in ("bos", "cls"):
        setattr(config, f"{name}_token_id", tokenizer.cls_token_id)
    for name in ("eos", "sep"):
        setattr(config, f"{name}_token_id", tokenizer.sep_token_id)
    return t.AutoModelForMaskedLM.from_config(config), tokenizer


MASKED = ("bert", "bert-cased", "roberta", "xlm-roberta", "albert", "distilbert", "electra", "modernbert")
"""The architectures of English models."""
CHINESE = ("chinese-bert", "xlm-roberta-zh")


@cache
def masked_lm_folder(kind: str) -> Path:
    """The folder of a small masked language model, saved by the public API."""
    folder = Path(mkdtemp(prefix=f"augcli-{kind}-"))
    torch.manual_seed(0)
    model, tokenizer = _masked_lm(kind)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
