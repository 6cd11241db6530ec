"""Tagged rows for taggers, in languages made up for them: who flies where."""

from __future__ import annotations

from itertools import cycle, islice

from augcli.models.taggers.base import Sentences, TrainedTagger

FRAMES = (
    "fly to {city} today",
    "{person} wants a seat to {city}",
    "is {person} in {city} ?",
    "book a seat for me",
    "thanks",
)
CITIES = ("London", "New York", "Paris", "San José", "Oslo", "Rio", "Buenos Aires")
PEOPLE = ("anna", "john smith", "maria")
CHINESE = ("我要去{city}", "{city}在哪里", "{person}明天到{city}", "谢谢")
CHINESE_CITIES = ("北京", "上海", "哈尔滨", "广州", "乌鲁木齐")
CHINESE_PEOPLE = ("王明", "李小龙", "张伟")


def flights(count: int = 40, start: int = 0) -> Sentences:
    """English rows, whose tokens are words."""
    return _filled(FRAMES, CITIES, PEOPLE, " ", start, count)


def chinese_flights(count: int = 40, start: int = 0) -> Sentences:
    """Chinese rows, whose tokens are characters."""
    return _filled(CHINESE, CHINESE_CITIES, CHINESE_PEOPLE, "", start, count)


def _filled(
    frames: tuple[str, ...], cities: tuple[str, ...], people: tuple[str, ...], blank: str, start: int, count: int
) -> Sentences:
    rows = []
    names = {"city": cycle(cities), "person": cycle(people)}
    for frame in islice(cycle(frames), start + count):
        tokens: list[str] = []
        tags: list[str] = []
        for part in frame.replace("{", "\n{").replace("}", "}\n").split("\n"):
            kind = part.strip("{}")
            name = next(names[kind]) if kind in names else part
            found = name.split() if blank else list(name)
            tokens += found
            tags += [f"{'I' if at else 'B'}-{kind}" if kind in names else "O" for at in range(len(found))]
        rows.append((tokens, tags))
    return Sentences([tokens for tokens, _ in rows[start:]], [tags for _, tags in rows[start:]])


def without_people(sentences: Sentences) -> Sentences:
    """The same sentences, in which people are no entities."""
    return Sentences(
        sentences.tokens, [["O" if tag.endswith("person") else tag for tag in tags] for tags in sentences.tags]
    )


def thrice(sentences: Sentences) -> Sentences:
    """All rows, and again, and again."""
    return sentences.part([*range(len(sentences))] * 3)


def joined(first: Sentences, second: Sentences, weights: tuple[float, float]) -> Sentences:
    """All rows of both, those of each with one weight."""
    each = [weight for weight, part in zip(weights, (first, second), strict=True) for _ in part.tokens]
    return Sentences([*first.tokens, *second.tokens], [*first.tags, *second.tags], each)


def share_right(trained: TrainedTagger, sentences: Sentences) -> float:
    """The share of sentences whose tags are all right."""
    return sum(map(list.__eq__, trained.predict(sentences.tokens), map(list, sentences.tags))) / len(sentences)
