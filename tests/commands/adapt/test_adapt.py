from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from augcli.commands.adapt.command import adapt
from augcli.commands.adapt.corpus import Corpus, Masking, batches, read
from augcli.commands.adapt.page import page, usage
from augcli.commands.adapt.result import AdaptResult
from augcli.commands.adapt.training import CHECKPOINT, Training
from augcli.config.adapt import AdaptConfig
from augcli.config.config import Options
from augcli.config.load import load_training
from augcli.errors import ConfigError, DataError, ResourceError
from augcli.models.classifiers.transformer import Transformer
from augcli.models.encoder import encoder_of
from augcli.models.masked_lm import Frame, load_masked_lm, masked_lm, round_weight, tokenizer_of
from augcli.models.teachers.teacher import Teacher
from tests.support.examples import snips
from tests.support.helpers import ROOT, SNIPS, augcli, rows, until_stopped, write_config
from tests.support.running import called

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

CPU = torch.device("cpu")
TINY = {"vocabulary": 300, "layers": 2, "hidden": 32, "heads": 2}
QUICK = {"epochs": 4, "batch_tokens": 256, "evaluations": 4, "validation": 0.2, "learning_rate": 5e-3, "dropout": 0.0}


def config_in(folder: Path, rows: dict[str, Any] | None = None, **keys: Any) -> Path:
    """A config in `folder` that trains on the English sample."""
    adapting = {"output": str(folder / "model"), **QUICK, **keys}
    if "model" not in keys:
        adapting.setdefault("scratch", TINY)
    said = {"seed": 3, "input": {"path": str(SNIPS), "text": "text", **(rows or {})}, "adapt": adapting}
    file = folder / "adapt.yaml"
    file.write_text(json.dumps(said), encoding="utf-8")
    return file


def adapted_in(folder: Path, rows: dict[str, Any] | None = None, **keys: Any) -> AdaptResult:
    folder.mkdir(exist_ok=True)
    return adapt(load_training(AdaptConfig, config_in(folder, rows, **keys)), Options(quiet=True), 1, "cpu")


def hashes(folder: Path) -> dict[str, str]:
    """Of the files that do not tell the time."""
    return {
        file.name: sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name not in ("report.html", "report.json", "README.md")
    }


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> AdaptResult:
    """A model from scratch."""
    return adapted_in(tmp_path_factory.mktemp("base"))


def test_from_scratch_beats_itself_and_the_unigrams(base: AdaptResult) -> None:
    assert base.after.perplexity < 0.95 * base.before.perplexity
    assert base.after.perplexity < base.unigram.perplexity
    assert base.before.perplexity == pytest.approx(base.unigram.perplexity, rel=0.1)  # the head begins with the shares
    names = {file.name for file in base.output.iterdir()}
    files = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert names == {*files, "README.md", "report.html", "report.json"}
    assert sorted(entry.name for entry in base.output.parent.iterdir()) == ["adapt.yaml", "model"]


def test_the_folder_is_a_normal_model(base: AdaptResult) -> None:
    model = transformers.AutoModelForMaskedLM.from_pretrained(base.output)
    tokenizer = transformers.AutoTokenizer.from_pretrained(base.output)
    assert len(tokenizer) == model.config.vocab_size == 300
    assert tokenizer.convert_ids_to_tokens(tokenizer("Play [MASK]!")["input_ids"])[-4:] == [
        "play", "[MASK]", "!", "[SEP]",
    ]  # fmt: skip
    ours, trained = masked_lm(base.output, CPU, "auto"), base.training.model.eval()
    pieces = torch.tensor([tokenizer("play some [MASK]")["input_ids"]])
    assert torch.equal(ours(pieces).logits, model.eval()(pieces).logits)
    assert torch.equal(ours(pieces).logits, trained(pieces).logits)


def test_the_folder_becomes_an_encoder_a_classifier_and_a_teacher(base: AdaptResult) -> None:
    folder, some = str(base.output), snips(20)
    assert encoder_of(folder, "en", "cpu").of(some.texts, -1).shape == (20, 32)
    trained = Transformer(model=folder, device="cpu", epochs=1).fit(some, snips(10, 60), 0)
    assert trained.probabilities(some.texts).shape == (20, 2)
    teacher = Teacher.fine_tune(folder, "en", "cpu", some.texts, some.labels, [0, 1] * 10, [*range(20)], 0)
    assert teacher.chosen == f"{folder}, fine-tuned"


def test_the_model_that_comes_along_can_be_adapted(tmp_path: Path) -> None:
    done = called("check", ROOT / "configs/adapt_task.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with pytest.raises(ResourceError, match="there is no folder masked-lms, and no model of that name"):
        adapted_in(tmp_path / "a", model="masked-lms")


def test_going_on_makes_it_better(base: AdaptResult, tmp_path: Path) -> None:
    further = adapted_in(tmp_path, model=str(base.output), epochs=6)
    assert further.before.perplexity == pytest.approx(base.after.perplexity)
    assert further.after.perplexity < 0.95 * base.after.perplexity


@pytest.mark.slow
def test_the_same_twice_whatever_the_hash_seed(base: AdaptResult, tmp_path: Path) -> None:
    done = augcli("adapt", config_in(tmp_path), "--workers", "1", cwd=tmp_path, env={"PYTHONHASHSEED": "5"})
    assert done.returncode == 0, done.stderr
    assert b"perplexity" in done.stderr
    assert not done.stdout
    assert hashes(tmp_path / "model") == hashes(base.output)


STOPPING = """
import os, signal
from augcli.commands.adapt.training import Training
from augcli.cli.main import entry
save = Training._save
Training._save = lambda training: (save(training), os.kill(os.getpid(), signal.SIGSTOP))
entry()
"""


def killed_at_a_checkpoint(folder: Path, how: signal.Signals) -> int:
    """The exit code of a training that was ended when it had written its first checkpoint."""
    command = [sys.executable, "-c", STOPPING, "adapt", str(config_in(folder)), "--workers", "1"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
        until_stopped(process)
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        return process.wait()


@pytest.mark.unix
@pytest.mark.parametrize(("how", "code"), [("SIGKILL", -9), pytest.param("SIGINT", 130, marks=pytest.mark.slow)])
def test_goes_on_after_an_interruption_and_ends_the_same(
    base: AdaptResult, tmp_path: Path, how: str, code: int
) -> None:
    assert killed_at_a_checkpoint(tmp_path, signal.Signals[how]) == code
    assert not (tmp_path / "model").exists()
    further = adapted_in(tmp_path)
    assert further.resumed > 0
    assert hashes(further.output) == hashes(base.output)
    curves = [[point.measured for point in one.training.state.points] for one in (further, base)]
    assert curves[0] == curves[1]
    assert not (tmp_path / ".model.work").exists()


def interrupted_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt a training behind its first checkpoint."""

    save = Training._save

    def save_and_stop(training: Training) -> None:
        save(training)
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "_save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        adapted_in(folder)
    monkeypatch.undo()
    assert list((folder / ".model.work").glob(f"*/{CHECKPOINT}"))


def test_a_changed_config_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_in(tmp_path, monkeypatch)
    further = adapted_in(tmp_path, epochs=1)
    assert not further.resumed
    assert "changed" in further.notes[0]


def test_fresh_ignores_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_in(tmp_path, monkeypatch)
    anew = adapt(load_training(AdaptConfig, config_in(tmp_path, epochs=1)), Options(quiet=True, fresh=True), 1, "cpu")
    assert not anew.resumed
    assert not anew.notes


def test_conditioned_on_the_label(tmp_path: Path) -> None:
    told = adapted_in(tmp_path, {"label": "label"}, label=True)
    assert len(told.training.masking.labels) == len(told.survey.labels) > 1
    assert told.after.perplexity < told.before.perplexity
    assert "label before each text" in (told.output / "README.md").read_text()


@pytest.mark.parametrize("weights", ["float16", "int8"])
def test_smaller_weights(base: AdaptResult, tmp_path: Path, weights: str) -> None:
    small = adapted_in(tmp_path, model=str(base.output), epochs=1, weights=weights)
    ours, trained = masked_lm(small.output, CPU, "auto"), small.training.model.eval()
    pieces = torch.tensor([small.tokenizer("play some [MASK]")["input_ids"]])
    assert torch.allclose(ours(pieces).logits, trained(pieces).logits, atol=1e-5)  # what is measured is what is saved
    best = small.training.state.points[small.training.state.best].measured
    assert small.after.perplexity == pytest.approx(best.perplexity, rel=0.02)
    sizes = [(one.output / "model.safetensors").stat().st_size for one in (small, base)]
    assert sizes[0] < {"float16": 0.6, "int8": 0.45}[weights] * sizes[1]
    further = adapted_in(tmp_path / "further", model=str(small.output), epochs=1)
    assert further.before.perplexity == pytest.approx(small.after.perplexity)


def test_rounding_twice_is_rounding_once() -> None:
    weight = torch.randn(50, 7, generator=torch.Generator().manual_seed(1)) * torch.logspace(-6, 2, 50)[:, None]
    once = round_weight(weight, "int8")
    assert torch.allclose(round_weight(once, "int8"), once, rtol=1e-6, atol=0)
    assert ((once - weight).abs() <= weight.abs().amax(1, keepdim=True) / 127 * 0.51).all()


def test_fewer_pieces(base: AdaptResult, tmp_path: Path) -> None:
    small = adapted_in(tmp_path, model=str(base.output), epochs=1, vocabulary=250)
    assert len(small.tokenizer) == small.training.model.config.vocab_size == 250
    loaded = tokenizer_of(small.output)
    assert loaded.get_vocab() == small.tokenizer.get_vocab()
    assert masked_lm(small.output, CPU, "auto").get_output_embeddings().weight.shape[0] == 250
    for text in ("Play some music", "xyz", "caf\u00e9"):
        whole, cut = base.tokenizer(text)["input_ids"], loaded(text)["input_ids"]
        assert base.tokenizer.decode(whole) == loaded.decode(cut)


def test_pieces_keep_their_embeddings(base: AdaptResult, tmp_path: Path) -> None:
    small = adapted_in(tmp_path, model=str(base.output), epochs=1, vocabulary=250, learning_rate=1e-12)
    rows = [
        base.tokenizer.get_vocab()[piece]
        for piece, _ in sorted(small.tokenizer.get_vocab().items(), key=lambda x: x[1])
    ]
    before, after = base.training.model, small.training.model
    for part in ("get_input_embeddings", "get_output_embeddings"):
        old, new = getattr(before, part)(), getattr(after, part)()
        assert torch.allclose(new.weight, old.weight[rows], atol=1e-5)
    assert torch.allclose(new.bias, old.bias[rows], atol=1e-5)
    assert after.get_input_embeddings().weight is after.get_output_embeddings().weight


def without_head(base: AdaptResult, folder: Path) -> Path:
    model = transformers.BertModel.from_pretrained(base.output, add_pooling_layer=False)
    model.save_pretrained(folder)
    base.tokenizer.save_pretrained(folder)
    return folder


def test_a_model_without_a_head_is_refused_or_gets_one(base: AdaptResult, tmp_path: Path) -> None:
    encoder = without_head(base, tmp_path / "encoder")
    with pytest.raises(ResourceError, match=r"lacks the weights cls\.predictions\.bias.*new_head: true"):
        adapted_in(tmp_path / "a", model=str(encoder))
    with pytest.raises(ResourceError, match="lacks the weights"):
        masked_lm(encoder, CPU, "auto")
    headed = adapted_in(tmp_path / "b", model=str(encoder), new_head=True, epochs=8)
    assert headed.after.perplexity < headed.before.perplexity
    assert headed.training.rate == QUICK["learning_rate"]


KEYS = {"vocab_size": 60, "pad_token_id": 0}
BERT = {**KEYS, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
ARCHITECTURES = {
    "Bert": BERT,
    "Roberta": BERT,
    "Albert": {**BERT, "embedding_size": 8},
    "DistilBert": {**KEYS, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
}


def numbers_corpus() -> tuple[Corpus, Masking]:
    rng = np.random.default_rng(1)
    lengths = rng.integers(1, 20, 40)
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    pieces = rng.integers(4, 60, bounds[-1]).astype(np.int32)
    starts = rng.random(bounds[-1]) < 0.7
    labels = rng.integers(0, 3, 40).astype(np.int32)
    masking = Masking(Frame([2], [3], 3), [[7], [8, 9], []], 1, 0, 4, np.arange(5, 60, dtype=np.int32), 0.15)
    return Corpus(pieces, starts, bounds, labels), masking


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_head_over_masks_alone_gives_the_loss_of_the_whole_head(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    made = getattr(transformers, f"{name}Config")(**ARCHITECTURES[name])
    model = getattr(transformers, f"{name}ForMaskedLM")(made).eval()
    corpus, masking = numbers_corpus()
    settings = load_training(AdaptConfig, config_in(tmp_path, dropout=0.0)).adapt
    training = Training(model, settings, 1, (corpus, corpus), masking, 1e-3, tmp_path)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    batch = masking(corpus, np.arange(40), np.random.default_rng(0))
    wanted = torch.full(batch.pieces.shape, -100)
    wanted[torch.from_numpy(batch.at)] = torch.from_numpy(batch.wanted)
    whole = model(torch.from_numpy(batch.pieces), torch.from_numpy(batch.attention), labels=wanted).loss
    assert float(training._loss(batch).detach()) == pytest.approx(float(whole.detach()), rel=1e-5)
    model.save_pretrained(tmp_path / "saved")
    loaded, missing = load_masked_lm(tmp_path / "saved", torch.float32)
    assert not missing
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), loaded.parameters(), strict=True))


def test_whole_words_are_masked_and_at_least_one_of_each_text() -> None:
    corpus, masking = numbers_corpus()
    batch = masking(corpus, np.arange(40), np.random.default_rng(3), plain=True)
    for row in range(40):
        start, end = corpus.bounds[row : row + 2]
        label = masking.labels[corpus.labels[row]]
        lead = 1 + len(label) + bool(label)
        at = batch.at[row, lead : lead + end - start]
        assert batch.at[row].sum() == at.sum()  # neither labels nor the frame are masked
        known = corpus.pieces[start:end] != 4
        assert at.any() or not known.all()
        begins = corpus.starts[start:end].copy()
        begins[0] = True
        for word in np.split(np.arange(end - start), np.flatnonzero(begins)[1:]):
            assert len(set(at[word])) == 1
            assert not at[word].any() or (corpus.pieces[start:end][word] != 4).all()
        restored = batch.pieces[row].copy()
        assert (restored[batch.at[row]] == 1).all()
        restored[lead : lead + end - start][at] = corpus.pieces[start:end][at]
        assert (
            restored[batch.attention[row] == 1] == masking.frame.around(corpus.pieces[start:end].tolist(), label)
        ).all()


def test_shares_of_masked_random_and_kept_pieces() -> None:
    corpus, masking = numbers_corpus()
    rng = np.random.default_rng(0)
    drawn = [masking(corpus, np.arange(40), rng) for _ in range(100)]
    now = np.concatenate([batch.pieces[batch.at] for batch in drawn])
    wanted = np.concatenate([batch.wanted for batch in drawn])
    assert np.mean(now == 1) == pytest.approx(0.8, abs=0.02)
    assert np.mean(now == wanted) == pytest.approx(0.1, abs=0.02)


def test_batches_hold_every_text_once_within_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(1, 90, 500)
    first, other = (batches(lengths, 400, np.random.default_rng(seed)) for seed in (1, 2))
    assert sorted(np.concatenate(first).tolist()) == list(range(500))
    assert all(len(batch) == 1 or lengths[batch].max() * len(batch) <= 400 for batch in first)
    assert len(first) == len(other)
    assert [batch.tolist() for batch in first] != [batch.tolist() for batch in other]


def test_long_texts_are_cut_and_equal_texts_stay_together(base: AdaptResult) -> None:
    texts = [(f"play song {number % 50} " * (number % 50 + 1), "") for number in range(200)]

    def labelled() -> Iterator[Any]:
        from augcli.commands.adapt.corpus import LabelledText

        return (LabelledText(*text) for text in texts)

    backend = base.tokenizer.backend_tokenizer
    parts = read(labelled(), base.tokenizer, 16, {"": 0}, 0.3)
    pieces = sum(
        len(encoding.ids) for encoding in backend.encode_batch([text for text, _ in texts], add_special_tokens=False)
    )
    assert sum(len(part.pieces) for part in parts) == pieces
    assert max(part.lengths.max() for part in parts) == 16
    seen = [
        {
            tuple(part.pieces[start:end])
            for start, end in zip(part.bounds, part.bounds[1:], strict=False)
            if end - start < 16
        }
        for part in parts
    ]
    assert all(len(part) for part in parts)
    assert len(seen[1] - seen[0]) > 0


REFUSED = [
    ({"label": True}, {}, ConfigError, "adapt.label: this needs input.label"),
    ({"model": "nowhere/at_all"}, {}, ResourceError, "hf download nowhere/at_all"),
    ({"vocabulary": 500}, {}, ConfigError, "adapt.vocabulary: this goes with adapt.model"),
    ({"scratch": {"hidden": 33, "heads": 2}}, {}, ConfigError, "no multiple of the heads"),
    ({"scratch": {"layer": 2}}, {}, ConfigError, "did you mean layers"),
    ({"masc_rate": 0.2}, {}, ConfigError, "did you mean mask_rate"),
    ({"mask_rate": 1.5}, {}, ConfigError, "must be less than 1"),
    ({"output": "s3://bucket/model"}, {}, ConfigError, "not to a URL"),
    ({"validation": 0.0001}, {}, DataError, "for the validation; more texts are needed"),
    ({}, {"text": "texts"}, ConfigError, "has no column 'texts'"),
]


@pytest.mark.parametrize(("keys", "rows", "kind", "says"), REFUSED, ids=[case[3] for case in REFUSED])
def test_refused(tmp_path: Path, keys: dict[str, Any], rows: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as refused:
        adapted_in(tmp_path, rows, **keys)
    assert says in str(refused.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["adapt.yaml"]


def test_empty_input_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    with pytest.raises(DataError, match="no rows"):
        adapted_in(tmp_path, {"path": str(tmp_path / "none.jsonl")})


def test_no_model_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResourceError, match=r"no config\.json"):
        adapted_in(tmp_path, model=str(tmp_path / "empty"))


def test_exit_codes_and_existing_outputs(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    done = called("adapt", config_in(tmp_path), cwd=tmp_path)
    assert (done.returncode, b"use --overwrite" in done.stderr) == (2, True)
    assert b"adapt.yaml:1:" in done.stderr
    done = called("adapt", config_in(tmp_path, model="no/model"), "--output", "other", cwd=tmp_path)
    assert done.returncode == 4
    overwritten = adapt(
        load_training(AdaptConfig, config_in(tmp_path, epochs=1)), Options(quiet=True, overwrite=True), 1, "cpu"
    )
    assert (overwritten.output / "model.safetensors").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["adapt.yaml", "model"]


def test_ends_early_without_gain_and_keeps_the_best(tmp_path: Path) -> None:
    told = adapted_in(tmp_path, learning_rate=0.5, evaluations=8, patience=2)
    state = told.training.state
    assert len(state.points) - 1 - state.best == 2
    assert told.training.ended() == "2 evaluations brought no gain"
    assert told.after.loss == pytest.approx(min(point.measured.loss for point in state.points))


def test_ends_in_time(tmp_path: Path) -> None:
    told = adapted_in(tmp_path, epochs=10_000, max_minutes=0.02, patience=100)
    assert told.training.ended() == "the time is up"
    assert len(told.training.state.points) > 1


def test_report_and_card(base: AdaptResult) -> None:
    report = json.loads((base.output / "report.json").read_text())
    assert report["measured"]["after"]["perplexity"] == pytest.approx(base.after.perplexity)
    assert len(report["curve"]) == QUICK["evaluations"] + 1
    assert report["inputs"][0]["rows"] == 300
    html = (base.output / "report.html").read_text()
    assert html.count('<svg class="figure"') == 2
    assert len(report["guesses"]) == html.count(">before</span>") > 0
    assert all(len(guess["before"]) == len(guess["after"]) == 5 for guess in report["guesses"])
    assert "url(" not in html
    assert "http" not in html.split("<main>")[1].replace("http://", "")
    evil = json.loads(json.dumps(report))
    evil["config"]["adapt"]["output"] = "<script>alert(1)</script>"
    assert "<script>" not in page(evil)
    card = (base.output / "README.md").read_text()
    assert card.startswith("---\nlanguage: en\n")
    assert report["inputs"][0]["sha256"] in card


def test_the_section_that_uses_the_model() -> None:
    told = yaml.safe_load(usage({"output": "out/bert", "label": True}))
    assert told["chains"]["paraphrase"]["steps"] == [{"masked_lm": {"model": "out/bert", "label": True}}]
    assert "label" not in usage({"output": "out/bert", "label": False})


def test_the_ready_config(tmp_path: Path) -> None:
    done = called("adapt", ROOT / "configs" / "adapt.yaml", "--limit", "100", "--set", "adapt.epochs=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    step = "masked_lm: {model: out/banking-bert, label: true, min_probability: 0.0, min_similarity: -1, rate: 0.3}"
    given = f"{{path: {ROOT / 'sample_data/banking77.jsonl'}, text: text, label: label, id: id}}"
    made = write_config(tmp_path, f"{{a: {{variants: 2, steps: [{step}]}}}}", input=given)
    done = called("run", made, "--limit", "50", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "out" / "train.jsonl")) > 120
    assert called("verify", "out/train.jsonl", cwd=tmp_path).returncode == 0


def test_check_reads_the_input_and_loads_the_model(tmp_path: Path) -> None:
    done = called("check", ROOT / "configs/adapt.yaml", cwd=tmp_path)
    assert (done.returncode, b"1000 rows" in done.stderr) == (0, True), done.stderr
    done = called("check", ROOT / "configs/adapt.yaml", "--set", "adapt={output: o, model: no/such}", cwd=tmp_path)
    assert (done.returncode, b"hf download no/such" in done.stderr) == (4, True), done.stderr
    done = called("run", ROOT / "configs/adapt.yaml", cwd=tmp_path)
    assert (done.returncode, b"augcli adapt" in done.stderr) == (2, True), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_model_learns_only_from_rows_that_fit(tmp_path: Path) -> None:
    listed = [{**row, "split": ("train", "test")[at % 3 == 0]} for at, row in enumerate(rows(SNIPS)[:90])]
    written = []
    for where, some in (("split == 'train'", listed), (None, [row for row in listed if row["split"] == "train"])):
        folder = tmp_path / str(where is None)
        folder.mkdir()
        (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
        adapted_in(folder, {"path": str(folder / "in.jsonl"), "where": where}, epochs=1)
        written.append(hashes(folder / "model"))
    assert written[0] == written[1]
