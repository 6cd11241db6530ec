"""What moves on stderr while a run works, what workers tell within a chunk, and what a resumed run counts as speed."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from augcli.chains.compose import StepNode
from augcli.chains.runner import Runner
from augcli.chains.variants import Chain
from augcli.models.device import batches, even_batches
from augcli.models.shares import heard_by, tell_share
from augcli.run import progress, rows_done
from augcli.run.progress import Progress
from augcli.run.rows_done import RowsDone, Worker
from augcli.steps.model_step import ModelStep
from augcli.text.edits import Edit
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import SNIPS, until
from tests.support.running import EDITS, failing_after, run_in


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait between two words."""
    monkeypatch.setattr(progress, "EVERY", 0.001)
    monkeypatch.setattr(progress, "LOGGED", 0.0)
    monkeypatch.setattr(rows_done, "EVERY", 0.0)


@pytest.mark.usefixtures("quick")
def test_a_log_has_lines_and_no_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ""

    def has(words: str) -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return words in said

    done = RowsDone(tmp_path)
    with Progress(quiet=False) as shown:
        shown.stage("the teacher learns")
        until(lambda: has("augcli: the teacher learns, 00:00\n"))
        shown.begin_rows(300, 100, done, (), doing="loading models")
        until(lambda: has("augcli: loading models, 00:00\n"))
        Worker(done).tell(50)
        until(lambda: has("augcli: 150 of 300 rows (50 %), "))
        time.sleep(0.05)
    assert " rows/s, 00:0" in said
    assert "\r" not in said


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2


def test_a_terminal_that_tells_no_size_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", told := _Terminal())
    monkeypatch.setattr(progress, "get_terminal_size", lambda _: os.terminal_size((0, 0)))
    with Progress(quiet=False) as shown:
        shown.stage("the teacher learns")
    assert "the teacher learns" in told.getvalue()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("options", [{"quiet": True}, {"quiet": False, "logs": False}])
def test_nothing_is_said_where_nobody_wants_it(options: dict[str, bool], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(**options) as shown:
        shown.stage("the teacher learns")
        time.sleep(0.02)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("quick")
def test_workers_tell_of_the_rows_of_all_their_chunks(tmp_path: Path) -> None:
    done = RowsDone(tmp_path)
    first, second = Worker(done), Worker(done)
    first.tell(7.9)
    assert done.rows() == 7
    first.tell(10, finished=True)
    first.tell(3)
    second.tell(5)
    assert done.rows() == 18
    done.forget()
    assert done.rows() == 0
    done.folder.rmdir()
    done.folder.touch()
    first.tell(11)
    assert done.rows() == 0, "where nothing can be written, nothing is told, and the work goes on"


@pytest.mark.parametrize("cut", [batches, even_batches])
def test_batches_tell_what_share_is_done(cut: Any) -> None:
    heard: list[float] = []
    with heard_by(heard.append):
        before = [[*heard] for _ in cut([3, 9, 17, 5, 2, 30], 32)]
    assert before[0] == []
    assert heard == sorted(heard)
    assert len(heard) == len(before) > 2
    assert heard[-1] == 1
    tell_share(0.5)
    assert heard[-1] == 1, "nobody listens any more"


class Slow(ModelStep):
    """Tells of its share as models do."""

    name: ClassVar = "slow"
    family: ClassVar = "language model"

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        for number in range(len(texts)):
            tell_share((number + 1) / len(texts))
        return [[(0, 0, "x")] if rng.randbelow(4) else [] for rng in rngs]


def test_a_chunk_tells_how_far_its_models_are() -> None:
    nodes = [StepNode(Slow(), "slow"), StepNode(Slow(), "slow#2")]
    runner = Runner([Chain(name, nodes, (), 3, lambda _: 2) for name in "ab"], seed=1, language="en",
                    protector=Protector((), ()))  # fmt: skip
    heard: list[float] = []
    runner.run([Record(id=str(n), texts=("some words",), row=[]) for n in range(4)], on_share=heard.append)
    assert heard == sorted(heard), "variants that are drawn again do not set it back"
    assert heard == [number / 32 for number in range(1, 33)], "two chains of two steps of eight texts"


def test_rows_of_an_earlier_run_are_no_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[int, int]] = []

    def see(self: Progress, total: int, finished: int, *_: Any, **__: Any) -> None:
        begun.append((total, finished))

    keys = {"path": str(SNIPS), "id": "id"}
    options: dict[str, Any] = {"chains": EDITS, "engine": {"chunk_rows": 50, "workers": 1}}
    with failing_after(3):
        run_in(tmp_path, keys, "t.jsonl", **options)
    monkeypatch.setattr(Progress, "begin_rows", see)
    _, outcome = run_in(tmp_path, keys, "t.jsonl", **options)
    assert begun == [(300, 150)]
    assert (outcome.resumed, outcome.resumed_rows) == (3, 150)
    assert 290 < outcome.resumed_variants <= 300
