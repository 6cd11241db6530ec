"""Whether entities are found, begin, end and type: strictly, as seqeval counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from augcli.models.device import need
from augcli.text.bio import spans_from_tags, to_bio
from augcli.text.edits import Span


def entities(tags: Sequence[str]) -> list[Span]:
    """The entities that BIO tags stand for, by the numbers of their tokens.

    Raises ValueError for a tag that is not BIO or out of place.
    """
    return spans_from_tags([(number, number + 1) for number in range(len(tags))], to_bio(tags, "bio"))


class EntityCounts(NamedTuple):
    """Entities of a sentence. Those of all sentences, added up, give precision, recall and F1."""

    right: int
    """In both, with the same begin, end and type."""
    predicted: int
    true: int


def count_entities(truth: Sequence[str], predicted: Sequence[str]) -> EntityCounts:
    """How many entities of a sentence are found, by its tags. Raises ValueError for tags that are not valid BIO."""
    wanted, found = entities(truth), entities(predicted)
    return EntityCounts(len({*wanted} & {*found}), len(found), len(wanted))


def entity_f1(truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """F1 of all entities together; 0 where there are none."""
    counts = [count_entities(*pair) for pair in zip(truth, predicted, strict=True)]
    entities_in_either = sum(each.predicted + each.true for each in counts)
    return 2 * sum(each.right for each in counts) / max(1, entities_in_either)


class EntityScores(NamedTuple):
    """How well entities are found."""

    f1: float
    """Of all entities together."""
    macro_f1: float
    """The mean over types that are true or predicted anywhere."""
    recalls: dict[str, float]
    """Share of the true entities of each type that are found."""


def entity_scores(truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> EntityScores:
    """How well entities are found, by the BIO tags of all sentences; all 0 where there are none.

    Raises ResourceError when seqeval is missing.
    """
    need("seqeval", extra="tags")
    from seqeval.metrics.v1 import precision_recall_fscore_support
    from seqeval.scheme import IOB2

    true_types = sorted({kind for tags in truth for *_, kind in entities(tags)})
    types = sorted({*true_types, *(kind for tags in predicted for *_, kind in entities(tags))})
    if not types:
        return EntityScores(0.0, 0.0, {})
    plain = {kind: f"{number:09}" for number, kind in enumerate(types)}  # seqeval takes hyphens off the ends of types
    renamed = [
        [[tag if tag == "O" else tag[:2] + plain[tag[2:]] for tag in tags] for tags in each]
        for each in (truth, predicted)
    ]
    micro, by_type = (
        precision_recall_fscore_support(*renamed, average=average, scheme=IOB2, zero_division=0)
        for average in ("micro", None)
    )
    recalls = dict(zip(types, by_type[1].tolist(), strict=True))
    return EntityScores(float(micro[2]), float(by_type[2].mean()), {kind: recalls[kind] for kind in true_types})
