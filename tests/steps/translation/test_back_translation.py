from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from augcli.models.device import Precision
from augcli.models.hosted.session import Session
from augcli.models.results import Request, Results
from augcli.steps.step import StepResult
from augcli.steps.translation import round_trip
from augcli.steps.translation.back_translation import BackTranslation
from augcli.steps.translation.faults import FAILED, FOREIGN, LENGTH, LOST, NEGATED, STRAY, UNCLEAN
from augcli.text.edits import Edit, apply, move, why_invalid
from augcli.text.protect import PATTERNS, Protector
from augcli.text.rng import Rng
from augcli.text.sentences import sentences
from augcli.text.text import Text
from augcli.translation.apertium import Apertium
from augcli.translation.ctranslate2 import CTranslate2
from augcli.translation.neural import Decoding, NeuralTranslator, picks
from augcli.translation.placeholders import mask_sentence
from augcli.translation.translator import translated
from tests.support import tiny_translators as tiny
from tests.support.corpus import TEXTS, intervals
from tests.support.helpers import SNIPS, augcli, rows, write_config
from tests.support.running import called, run_in

INPUT = {"path": str(SNIPS), "label": "label", "id": "id", "spans": "spans"}
EO_EN, ENG_SPA, ENG_CAT = (f"apertium-{pair}" for pair in ("eo-en", "eng-spa", "eng-cat"))
LOOSE = {"min_length_ratio": 0.0, "max_length_ratio": 100.0}
"""For models that speak nonsense."""


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny models: en-fr, fr-en, en-de, de-en, m2m100, nllb, to-many, ct2/en-fr, ct2/fr-en."""
    folder = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(("en-fr", "fr-en")):
        tiny.marian(folder / name, seed)
        tiny.converted(folder / "ct2" / name, folder / name)
    tiny.m2m100(folder / "m2m100", 1)
    tiny.nllb(folder / "nllb", 1)
    tiny.marian(folder / "to-many", 1, [">>fra<<", ">>cmn_Hans<<"])
    return folder


@pytest.fixture
def session() -> Iterator[Session]:
    """For steps that keep translations in a file."""
    with Session() as session:
        yield session


def step_with(session: Session | None = None, /, **parameters: Any) -> BackTranslation:
    step = BackTranslation.model_validate({"cache": False, "device": "cpu", **parameters})
    step = step.in_session(session) if session else step
    assert step.config_error("en", []) is None
    step.setup("en")
    return step


def marian(models: Path, session: Session | None = None, /, **parameters: Any) -> BackTranslation:
    given = {"backend": "marian", "model": str(models / "{from}-{to}"), "pivots": ["fr"], **LOOSE}
    return step_with(session, **given | parameters)


def proposed(step: BackTranslation, values: Sequence[str], key: str = "", variant: int = 1) -> list[list[Edit]]:
    rngs = [Rng(f"{key}{value}", variant) for value in values]
    return step.edit_batch([Text(value) for value in values], rngs)


def back(step: BackTranslation, value: str, key: str = "", variant: int = 1) -> str:
    return apply(value, proposed(step, [value], key, variant)[0])


def sampled(count: int) -> list[str]:
    return [row["text"] for row in rows(SNIPS)[:count]]


# Apertium


@pytest.mark.programs(EO_EN)
def test_what_stands_between_sentences_stays() -> None:
    value = "\tI have lost my card.  What must I do now?\r\n\r\n- I need it! \u2028 Thanks for all your help "
    edits = proposed(step_with(), [value])[0]
    assert [(start, end) for start, end, _ in edits] == [place for place in sentences(value) if place in places(edits)]
    assert len(edits) >= 2


def places(edits: Sequence[Edit]) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in edits]


@pytest.mark.parametrize(
    "pivot",
    [
        pytest.param(pivot, marks=pytest.mark.programs(package))
        for pivot, package in {"eo": EO_EN, "es": ENG_SPA, "ca": ENG_CAT}.items()
    ],
)
def test_a_sentence_hardly_depends_on_its_neighbours(pivot: str) -> None:
    step = step_with(pivots=[pivot])
    values = [*sampled(60), *tiny.corpus()[:60]]
    together = proposed(step, values)
    assert proposed(step, values[::-1])[::-1] == together
    alone = [proposed(step, [value])[0] for value in values[::24]]
    same = sum(one == other for one, other in zip(alone, together[::24], strict=True))
    assert same == len(alone) if pivot == "es" else same >= len(alone) - 1  # see augcli.translation.apertium
    assert sum(map(bool, together)) > 60


@pytest.mark.slow
@pytest.mark.programs(ENG_SPA)
def test_characters_that_mean_something_to_apertium_come_through() -> None:
    value = r"I have [a] {big} ^car^ with \ and / and <b> @home $5 *now* ~ + # and the house"
    translator = Apertium("en", "es")
    (result,) = translated(translator, [Request(value)])[Request(value)]
    assert all(sign in result for sign in "[]{}^\\/<>@$*~+#")


@pytest.mark.programs(EO_EN, ENG_SPA)
def test_protected_text_stays_in_any_text() -> None:
    step = step_with(pivots=["eo", "es"])
    protector = Protector(list(PATTERNS), ["Python", "receive"])
    texts = [Text(value, "en", protector.intervals(value)) for value in TEXTS.values()]
    texts += [Text(value, "en", intervals(value, name)) for name, value in TEXTS.items()]
    texts += [
        Text(row["text"], "en", protector.intervals(row["text"]), spans=row["spans"], keeps_spans=True)
        for row in rows(SNIPS)
    ]
    found = step.edit_batch(texts, [Rng(str(number), number % 4 + 1) for number in range(len(texts))])
    for text, edits in zip(texts, found, strict=True):
        assert why_invalid(text.value, edits, text.protected) is None
        after = apply(text.value, edits)
        moved = [move(start, end, edits) for start, end in text.protected]
        assert [place and after[slice(*place)] for place in moved] == [text.value[s:e] for s, e in text.protected]
    refused = [edits.refused for edits in found if isinstance(edits, StepResult) and edits.refused]
    assert set(refused) <= {LOST, UNCLEAN, LENGTH, FOREIGN, NEGATED, STRAY}
    assert len(refused) < len(texts) / 10


@pytest.mark.programs(EO_EN, ENG_SPA)
def test_a_chain_of_pivots_is_noted_with_all_its_texts() -> None:
    value = "The new card that I ordered has still not arrived at my house."
    (edits,) = proposed(step_with(pivots=[["es", "en", "eo"]]), [value])
    assert isinstance(edits, StepResult)
    assert edits.note is not None
    assert len(edits.note["pivot"]) == 3
    assert "casa" in edits.note["pivot"][0]
    assert [model.partition("@")[0] for model in edits.note["model"]] == [
        "apertium eng-spa", "apertium spa-eng", "apertium en-eo", "apertium eo-en"
    ]  # fmt: skip


@pytest.mark.programs(EO_EN, ENG_SPA)
def test_variants_take_the_pivots_in_turn() -> None:
    step = step_with(pivots=["es", "eo"])
    value = "I need to receive a new card before the end of the week."
    alone = [back(step_with(pivots=[pivot]), value) for pivot in ("es", "eo")]
    assert [back(step, value, variant=number) for number in (1, 2, 3)] == [*alone, alone[0]]


@pytest.mark.programs(EO_EN)
def test_texts_without_anything_to_translate_stay() -> None:
    values = ["", " \n", "123 456", "?!", "👍"]
    assert proposed(step_with(), values) == [[]] * len(values)
    (edits,) = proposed(step_with(), ["My card.\x07 It is lost."])
    assert isinstance(edits, StepResult)
    assert edits.refused == UNCLEAN


@pytest.mark.programs(EO_EN)
def test_words_left_in_the_other_language_are_refused() -> None:
    (edits,) = proposed(step_with(pivots=["eo"]), ["What is the weather forecast for Moss Hill?"])
    assert isinstance(edits, StepResult)
    assert edits.refused == FOREIGN


@pytest.mark.programs(EO_EN)
def test_length_out_of_bounds_is_refused() -> None:
    (edits,) = proposed(step_with(min_length_ratio=0.0, max_length_ratio=0.1), ["I have been waiting for it."])
    assert isinstance(edits, StepResult)
    assert (edits.refused, list(edits)) == (LENGTH, [])


@pytest.mark.programs(EO_EN, ENG_SPA)
def test_a_run_is_whole_and_verifies(tmp_path: Path) -> None:
    chain = {"variants": 2, "steps": [{"back_translation": {"pivots": ["eo", "es"], "cache": str(tmp_path / "c.db")}}]}
    target, outcome = run_in(tmp_path, INPUT, "a.jsonl", chains={"bt": chain}, protect={"patterns": ["number"]})
    ledger = outcome.counts.ledgers["bt"]
    assert ledger.written > 300
    assert called("verify", target, cwd=tmp_path).returncode == 0
    lines = rows(target.with_name("a.provenance.jsonl"))
    notes = [step[2] for line in lines for step in line["steps"]]
    assert notes
    assert all(set(note) == {"pivot", "model"} and "@" in note["model"][0] for note in notes)
    spans = {line["id"]: [line["text"][start:end] for start, end, _ in line["spans"]] for line in rows(SNIPS)}
    for line in rows(target):
        assert [line["text"][start:end] for start, end, _ in line["spans"]] == spans[line["aug_source"]]


@pytest.mark.programs(ENG_SPA)
def test_what_was_translated_is_not_translated_again(tmp_path: Path, session: Session) -> None:
    file = tmp_path / "cache" / "c.db"
    step = step_with(session, cache=str(file), pivots=["es"], **LOOSE)
    values = sampled(40)
    first = proposed(step, values[:30])
    kept = rows_in(file)
    forward, backward = (len({*values[:30]}), kept - len({*values[:30]}))
    assert 0 < backward <= forward
    assert proposed(step, values[:30]) == first
    assert rows_in(file) == kept
    proposed(step, values)
    assert kept < rows_in(file) <= kept + 20
    with sqlite3.connect(file) as connection:
        connection.execute("""UPDATE translation SET results = '["X"]'""")
    assert {back(step, value).upper() for value in values} == {"X"}
    connection.close()


def rows_in(file: Path) -> int:
    connection = sqlite3.connect(file)
    (count,) = connection.execute("SELECT count(*) FROM translation").fetchone()
    connection.close()
    return int(count)


def test_an_interrupted_run_pays_for_each_sentence_once(tmp_path: Path, models: Path, session: Session) -> None:
    """Each batch is kept before the next begins; what fails later costs nothing again."""
    file = tmp_path / "c.db"
    step = marian(models, session, cache=str(file), batch_tokens=64, beams=1)
    translator = step._translator("en", "fr")
    requests = [Request(text) for text in tiny.corpus()[:20]]
    batches = translator.translate(requests)
    next(batches), next(batches), next(batches)
    kept = rows_in(file)
    assert 0 < kept < 20
    known = next(translator.translate(requests))
    assert len(known) == kept
    assert len(translated(translator, requests)) == rows_in(file) == 20


def test_caches_of_earlier_versions_are_still_good() -> None:
    assert (NeuralTranslator.kind, CTranslate2.kind) == ("Neural", "CTranslate2")


# Models


@pytest.mark.parametrize("decode", ["beam", "sample"])
def test_no_row_changes_what_another_gets(models: Path, decode: str) -> None:
    step = marian(models, decode=decode)
    values = tiny.corpus()[:24]
    together = proposed(step, values)
    assert proposed(step, values[::-1])[::-1] == together
    assert [proposed(step, [value])[0] for value in values[::6]] == together[::6]


def test_samples_are_those_of_the_key(models: Path) -> None:
    step = marian(models, decode="sample")
    value = "I have lost my card. What do I do?"
    made = [back(step, value, key) for key in ("a", "b", "c", "a")]
    assert made[0] == made[3]
    assert len(set(made)) == 3
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert back(step, value, "b") == made[1]
    assert torch.equal(torch.get_rng_state(), state)


def test_variants_by_one_pivot_are_the_next_likely(models: Path) -> None:
    step = marian(models, beams=5)
    value = "I have lost my card."
    assert len({back(step, value, variant=number) for number in (1, 2, 3)}) == 3
    rng = Rng("a")
    step.edit_batch([Text(value)], [rng])
    assert not rng.used


@pytest.mark.parametrize("backend", ["m2m100", "nllb"])
def test_models_for_many_languages(models: Path, backend: str) -> None:
    step = step_with(backend=backend, model=str(models / backend), pivots=["fr", "de"], decode="sample", **LOOSE)
    found = [
        edits for number in range(8) for edits in proposed(step, ["I have lost my card."], str(number), 1 + number % 2)
    ]
    assert any(found)
    assert not any("__" in edit[2] or "Latn" in edit[2] for edits in found for edit in edits)


def test_ctranslate2(models: Path) -> None:
    converted = {"backend": "ctranslate2", "model": str(models / "ct2" / "{from}-{to}"), "pivots": ["fr"], **LOOSE}
    values = tiny.corpus()[:24]
    quick, exact = step_with(**converted), step_with(**converted, precision="float32", beams=1)
    together = proposed(quick, values)
    assert any(together)
    assert proposed(quick, values[::-1])[::-1] == together
    made = proposed(exact, values)
    assert [apply(value, edits) for value, edits in zip(values, made, strict=True)] != values


@pytest.mark.parametrize("language", ["fr", "zh"])
def test_marian_models_to_several_languages_are_told_which(models: Path, language: str) -> None:
    step = BackTranslation(
        backend="marian", pivots=[language], cache=False, device="cpu",
        model={f"en-{language}": str(models / "to-many"), f"{language}-en": str(models / "fr-en")},
    )  # fmt: skip
    assert step.config_error("en", []) is None
    step.setup("en")
    other = step.model_copy(update={"pivots": ["it"], "model": {"en-it": str(models / "to-many")}})
    with pytest.raises(Exception, match="does not translate to it; it does to cmn_Hans, fra"):
        other.setup("en")


def test_a_sentence_too_long_for_the_model_goes_by_clauses(models: Path) -> None:
    step = marian(models, decode="sample")
    translator = step._translator("en", "fr")
    long = ", ".join(["I have lost my card and do not know what to do"] * 12)
    assert not translator.fits(long)
    assert isinstance(translated(translator, [Request(long, 5)])[Request(long, 5)], tuple)
    (edits,) = proposed(step, [long.replace(", ", " ")])
    assert isinstance(edits, StepResult)
    assert edits.refused == FAILED


class Reversing:
    """Translates by turning words round; reads 20 characters at once."""

    model = "reversing@1"
    settings = ""

    def fits(self, text: str) -> bool:
        return len(text) <= 20

    def translate(self, requests: Sequence[Request]) -> Any:
        assert all(self.fits(request.text) for request in requests)
        yield {request: (request.text[::-1], request.text.upper()) for request in requests}


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("short enough", ("hguone trohs", "SHORT ENOUGH")),
        ("first of all, then, and so on", ("neht ,lla fo tsrif no os dna", "")),
        ("this has no mark where it could be cut", ()),
        ("", ("", "")),
    ],
)
def test_clauses(text: str, results: Results) -> None:
    found = translated(Reversing(), [Request(text)])[Request(text)]
    if text.startswith("first"):
        assert found == (",neht ,lla fo tsrif no os dna", "FIRST OF ALL, THEN, AND SO ON")
    else:
        assert found == results


# Draws


def decoding(top_k: int = 0, top_p: float = 1.0, temperature: float = 1.0) -> Decoding:
    precision: Precision = "auto"
    return Decoding(True, 1, temperature, top_k, top_p, precision, "cpu", 1)


SHARES = [0.1, 0.4, 0.2, 0.3]


@pytest.mark.parametrize(
    ("drawn", "how", "expected"),
    [
        ([0.0, 0.05, 0.1, 0.49, 0.51, 0.69, 0.71, 0.9999], decoding(), [0, 0, 1, 1, 2, 2, 3, 3]),
        ([0.0, 0.5, 0.9999], decoding(top_k=1), [1, 1, 1]),
        ([0.0, 0.56, 0.58, 0.9999], decoding(top_k=2), [1, 1, 3, 3]),
        ([0.0, 0.56, 0.58, 0.9999], decoding(top_p=0.6), [1, 1, 3, 3]),
        ([0.0, 0.9999], decoding(top_p=0.4), [1, 1]),
        ([0.001, 0.9999], decoding(temperature=0.01), [1, 1]),
    ],
)
def test_a_number_drawn_means_a_piece(drawn: list[float], how: Decoding, expected: list[int]) -> None:
    scores = torch.tensor([SHARES] * len(drawn)).log()
    assert picks(scores, torch.tensor(drawn, dtype=torch.float64), how)[:, 0].tolist() == expected


def test_a_piece_that_is_ruled_out_is_never_drawn() -> None:
    scores = torch.tensor([[float("-inf"), 0.0, float("-inf")]] * 2)
    assert picks(scores, torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64), decoding())[:, 0].tolist() == [1, 1]


# Placeholders


@pytest.mark.parametrize(
    ("value", "protected", "text"),
    [
        ("Play Hey Jude now", [(5, 13)], "Play X1X now"),
        ("ab12cd", [(2, 4)], "abX1Xcd"),
        ("1, 2", [(0, 1), (3, 4)], "X1X, X2X"),
        ("12", [(0, 1), (1, 2)], "X1X"),
        ("x1x and 5", [(8, 9)], "x1x and X2X"),
        ("free", [], "free"),
        ("cafe\u0301 5", [(3, 4)], "cafX1X 5"),
    ],
)
def test_placeholders(value: str, protected: list[tuple[int, int]], text: str) -> None:
    sentence = mask_sentence(value, 0, len(value), protected)
    assert sentence.text == text
    assert sentence.shown(sentence.text) == value


@pytest.mark.parametrize(
    ("result", "parts"),
    [
        ("Put X1X on X2X", ["Put ", " on ", ""]),
        ("x1x, X2X.", ["", ", ", "."]),
        ("Put X2X on X1X", None),
        ("Put X1X on X1X and X2X", None),
        ("Put X1X", None),
        ("Put X1X on X2X X3X", None),
    ],
)
def test_each_placeholder_must_come_back_once_and_in_order(result: str, parts: list[str] | None) -> None:
    assert mask_sentence("Play a on b", 0, 11, [(5, 6), (10, 11)]).parts(result) == parts


@pytest.mark.parametrize(
    ("before", "after", "language", "same"),
    [
        ("What’s this?", "WHAT'S  this？", "en", True),
        ("我 喜欢。", "我喜欢.", "zh", True),
        ("a b", "ab", "en", False),
        ("It is.", "It was.", "en", False),
    ],
)
def test_what_counts_as_the_same(before: str, after: str, language: str, same: bool) -> None:
    assert (round_trip._normal(before, language) == round_trip._normal(after, language)) is same


# What is wrong is said


def parameters(**given: Any) -> str:
    return json.dumps({"a": {"steps": [{"back_translation": given}]}})


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"backend": "marian"}, 2, "backend marian needs a `model`"),
        ({"backend": "marian", "model": "one"}, 2, "a marian model translates one way: write {from} and {to}"),
        ({"backend": "marian", "model": "{a}-{to}"}, 2, "{a} is not known here; write {from} and {to}"),
        ({"backend": "marian", "model": {"en-eo": "x"}}, 2, "`model` has none for eo-en; it has en-eo"),
        ({"model": "x"}, 2, "apertium takes no `model`"),
        ({"decode": "sample"}, 2, "apertium cannot draw by row"),
        ({"pivots": []}, 2, "at least 1"),
        ({"pivots": ["english"]}, 2, "pivots"),
        ({"pivots": ["en"]}, 2, "a pivot must be another language than the one before it: en"),
        ({"pivots": ["zh"]}, 2, "apertium has no pair of languages en-zh"),
        ({"backend": "nllb", "model": "x", "pivots": ["xx"]}, 2, "no FLORES-200 code is known for 'xx'"),
        ({"min_length_ratio": 3.0}, 2, "min_length_ratio is above max_length_ratio"),
        ({"backend": "m2m100", "model": "no/such"}, 4, "hf download no/such"),
        ({"backend": "m2m100", "model": "./no/such"}, 4, "to translate from en to eo: there is no folder"),
        ({"backend": "m2m100", "model": "MODELS"}, 4, "is no model: it has no config.json"),
        ({"backend": "marian", "model": "MODELS/{from}-{to}", "pivots": ["fr", "it"]}, 4, "from en to it: there is no"),
        ({"backend": "m2m100", "model": "MODELS/en-fr"}, 4, "is a model for `backend: marian`, not m2m100"),
        ({"backend": "nllb", "model": "MODELS/m2m100", "pivots": ["fr"]}, 4, "`backend: m2m100`, not nllb"),
        ({"backend": "m2m100", "model": "MODELS/m2m100", "pivots": ["eo"]}, 4, "does not know the language 'eo'"),
        ({"backend": "ctranslate2", "model": "MODELS/m2m100"}, 4, "it has no model.bin"),
        ({"backend": "m2m100", "model": "MODELS/m2m100", "device": "cuda:9"}, 4, "cuda:9"),
        ({"backend": "m2m100", "model": "MODELS/m2m100", "pivots": ["fr"], "cache": "/proc/x/c.db"}, 4, "cache: false"),
    ],
)
def test_what_is_wrong_is_found_by_check(
    tmp_path: Path, models: Path, given: dict[str, Any], code: int, says: str
) -> None:
    chains = parameters(**given).replace("MODELS", str(models))
    done = called("check", write_config(tmp_path, chains), cwd=tmp_path)
    assert says in done.stderr.decode()
    assert done.returncode == code


@pytest.mark.unix
@pytest.mark.parametrize(
    ("pivot", "says"),
    [(["es", "ca"], "sudo apt install apertium-spa-cat"), ("gl", "sudo apt install apertium-en-gl")],
)
def test_a_pair_that_is_not_installed(tmp_path: Path, pivot: str | list[str], says: str) -> None:
    """Where apertium, here a stand-in, has English and Spanish only."""
    program = tmp_path / "bin/apertium"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho eng-spa spa-eng\n")
    program.chmod(0o755)
    (tmp_path / "modes").mkdir()
    for mode in ("eng-spa", "spa-eng"):
        (tmp_path / f"modes/{mode}.mode").touch()
    env = {"PATH": str(program.parent), "APERTIUM_DATADIR": str(tmp_path)}
    done = augcli("check", write_config(tmp_path, parameters(pivots=[pivot])), cwd=tmp_path, env=env)
    assert done.returncode == 4, done.stderr
    assert says in done.stderr.decode()


def test_apertium_that_is_not_installed(tmp_path: Path) -> None:
    done = called(
        "check", write_config(tmp_path, parameters()), cwd=tmp_path, env={"PATH": str(Path(sys.executable).parent)}
    )
    assert done.returncode == 4
    assert "apertium is not installed; get it with: sudo apt install apertium apertium-eo-en" in done.stderr.decode()


@pytest.mark.programs(EO_EN)
def test_apertium_that_fails_is_heard(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree("/usr/share/apertium/modes", data / "modes")
    broken = data / "modes" / "en-eo.mode"
    broken.write_text("false")
    done = called(
        "run", write_config(tmp_path, parameters(cache=False)), cwd=tmp_path, env={"APERTIUM_DATADIR": str(data)}
    )
    assert done.returncode == 1
    assert "apertium en-eo" in done.stderr.decode()


def test_a_broken_cache_is_named(tmp_path: Path, models: Path) -> None:
    file = tmp_path / "c.db"
    file.write_bytes(b"this is no database, but long enough to look like one" * 100)
    with pytest.raises(Exception, match=r"c\.db cannot be used .*set cache: false"):
        marian(models, cache=str(file))
