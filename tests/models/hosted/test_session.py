"""Sessions: what steps keep open for one run."""

from __future__ import annotations

import atexit
import gc
import json
import pickle
from pathlib import Path

import pytest

from augcli.errors import ResourceError
from augcli.models.hosted.session import Session, opened_cache
from augcli.models.hosted.usage import Usage
from augcli.models.results import Request
from augcli.plugin import find
from augcli.steps.translation.back_translation import BackTranslation
from augcli.translation.backends import hosted_account, hosted_translator
from augcli.translation.platform import Platform
from augcli.translation.translator import translated
from tests.support.fake_platforms import SECRETS, Fake
from tests.support.helpers import SNIPS
from tests.support.running import called


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS["deepl"].items():
        monkeypatch.setenv(name, value)


def deepl(url: str = "http://translate.invalid") -> Platform:
    return find(Platform, "deepl").model_validate({"base_url": url})


class Thing:
    """Says when it is closed."""

    def __init__(self, name: str, closed: list[str], *, broken: bool = False) -> None:
        self.name = name
        self.closed = closed
        self.broken = broken

    def close(self) -> None:
        self.closed.append(self.name)
        if self.broken:
            raise OSError(self.name)


def test_a_thing_is_made_once_for_a_key() -> None:
    session = Session()
    made = [session.opened(key, object) for key in ("a", "b", "a")]
    assert made[0] is made[2]
    assert made[0] is not made[1]


def test_all_is_closed_the_last_first() -> None:
    closed: list[str] = []
    with Session() as session:
        session.opened(1, lambda: Thing("file", closed))
        session.opened(2, object)
        session.opened(3, lambda: Thing("client", closed))
    assert closed == ["client", "file"]
    session.close()
    assert closed == ["client", "file"]


def test_what_fails_to_close_keeps_nothing_else_open() -> None:
    closed: list[str] = []
    session = Session()
    session.opened(1, lambda: Thing("file", closed))
    session.opened(2, lambda: Thing("client", closed, broken=True))
    with pytest.raises(OSError, match="client"):
        session.close()
    assert closed == ["client", "file"]


def test_a_session_travels_without_what_is_open(tmp_path: Path) -> None:
    """Locks, connections and clients do not pickle; the other process opens its own."""
    given = {"backend": "deepl", "pivots": ["zh"], "cache": str(tmp_path / "c.db")}
    step = BackTranslation.model_validate(given, context={"services": {"deepl": deepl()}})
    with Session("run", sends=True) as session:
        ours = step.in_session(session).account()
        sent: BackTranslation = pickle.loads(pickle.dumps(step.in_session(session)))
        with sent._session as other:
            theirs = sent.account()
            assert other == session
            assert theirs
            assert ours
            assert theirs is not ours
            assert theirs.sends
            theirs.charge(Usage(1, 7))
            assert ours.usage() == theirs.usage() == Usage(1, 7), "they are counted together"
        assert theirs.http.is_closed
        assert not ours.http.is_closed


def test_a_step_sends_nothing_unless_its_session_does(tmp_path: Path) -> None:
    given = {"backend": "deepl", "pivots": ["zh"], "cache": str(tmp_path / "c.db")}
    step = BackTranslation.model_validate(given, context={"services": {"deepl": deepl()}})
    with step._session:
        account = step.account()
        assert account
        assert not account.sends


def test_two_sessions_share_no_account(tmp_path: Path) -> None:
    file = tmp_path / "c.db"
    with Session("one", sends=True) as one, Session("other", sends=True) as other:
        account = hosted_account(one, deepl(), file)
        assert hosted_account(one, deepl(), file) is account
        assert hosted_account(other, deepl(), file) is not account
        account.charge(Usage(1, 5))
        assert account.usage() == Usage(1, 5)
        assert hosted_account(other, deepl(), file).usage() == Usage()
        account.forget()
        assert account.usage() == Usage()


def test_closing_closes_clients_and_files(tmp_path: Path) -> None:
    file = tmp_path / "c.db"
    before = atexit._ncallbacks()
    with Fake("deepl") as fake:
        with Session("run", sends=True) as session:
            translator = hosted_translator(session, deepl(fake.url), file, "en", "zh")
            assert all(translated(translator, [Request("hello")]).values())
            account, cache = hosted_account(session, deepl(fake.url), file), opened_cache(session, file)
            assert file.with_name("c.db-wal").exists()
        assert account.http.is_closed
        assert not file.with_name("c.db-wal").exists(), "SQLite removes it when nobody has the file open"
        with pytest.raises(ResourceError, match="closed database"):
            cache.known(b"", [Request("hello")])
        del translator, account, cache
        gc.collect()  # a socket that was left open would warn here, and a warning is an error
    assert atexit._ncallbacks() == before


@pytest.mark.parametrize("command", ["check", "plan", "preview", "run"])
def test_commands_leave_nothing_open(tmp_path: Path, command: str) -> None:
    file = tmp_path / "c.db"
    with Fake("deepl") as fake:
        step = {"backend": "deepl", "pivots": ["zh"], "cache": str(file)}
        config = {
            "input": {"path": str(SNIPS), "text": "text", "spans": None},
            "output": {"path": "out/a.jsonl"},
            "services": {"deepl": {"base_url": fake.url}},
            "chains": {"bt": {"steps": [{"back_translation": step}]}},
        }
        (tmp_path / "c.yaml").write_text(json.dumps(config))
        done = called(command, "c.yaml", cwd=tmp_path)
        gc.collect()
    assert done.returncode == 0, done.stderr
    assert file.exists()
    assert not file.with_name("c.db-wal").exists()
