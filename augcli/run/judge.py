"""What variants are, by a teacher that has not seen their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from augcli.chains.variants import Judgement
from augcli.io.files.storage import Place
from augcli.steps.operation import Texts
from augcli.text.record import Record

if TYPE_CHECKING:
    from augcli.models.teachers.teacher import Teacher

SEPARATOR = "\n"
"""Between the texts of a pair, for models that read one text."""
_SMALLEST = 0.002
"""Probability below which a label is left out of a judgement."""


class TeacherJudge:
    """Judges variants by the models that have not seen their rows."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher
        self._least: dict[tuple[str, float], float] = {}
        self.values: Mapping[str, Any] = teacher.values
        """Labels as the input has them, by name."""
        self.rows = teacher.rows
        """How many labelled rows there were."""
        self.fold_of: Mapping[str, int] = teacher.fold_of
        """The fold of each row that it has learnt from, by key; one of its models has not seen it."""

    @classmethod
    def load(cls, file: Place, language: str, device: str) -> Self:
        """The judge of a file that a teacher was saved in. Raises ResourceError when a model is missing."""
        from augcli.models.teachers.teacher import Teacher

        return cls(Teacher.load(file.read_bytes(), language, device))

    def can_judge(self, record: Record) -> bool:
        """Whether what has not seen a row knows its label; where not, it can only be wrong of its variants."""
        fold = self.fold_of.get(str(record.key))
        known = self._teacher.classes if fold is None else self._teacher.known[fold]
        return not record.labelled or record.labels[0] in known

    def judge(self, records: Sequence[Record], variants: Sequence[Texts]) -> list[Judgement]:
        teacher = self._teacher
        folds = [teacher.fold_of.get(str(record.key)) for record in records]
        found = teacher.probabilities([SEPARATOR.join(texts) for texts in variants], folds)
        judgements = [_judgement(teacher.classes, row) for row in found]
        for place, record in enumerate(records):
            if not self.can_judge(record):
                judgements[place] = {record.labels[0]: 1.0}
        return judgements

    def of_texts(self, texts: Sequence[str], fold: int | None = None) -> list[Judgement]:
        """What texts are, by the model that has not seen the rows of `fold`, or else by all."""
        found = self._teacher.probabilities(texts, [fold] * len(texts))
        return [_judgement(self._teacher.classes, row) for row in found]

    def least(self, label: str, least: float) -> float:
        key = (label, least)
        if key not in self._least:
            self._least[key] = self._teacher.least(label, least)
        return self._least[key]


def likeliest(judgement: Mapping[str, float]) -> str:
    """The likeliest labels of a judgement, in words."""
    return ", ".join(f"{label} {100 * share:.0f} %" for label, share in [*judgement.items()][:5])


def _judgement(classes: Sequence[str], probabilities: Any) -> Judgement:
    import numpy as np

    order = np.argsort(-probabilities, kind="stable")
    kept = order[: max(1, int((probabilities >= _SMALLEST).sum()))]
    total = probabilities[kept].sum()
    return {classes[place]: round(float(probabilities[place] / total), 4) for place in kept}
