"""What the columns of some rows are for: texts, labels, ids, entities, splits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from augcli.commands.init.guess import Guess, Guesses
from augcli.commands.init.language import language_of
from augcli.config.sections import Input
from augcli.config.where import column_name
from augcli.io.formats.rows import RowError
from augcli.io.spans import TYPES, Spans, holds_spans
from augcli.io.tags import Tags
from augcli.language.scripts import language_by_script
from augcli.run.look.labels import quoted
from augcli.run.look.roles import named, roles
from augcli.run.look.spans import cuts
from augcli.text.bio import TAG
from augcli.text.cells import read_list, read_value, token_items
from augcli.text.offsets import Unit
from augcli.text.record import label_name, missing_labels

Columns: TypeAlias = Mapping[str, Sequence[Any]]

_UNITS: tuple[Unit, ...] = ("codepoints", "utf16", "utf8")
_NEARLY_ALL = 0.95
"""Share of the rows whose spans have to lie in the text."""
_NUMBERED = ("ner_tags", "tags", "ner", "labels", "label")
"""Columns of tags, which may be numbers."""
_TOKENS = ("tokens", "words", "token", "word", "text", "sentence", "1")
"""Columns of tokens; the first of a CoNLL file is one."""
_TRAINING = ("train", "training")
_LABELS = 100
"""More values than this are no labels, where the name of the column does not say so."""
_LABEL_LENGTH = 40
_PROSE = 3
"""Words on average from which on values are texts."""
_UNEVEN = 3
"""A label with so many times the rows of another makes them uneven."""
_OWN = {"aug_source", "aug_chain"}


def guess_columns(rows: Sequence[Mapping[str, Any]], looked_at: str) -> Guesses:
    """What the columns of `rows` are for; `looked_at` says how many of the file these are."""
    names = dict.fromkeys(name for row in rows for name in row if name)
    columns = {name: [row.get(name) for row in rows] for name in names}
    told = roles([{name: value for name, value in row.items() if name} for row in rows])
    found = guess_tokens(columns)
    if found:
        texts = [" ".join(token_items(value) or ()) for value in columns[found["tokens"].value]]
    else:
        found = guess_spans(columns) or guess_text(columns, told.text)
        text = found["text"].value if found else []
        chosen = text if isinstance(text, list) else [text]
        texts = [value for name in chosen for value in columns[name] if isinstance(value, str)]
    used = _names(found)
    split = told.split if told.split not in used else None
    if told.id and told.id not in used:
        found["id"] = Guess(told.id, f"another in each of {looked_at}")
    found |= guess_label(columns, told.label, {*_names(found), split}, looked_at)
    found |= guess_where(columns, split, found.get("text"))
    if columns.keys() >= _OWN:
        found["originals_only"] = Guess(value=True, reason="an output of augcli: its variants are left out")
    found["language"] = language_of(texts)
    return found


def flattened(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of JSON with what is inside its objects beside their columns, by paths.

    Of an array of objects there are the lists, and the texts, of all, one behind another; but not of pieces of a text,
    of which some are entities.
    """
    found: dict[str, Any] = {}
    for name, value in row.items():
        found[name] = value
        if isinstance(value, dict):
            found |= {f"{name}.{key}": inner for key, inner in flattened(value).items()}
        elif isinstance(value, list) and value and all(isinstance(element, dict) for element in value):
            pieces = any(key in TYPES and not all(key in other for other in value) for one in value for key in one)
            for key, inner in value[0].items():
                if isinstance(inner, list):
                    lists = [element.get(key) for element in value]
                    found[f"{name}[*].{key}"] = [item for some in lists if isinstance(some, list) for item in some]
                elif isinstance(inner, str) and not pieces:
                    found[f"{name}[*].{key}"] = "\n".join(str(element.get(key) or "") for element in value)
    return found


def _names(found: Guesses) -> set[str]:
    """The columns that are named already."""
    keys = ("text", "label", "id", "spans", "tokens", "tags", "token_columns")
    values = [found[key].value for key in keys if key in found]
    return {name for one in values for name in (one if isinstance(one, list) else [one])}


def guess_text(columns: Columns, usual: str | list[str] | None) -> Guesses:
    """The column with texts, or both of a pair; `usual` is what their names and lengths say."""
    pair = named(columns, ("question", "context"))
    prose = [name for name, values in columns.items() if _words(values) >= _PROSE]
    text = pair if len(pair) == 2 else usual
    if text is None:
        return {}
    chosen = text if isinstance(text, list) else [text]
    others = [name for name in prose if name not in chosen]
    doubt = _could_be(others)
    if not {*chosen} & {*prose}:
        doubt = "no column has texts of three words and more; see that this is one"
    reason = "a pair of texts" if len(chosen) > 1 else f"words in a text, on average: {_words(columns[chosen[0]]):.0f}"
    return {"text": Guess(text, reason, doubt)}


def guess_spans(columns: Columns) -> Guesses:
    """The column with spans that lie in a column of texts, that column, and what their offsets count.

    Of a pair, both columns with spans and both with texts.
    """
    found: dict[str, dict[str, Unit]] = {}
    lists = {name: values for name, values in columns.items() if any(map(_is_list, values))}
    for name, values in sorted(lists.items(), key=lambda item: item[0] in _TOKENS):  # tokens may have offsets too
        if not all(map(holds_spans, values)):
            continue
        texts = sorted(columns, key=lambda text: -_words(columns[text]))
        scores = {(text, unit): _borders(name, unit, values, columns[text]) for text in texts for unit in _UNITS}
        text, unit = max(scores, key=scores.__getitem__)
        if scores[text, unit] and (name not in _TOKENS or not found):
            found.setdefault(text, {})[name] = unit
    if not found:
        return {}
    (text, some), *others = found.items()
    name, unit = next(iter(some.items()))
    told = {"text": Guess(text, "the spans lie in it")}
    alike = [name for name in some if some[name] == unit]
    having = sum(any(values) for values in zip(*(columns[name] for name in alike), strict=True))
    rows = f"{having} of {len(columns[name])} rows have some"
    told["spans"] = Guess(alike if len(alike) > 1 else name, rows)
    if len(others) == 1 and len(some) == len(others[0][1]) == 1 and unit in others[0][1].values():
        texts = [name for name in columns if name in found]
        spans = [next(iter(found[text])) for text in texts]
        told = {
            "text": Guess(texts, "a pair of texts"),
            "spans": Guess(spans, "they lie in these"),
            "spans_in": Guess(texts),
        }
    return told if unit == "codepoints" else told | {"offsets": Guess(unit, "they frame words so, not in characters")}


def _is_list(value: Any) -> bool:
    return isinstance(read_value(value) if isinstance(value, str) else value, list | tuple | dict)


def _borders(name: str, unit: Unit, values: Sequence[Any], texts: Sequence[Any]) -> int:
    """How many borders of spans are borders of words; 0 where the spans do not lie in the texts."""
    spans = Spans(Input(path="-", spans=name, offsets=unit))
    read = rows = borders = 0
    for value, text in zip(values, texts, strict=True):
        if not isinstance(text, str):
            continue
        rows += 1
        try:
            found = spans.read(value, text, name)
        except RowError:
            continue
        read += 1
        borders += sum(not cuts(text, at) for start, end, _ in found for at in (start, end))
    return borders if read >= _NEARLY_ALL * rows else 0


def guess_tokens(columns: Columns) -> Guesses:
    """The columns with tokens and with their tags, and others with one item for each token."""
    items = {name: [*map(token_items, values)] for name, values in columns.items()}
    tagged = [name for name, some in items.items() if _are_tags(some)]
    numbered = [name for name in named(columns, _NUMBERED) if _are_numbers(columns[name])]
    tags = next(iter([*named(tagged, _NUMBERED), *reversed(tagged), *numbered]), None)  # the last of CoNLL's
    if tags is None:
        return {}
    lengths = [len(some or ()) for some in items[tags]]
    alike = [name for name, some in items.items() if name != tags and [len(one or ()) for one in some] == lengths]
    words = [name for name in alike if not _are_numbers(columns[name])]
    if not words or max(lengths) < 2:
        return {}
    tokens = next(iter(named(words, _TOKENS)), words[0])
    further = [name for name in alike if name != tokens and _kind(columns[name]) is _kind(columns[tokens])]
    doubt = _could_be([name for name in words if name != tokens]) if tokens.lower() not in _TOKENS else ""
    found = {"tokens": Guess(tokens, "as many items as its tags", doubt)}
    told = [some for some in items[tags] if some]
    if tagged:
        marks = ", ".join(sorted({tag[:1] for some in told for tag in some}))
        found["tags"] = Guess(tags, f"{marks} tags", _could_be([name for name in tagged if name != tags]))
        plain, iob1 = Input(path="-", tags=tags), Input(path="-", tags=tags, scheme="iob1")
        if not _can_be_read(told, plain) and _can_be_read(told, iob1):
            found["scheme"] = Guess("iob1", "entities begin with I")
    else:
        most = max(int(tag) for some in told for tag in some)
        doubt = f"the tags are numbers: write the names of 0 to {most} there, in order, or the JSON file that has them"
        found |= {"tags": Guess(tags, "numbers"), "tag_names": Guess(["O"], "to be filled in", doubt)}
    if further:
        found["token_columns"] = Guess(further, "one item for each token")
    return found


def _could_be(others: Sequence[str]) -> str:
    """The doubt that other columns raise."""
    return f"it could also be {' or '.join(map(repr, others))}" if others else ""


def _can_be_read(tags: Iterable[Sequence[str]], data: Input) -> bool:
    reader = Tags(data)
    try:
        for some in tags:
            reader.read(some)
    except RowError:
        return False
    return True


def _kind(values: Sequence[Any]) -> type:
    return next((type(value) for value in values if value is not None), type(None))


def _are_tags(items: Sequence[Sequence[Any] | None]) -> bool:
    tags = [tag for some in items for tag in some or ()]
    return any(tag != "O" for tag in tags) and all(isinstance(tag, str) and TAG.fullmatch(tag) for tag in tags)


def _are_numbers(values: Sequence[Any]) -> bool:
    """Whether these are lists of numbers from 0 on."""
    lists = [read_list(value) if isinstance(value, str) else value for value in values]
    return any(lists) and all(
        isinstance(some, list) and all(type(one) is int and one >= 0 for one in some) for some in lists
    )


def guess_label(columns: Columns, usual: str | None, used: set[str | None], looked_at: str) -> Guesses:
    """The column with labels: that with a usual name, or else one with few values that repeat."""
    few = [name for name, values in columns.items() if name not in used and _are_labels(values)]
    told = usual if usual and usual not in used else next(iter(named(few, ("stars", "rating", "emotion"))), None)
    flags = [name for name in few if {*map(str, columns[name])} == {"0", "1"}]
    if told is None and len(flags) > 1:
        return {"label": Guess(flags, "columns of 0 and 1", "each of these columns is taken for a label of its own")}
    label = told or next(iter(few), None)
    if label is None:
        return {}
    others = [name for name in few if name != label]
    doubt = "" if told else _could_be(others)
    counts = Counter(label_name(value) for value in columns[label])
    if 2 * len(counts) > len(columns[label]) > 20:
        doubt = f"{len(counts)} values in {looked_at} are many for labels"
    most, least = max(counts.values()), min(counts.values())
    uneven = "; uneven: with variants: {balance: max} a chain evens them out" if most >= _UNEVEN * least else ""
    missing = sum(counts[name] for name in missing_labels(counts))
    empty = f"; {missing} rows have none" if missing else ""
    shown = quoted([name for name, _ in counts.most_common()], counts)
    number = f"{len(counts)} value{'s' * (len(counts) != 1)}"
    return {"label": Guess(label, f"{number} in {looked_at}: {shown}{empty}{uneven}", doubt)}


def _are_labels(values: Sequence[Any]) -> bool:
    """Whether these are a few short values that repeat, and no measures."""
    if not all(isinstance(value, str | int) for value in values):
        return False
    found = {str(value) for value in values}
    if 2 * sum(not str(value).strip() for value in values) > len(values):
        return False
    short = all(len(value) <= _LABEL_LENGTH and not re.fullmatch(r"-?\d+[.,]\d+", value) for value in found)
    return short and 1 < len(found) <= min(_LABELS, len(values) / 2)


def guess_where(columns: Columns, split: str | None, text: Guess | None) -> Guesses:
    """Which rows can be augmented: those to train with, and those with a text."""
    conditions, reasons, doubt = [], [], ""
    if split:
        values = Counter(label_name(value) for value in columns[split])
        training = next((value for value in values if value.lower() in _TRAINING), None)
        told = f"{split!r}: {quoted([*values], values)}"
        if training:
            conditions.append(f"{column_name(split)} == {training!r}")
            reasons.append(told)
        else:
            doubt = f"column {split!r} tells splits ({quoted([*values])}), none of which is called train"
    if text and isinstance(text.value, str) and (empty := sum(value is None for value in columns[text.value])):
        conditions.append(f"{column_name(text.value)} is not null")
        reasons.append(f"{empty} rows have no text")
    if not conditions and not doubt:
        return {}
    return {"where": Guess(" and ".join(conditions) or None, "; ".join(reasons), doubt)}


def _words(values: Sequence[Any]) -> float:
    """The words of a text, on average; in scripts without blanks a quarter of its characters."""
    texts = [value for value in values if isinstance(value, str) and any(map(str.isalpha, value))]
    if 2 * len(texts) < len(values) or any(read_list(text) is not None for text in texts[:5]):
        return 0.0
    lengths = [len(text) / 4 if language_by_script(text) else len(text.split()) for text in texts]
    return sum(lengths) / len(lengths) if lengths else 0.0
