"""What is known of lexicons and vectors, and the command that lists, gets and checks them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from augcli.commands import resources as inventory
from augcli.commands.reference import operations
from augcli.errors import ConfigError, ResourceError, RunError
from augcli.language import resources
from augcli.language.resources import BUDOUX_JA, CODESPELL, OPENCC, RESOURCES, SIMILAR_CHARS, Lexicon, find, opencc
from augcli.steps.translation.back_translation import BackTranslation
from tests.support.helpers import ROOT
from tests.support.running import called

WORDS = Lexicon(
    "made-up words", "data/words.txt", "CC0-1.0", "augcli-made-up-words", "augcli_made_up_words",
    key="words", serves="en: nothing", pin="1.5", parts="data/*",
)  # fmt: skip
INSTALLS = "pip install augcli-made-up-words==1.5"


def _hash(content: bytes) -> str:
    return urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()


def _wheel(folder: Path, files: dict[str, bytes]) -> None:
    info = "augcli_made_up_words-1.5.dist-info"
    contents = {
        "augcli_made_up_words/__init__.py": b"raise SystemExit('nobody imports it')",
        **{f"augcli_made_up_words/{name}": content for name, content in files.items()},
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: augcli-made-up-words\nVersion: 1.5\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in contents.items())
    with zipfile.ZipFile(folder / "augcli_made_up_words-1.5-py3-none-any.whl", "w") as wheel:
        for name, content in contents.items():
            wheel.writestr(name, content)
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip installs to: an empty folder; it finds packages only in `wheels` beside it. `words` is a resource."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "site").mkdir()
    monkeypatch.setattr(resources, "RESOURCES", (WORDS,))
    monkeypatch.setattr(inventory, "RESOURCES", (WORDS,))
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "site"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    return tmp_path / "site"


@pytest.fixture
def installed(site: Path) -> Path:
    """The folder of the words, installed."""
    _wheel(site.parent / "wheels", {"data/words.txt": b"one\n", "data/index.txt": b"1\n", "notes.txt": b"x"})
    inventory.get("words")
    return site / "augcli_made_up_words"


def test_get_installs_what_is_missing(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _wheel(site.parent / "wheels", {"data/words.txt": b"one\n"})
    with pytest.raises(ResourceError, match=f"missing: made-up words; get it with: {INSTALLS}$"):
        WORDS.path()
    path = site / "augcli_made_up_words/data/words.txt"
    assert inventory.get("words") == f"words is there now: {path}"
    out, err = capfd.readouterr()
    assert out == ""
    assert f"running {sys.executable} -m {INSTALLS}\n" in err
    assert "Successfully installed" in err
    assert inventory.get("words") == f"words is already there: {path}"
    assert capfd.readouterr() == ("", "")
    assert WORDS.source == "augcli-made-up-words 1.5"
    assert WORDS.sha256() == sha256(b"one\n").hexdigest()


def test_get_when_pip_fails(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RunError, match="pip could not install augcli-made-up-words; its message is above"):
        inventory.get("words")
    assert "No matching distribution found for augcli-made-up-words==1.5" in capfd.readouterr().err


def test_get_of_a_package_without_the_file(site: Path) -> None:
    _wheel(site.parent / "wheels", {"other.txt": b"one\n"})
    with pytest.raises(RunError, match=r"augcli-made-up-words 1\.5 is installed, but has no data/words\.txt"):
        inventory.get("words")


def test_get_replaces_a_file_that_was_deleted(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (installed / "data/words.txt").unlink()
    assert WORDS.command == f"{INSTALLS} --force-reinstall --no-deps"
    monkeypatch.setenv("PIP_UPGRADE", "1")  # pip asks for it with a target folder
    inventory.get("words")
    assert (installed / "data/words.txt").read_bytes() == b"one\n"


def test_get_of_a_part_of_augcli(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inventory.get("similar-chars") == f"similar-chars is part of augcli: {SIMILAR_CHARS.path()}"
    monkeypatch.setattr(resources, "RESOURCES", (replace(SIMILAR_CHARS, file="gone.txt"),))
    with pytest.raises(ResourceError, match="part of augcli and missing; get it with: pip install augcli=="):
        inventory.get("similar-chars")


def test_check_says_ok(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (installed / "notes.txt").write_bytes(b"of no interest")
    inventory.check(["words"])
    assert capsys.readouterr().out == "ok       words  augcli-made-up-words 1.5\n"
    assert sorted(WORDS.recorded()) == WORDS.files() == [installed / "data/index.txt", installed / "data/words.txt"]


@pytest.mark.parametrize(
    ("spoil", "file"),
    [
        (lambda folder: (folder / "data/words.txt").write_bytes(b"two\n"), "data/words.txt"),
        (lambda folder: (folder / "data/index.txt").unlink(), "data/index.txt"),
    ],
)
def test_check_finds_changed_files(
    installed: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object], file: str
) -> None:
    spoil(installed)
    with pytest.raises(RunError, match=f"words was changed since it was installed: {INSTALLS} --force-reinstall"):
        inventory.check([])
    assert capsys.readouterr().out == f"changed  words  {installed / file}\n"


def test_check_finds_what_is_missing(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ResourceError, match=f"words is missing: {INSTALLS}$"):
        inventory.check([])
    for module in (resources, inventory):
        monkeypatch.setattr(module, "RESOURCES", (replace(WORDS, optional=True),))
    capsys.readouterr()
    inventory.check([])
    assert capsys.readouterr().out == f"missing  words  optional: {INSTALLS}\n"
    with pytest.raises(ResourceError, match=INSTALLS):
        inventory.check(["words"])


def test_check_without_a_record(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    next(installed.parent.glob("*.dist-info/RECORD")).unlink()
    inventory.check([])
    assert "which has no record to compare with" in capsys.readouterr().out


def test_a_lexicon_of_the_users(tmp_path: Path) -> None:
    lexicon = Lexicon("your words", str(tmp_path / "words.tsv"), "yours")
    assert not lexicon.present()
    (tmp_path / "words.tsv").write_bytes(b"a\tb\n")
    assert lexicon.present()
    assert lexicon.recorded() == {}
    assert lexicon.described() == {
        "name": "your words",
        "from": "your own",
        "file": str(tmp_path / "words.tsv"),
        "licence": "yours",
        "sha256": sha256(b"a\tb\n").hexdigest(),
    }


def test_every_lexicon_of_a_step_is_listed() -> None:
    ready = [each for each in operations() if not any(field.is_required() for field in each.model_fields.values())]
    ready.remove(BackTranslation)  # its dictionaries come with apertium
    lexicons = [lexicon for each in ready for lexicon in each().lexicons("en")]
    named = {lexicon.key for lexicon in lexicons if lexicon.package}
    assert named <= {lexicon.key for lexicon in RESOURCES}
    assert {"codespell", "jieba", "pinyin", "similar-chars", "opencc"} <= named
    assert len({lexicon.key for lexicon in RESOURCES}) == len(RESOURCES)
    assert all(find(lexicon.key) is lexicon for lexicon in RESOURCES)


def test_pins_are_those_of_the_constraints() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().splitlines()
    tested = dict(line.split("==") for line in lines if "==" in line)
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    own = {re.split("[>=]", dependency)[0] for dependency in dependencies} | {"augcli"}
    for lexicon in RESOURCES:
        assert lexicon.optional == (lexicon.package not in own)
        if not lexicon.optional:
            assert lexicon.pin == tested.get(lexicon.package, "")


def test_what_comes_with_the_installation_is_there_and_whole() -> None:
    for lexicon in RESOURCES:
        if not lexicon.optional:
            assert lexicon.path() in lexicon.files()
            assert not lexicon.changed()
    assert CODESPELL.recorded().keys() == {CODESPELL.path()}
    assert set(OPENCC.files()) == OPENCC.recorded().keys()
    assert opencc("t2s").path() in OPENCC.files()


def test_the_list(tmp_path: Path) -> None:
    done = called("resources", cwd=tmp_path, env={"COLUMNS": "80"})
    told = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert told == called("resources", "list", cwd=tmp_path, env={"COLUMNS": "80"}).stdout.decode()
    for lexicon in RESOURCES:
        assert re.search(f"^ *{lexicon.key} .* {'present' if lexicon.present() else 'missing'} *$", told, re.M)
        assert lexicon.present() or f"to get {lexicon.key}: {lexicon.command}\n" in told


def test_the_list_as_json(tmp_path: Path) -> None:
    listed = json.loads(called("resources", "--format", "json", cwd=tmp_path).stdout)
    assert listed == json.loads(called("resources", "list", "--format", "json", cwd=tmp_path).stdout)
    known = {entry["name"]: entry for entry in listed}
    content = CODESPELL.path().read_bytes()
    assert known["codespell"] == {
        "name": "codespell",
        "what": "list of common misspellings",
        "for": "en: misspelling",
        "package": "codespell",
        "version": CODESPELL.version,
        "licence": "CC BY-SA 3.0",
        "optional": False,
        "present": True,
        "files": [
            {"path": str(CODESPELL.path()), "bytes": len(content), "sha256": sha256(content).hexdigest()},
        ],
        "command": None,
    }
    assert known["budoux-ja"]["command"] == (None if BUDOUX_JA.present() else BUDOUX_JA.command)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["get", "codespel"], 2, "there is no resource called 'codespel'; did you mean codespell?"),
        (["check", "zzz"], 2, "there is no resource called 'zzz'; `augcli resources` lists them: codespell, jieba"),
        (["get"], 2, "Missing argument 'NAME'"),
        (["--format", "json", "list"], 2, "it belongs behind `list`"),
        (["get", "jieba"], 0, "jieba is already there: "),
        (["check"], 0, ""),
    ],
)
def test_the_commands(tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    done = called("resources", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in (done.stderr or done.stdout).decode()


def test_unknown_names_are_refused_before_anything_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError):
        inventory.check(["codespell", "zzz"])
    assert capsys.readouterr().out == ""


def test_importing_and_listing_load_no_resource() -> None:
    code = "import sys\nfrom augcli.commands import resources\nresources.listing_json()\n"
    code += "print([name for name in ('jieba', 'pypinyin', 'opencc', 'codespell_lib', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
