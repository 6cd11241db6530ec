"""Plug-ins need nothing but augcli.plugins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

import pytest

from augcli import plugins
from augcli.plugins import (
    JSON,
    Call,
    Check,
    Edit,
    Error,
    Kind,
    Limits,
    ModelStep,
    PerTextStep,
    Platform,
    RateStep,
    Rng,
    Secrets,
    Step,
    StepResult,
    Text,
    Texts,
    same,
)


class Shout(RateStep):
    """Write words in capitals."""

    name: ClassVar = "shout"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.some([(start, end, text.value[start:end].upper()) for start, end in text.editable_words], rng)


class Stutter(PerTextStep[int]):
    """Say the first word twice."""

    name: ClassVar = "stutter"

    def prepare(self, texts: Sequence[Text]) -> list[int]:
        return [text.editable_words[0][1] if text.editable_words else 0 for text in texts]

    def propose(self, text: Text, prepared: int, rng: Rng) -> list[Edit]:
        if not prepared:
            return StepResult(refused="no word")
        return [(prepared, prepared, f" {text.value[:prepared]}")]


class Lengthen(ModelStep):
    """Write on."""

    name: ClassVar = "lengthen"

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        return [[(len(text.value), len(text.value), "!")] for text in texts]


class Short(Check):
    """Refuse long variants."""

    name: ClassVar = "short"

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        return "long" if any(len(text) > 20 for text in after) else None


class Parrot(Platform):
    """Gives back what it is given."""

    name: ClassVar = "parrot"
    title: ClassVar = "Parrot"
    site: ClassVar = "https://parrot.example.org"
    home: ClassVar = "https://parrot.example.org"
    codes: ClassVar = same("en de")
    errors: ClassVar = {"429": Kind.SLOW}

    def names(self) -> Sequence[str]:
        return ("PARROT_KEY",)

    def limits(self) -> Limits:
        return Limits(items=2, characters=100)

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        return Call("/", secrets["PARROT_KEY"].encode(), JSON)

    def failure(self, body: Any, status: int) -> Error | None:
        return None if status == 200 else Error(str(status), "")

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        return texts

    def variety(self) -> str:
        return "parrot@1"


def test_every_name_is_there() -> None:
    assert [name for name in plugins.__all__ if not hasattr(plugins, name)] == []


@pytest.mark.parametrize(
    ("step", "edits"),
    [
        (Shout(rate=1.0), [(0, 2, "GO"), (3, 7, "HOME")]),
        (Stutter(), [(2, 2, " go")]),
        (Lengthen(), [(7, 7, "!")]),
    ],
)
def test_a_step(step: Step, edits: list[Edit]) -> None:
    assert step.edit_batch([Text("go home")], [Rng("")]) == [edits]


def test_a_step_that_refuses() -> None:
    result = Stutter().edit(Text("..."), Rng(""))
    assert isinstance(result, StepResult)
    assert result.refused == "no word"


def test_a_check() -> None:
    assert Short().reject_reason(("go",), ("go home",), ()) is None
    assert Short().reject_reason(("go",), ("go home " * 5,), ()) == "long"


def test_a_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARROT_KEY", "secret")
    parrot = Parrot(base_url="https://gateway.example.org")
    assert parrot.call(["go"], "en", "de", parrot.secrets(), 0.0).content == b"secret"
    assert list(parrot.batches(["go", "home", "now"])) == [["go", "home"], ["now"]]
    assert parrot.meaning(Error("429", ""), ["go"]) is Kind.SLOW
    assert parrot.unable("en", "fr")
