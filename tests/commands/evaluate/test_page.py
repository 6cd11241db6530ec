"""The page of an evaluation, made of scores that are put together here."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape, unescape
from itertools import pairwise
from typing import Any

import pytest

from augcli.commands.evaluate.outcome import Evaluation, Finding
from augcli.commands.evaluate.page import _apart, _ticks, page
from augcli.commands.evaluate.scores import Score
from augcli.commands.evaluate.statistics import Difference
from augcli.report.plots import cut, width

NOTHING = Difference(0.0, -1.0, 1.0, 1.0, 2.0)
HELPS = Difference(3.0, 1.0, 5.0, 0.0004, 2.5)


def score(arm: str, kind: Any, gain: Difference | None, adjusted: float | None = None, **more: Any) -> Score:
    chosen = [{"C": 300.0}, {"C": 300.0}, {"C": 1000.0}]
    values = {"settings": chosen, "recalls": {"ask": 90.0, "tell": 80.0}, **more}
    return Score("linear", arm, kind, 100, 80.0, 91.0, None, 90.0, 0.25, gain=gain, adjusted_p=adjusted, **values)


def finding(model: str = "linear", size: int = 100, helps: bool = False, names: Sequence[str] = ("swap",)) -> Finding:
    configs = [score(name, "config", HELPS if helps else NOTHING, 0.0012 if helps else 1.0) for name in names]
    scores = [
        score("none", "none", NOTHING), score("repeat", "repeat", None), score("eda", "yardstick", NOTHING), *configs,
        score("placebo 1", "placebo", NOTHING),
    ]  # fmt: skip
    said = f"The {model} model at {size} rows: what was found."
    return Finding(model, size, "accuracy", scores, 0.0, said, names[0], names[0] if helps else None)


def outcome(*findings: Finding) -> Evaluation:
    return Evaluation("One sentence.", 300, None, 0, 2, 3, 7, list(findings), ["a note"])


def told(html: str) -> str:
    """The text of a page, without its tags."""
    body = html[html.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_it_says_what_was_found_and_how_sure_that_is() -> None:
    text = told(page(outcome(finding(helps=True)), ["swap"], {}))
    assert "swap helps the linear model" in text
    assert "The linear model at 100 rows: what was found." in text
    assert re.search(r"swap 80 91\.0 90\.0 0\.250 2\.5 < 0\.001 0\.001", text)
    assert "repeat 300 (2), 1000 (1)" in text
    assert "+3.0 +1.0 to +5.0" in text


@pytest.mark.parametrize(
    ("helping", "headline"),
    [
        ([None], "No gain that this data can show "),
        ([None, None], "No gain that this data can show, in 2 comparisons"),
        (["a"], "a helps the linear model"),
        ([None, "a"], "a helps in 1 of 2 comparisons"),
        (["a", "b"], "a and b help in 2 of 2 comparisons"),
        (["a", "b", "c"], "3 configs help in 3 of 3 comparisons"),
    ],
)
def test_the_headline_counts_comparisons(helping: list[str | None], headline: str) -> None:
    names = ["a", "b", "c"]
    findings = [finding(size=size, names=names) for size, _ in enumerate(helping, 1)]
    for one, helps in zip(findings, helping, strict=True):
        one.helps = helps
    assert headline in told(page(outcome(*findings), names, {}))


def test_the_settings_of_networks_are_shown() -> None:
    text = told(page(outcome(finding()), ["swap"], {"encoder": {"longest": 256, "cs": [10.0, 30.0], "model": None}}))
    assert "All settings of encoder" in text
    assert re.search(r"longest 256 cs 10\.0, 30\.0 model none", text)


def test_a_single_split_has_no_interval() -> None:
    endless = Difference(1.0, -math.inf, math.inf, 1.0, math.inf)
    only = finding()
    for one in only.scores:
        one.gain = one.gain and endless
    html = page(outcome(only), ["swap"], {})
    assert "+1.0 – to –" in told(html)
    assert "inf" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL).replace("interval", "")
    assert "<b style" not in html


def test_places_stay_on_the_axis() -> None:
    html = page(outcome(finding(helps=True)), ["swap"], {})
    places = [float(value) for value in re.findall(r"left:([-\d.]+)%", html)]
    assert len(places) > 10
    assert all(0 <= place <= 100 for place in places)


def test_names_are_escaped_and_cut() -> None:
    name = "<script>alert(1)</script>" + "x" * 60
    findings = [finding(size=size, names=[name]) for size in (100, 300)]
    html = page(outcome(*findings), [name], {})
    assert "<script" not in html
    assert escape(name) in html
    assert html.count("svg") == 2


def test_many_curves_have_names_that_do_not_overlap() -> None:
    names = [f"config {number}" for number in range(12)]
    html = page(outcome(*(finding(size=size, names=names) for size in (100, 300))), names, {})
    drawing = html[html.index("<svg") : html.index("</svg>")]
    heights = sorted(
        float(height)
        for height, name in re.findall(r'<text [^>]*?y="([-\d.]+)"[^>]*>([^<]*)</text>', drawing)
        if name in names
    )
    assert len(heights) == 12
    assert min(later - before for before, later in pairwise(heights)) > 10


def test_places_are_moved_apart_in_their_order() -> None:
    moved = _apart([0.5, 0.5, 0.9, 0.1, 1.0], 0.2)
    assert sorted(range(5), key=lambda at: moved[at]) == [3, 0, 1, 2, 4]
    ordered = sorted(moved)
    assert all(later - before > 0.199 for before, later in pairwise(ordered))
    assert ordered[-1] <= 1


@pytest.mark.parametrize(("low", "high"), [(-8.2, 8.2), (-0.03, 0.4), (-61, 3), (-1, 1)])
def test_ticks_are_round_and_hold_zero(low: float, high: float) -> None:
    ticks = _ticks(low, high)
    assert 0 in ticks
    assert 3 <= len(ticks) <= 7
    assert all(low <= tick <= high for tick in ticks)


def test_names_are_cut_by_how_wide_they_are() -> None:
    assert cut("a name", 18) == "a name"
    assert cut("x" * 60, 18) == "x" * 17 + "…"
    assert cut("很长的中文名字很长的中文名字", 18) == "很长的中文名字很…"
    assert width(cut("标" * 50, 18)) <= 18
    assert cut("a\x1bb\nc", 18) == "a␛b c"
