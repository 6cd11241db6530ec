"""The encoding of a file is told from its bytes, also when the config names another one that reads them somehow."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from augcli.errors import DataError
from augcli.io.files.encoding import encoding_hint, wrong_encoding
from tests.cases.test_notices import config, notes, refusal, saved, texts
from tests.support.helpers import ROOT, rows

JAPANESE = [
    "昨日は東京で友達と会いました",
    "値段が高いのに部屋が汚い",
    "この商品はとても使いやすいです。",
    "カードの再発行をお願いします",
]
KOREAN = ["오늘 날씨가 참 좋네요", "배송이 너무 늦어서 실망했습니다.", "이 제품은 정말 사용하기 편해요"]
RUSSIAN = ["Привет, как дела?", "Доставка была слишком долгой", "Номер был чистый и тихий."]
ENGLISH = ["I don’t like this phone — it’s slow", "The top-up of £50 didn’t arrive", "It’s “great”, they said"]
FRENCH = ["Le café était très bon et l’hôtel bien placé.", "Où est passée ma carte ?", "Très déçu par la qualité"]
CHINESE = [row["text"] for row in rows(ROOT / "sample_data/crosswoz_zh.jsonl")]
TRADITIONAL = ["房間很乾淨，服務員也很熱情，但是隔音不好。", "物流太慢了，等了兩個星期，包裝還破了。", "這裡的菜很好吃"]
KNOWN = [
    ("cp1252", ENGLISH), ("cp1252", FRENCH), ("gb18030", CHINESE), ("big5", TRADITIONAL), ("shift_jis", JAPANESE),
    ("euc_jp", JAPANESE), ("cp949", KOREAN), ("koi8_r", RUSSIAN), ("cp1251", RUSSIAN),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh", "ja", "ru"])
@pytest.mark.parametrize("count", [3, 30, 300])
@pytest.mark.parametrize(("encoding", "known"), KNOWN)
def test_the_encoding_is_told_whatever_the_language(
    encoding: str, known: Sequence[str], count: int, language: str
) -> None:
    told = ([*known] * count)[:count]
    lines = "".join(f'{{"id": {number}, "text": "{text}"}}\n' for number, text in enumerate(told))
    hint = encoding_hint(BytesIO(lines.encode(encoding)), language)
    assert hint == f"; set input.encoding: {encoding}, which fits"


def test_what_cannot_be_told_apart_is_named_together() -> None:
    hint = encoding_hint(BytesIO("東京都庁舎前".encode("shift_jis")), "en")
    assert " or " in hint
    assert hint.endswith(", which fit")


WIDE = [
    ("utf-16-le", b"", "utf-16-le"), ("utf-16-be", b"", "utf-16-be"), ("utf-32-le", b"", "utf-32-le"),
    ("utf-32-be", b"", "utf-32-be"), ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
    ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"), ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
    ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32"),
]  # fmt: skip


def alike(one: str, other: str) -> bool:
    """Whether two names are of one encoding where no mark stands."""
    return one == other or {one, other} in ({"utf-16", "utf-16-le"}, {"utf-32", "utf-32-le"})


@pytest.mark.parametrize(
    "known", [ENGLISH, CHINESE, JAPANESE, RUSSIAN, ["plain"]], ids=["en", "zh", "ja", "ru", "ascii"]
)
@pytest.mark.parametrize(("encoding", "mark", "named"), WIDE)
@pytest.mark.parametrize("count", [1, 3, 300])
def test_wide_encodings(known: Sequence[str], encoding: str, mark: bytes, named: str, count: int) -> None:
    for header in ("text", "文本"):
        lines = "\n".join([header, *([*known] * count)[:count], ""])
        start = (mark + lines.encode(encoding))[:4096]
        for given in ("utf-8", "cp1252", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"):
            why = wrong_encoding(start, given)
            if given == named or alike(encoding, given):
                assert why == ""
            else:
                assert why == f"the file starts like {named[:6].upper()}; set input.encoding: {named}"


@pytest.mark.parametrize(("encoding", "mark", "named"), WIDE)
@pytest.mark.parametrize("packed", [False, True])
def test_wide_encodings_of_files(tmp_path: Path, encoding: str, mark: bytes, named: str, packed: bool) -> None:
    data = mark + "\n".join(["text", *ENGLISH[:2], ""]).replace(",", "").encode(encoding)
    (tmp_path / "in.csv").write_bytes(gzip.compress(data) if packed else data)
    for given in ("utf-8", "cp1252"):
        said = refusal(saved(tmp_path, path="in.csv", encoding=given), DataError)
        assert said.endswith(f"in.csv: the file starts like {named[:6].upper()}; set input.encoding: {named}")
    assert notes(saved(tmp_path, path="in.csv", encoding=named)) == []


@pytest.mark.parametrize("data", [b"text\nnot \0 here\n", b"text\0\nnot here\n", "café,\0\n,no\0\n".encode(), b""])
def test_a_nul_byte_makes_no_file_wide(data: bytes) -> None:
    assert wrong_encoding(data, "utf-8") == ""


@pytest.mark.parametrize("given", ["utf-16", "utf-16-le", "utf-32"])
def test_a_file_that_is_not_wide(tmp_path: Path, given: str) -> None:
    (tmp_path / "in.csv").write_text("text\ncafé très bon\n" * 900, encoding="utf-8")
    said = refusal(saved(tmp_path, path="in.csv", encoding=given), DataError)
    assert said.endswith(f"in.csv: the file is UTF-8, not {given[:6].upper()}; leave input.encoding out")


@pytest.mark.parametrize("given", ["cp1252", "latin-1", "gb18030", "utf-16"])
def test_the_mark_of_utf8_under_another_encoding(tmp_path: Path, given: str) -> None:
    (tmp_path / "in.csv").write_bytes(codecs.BOM_UTF8 + "text\ncafé très bon\n".encode())
    said = refusal(saved(tmp_path, path="in.csv", encoding=given), DataError)
    assert f"the file starts with the mark of UTF-8, and is not {given}; leave input.encoding out" in said
    for right in ("utf-8", "utf-8-sig"):
        assert notes(saved(tmp_path, path="in.csv", encoding=right)) == []


@pytest.mark.parametrize("given", ["latin-1", "cp1252", "iso8859-15"])
@pytest.mark.parametrize(
    ("encoding", "known"),
    [("shift_jis", JAPANESE), ("euc_jp", JAPANESE), ("gb18030", CHINESE[:40]), ("cp949", KOREAN), ("cp1251", RUSSIAN)],
)
def test_other_scripts_read_as_latin_letters(tmp_path: Path, encoding: str, known: Sequence[str], given: str) -> None:
    data = "".join(f"{text.replace(',', '')}\n" for text in ["text", *known]).encode(encoding)
    try:
        data.decode(given)
    except UnicodeDecodeError:
        pytest.skip("such bytes are refused")
    (tmp_path / "in.csv").write_bytes(data)
    (note,) = notes(saved(tmp_path, ["case"], path="in.csv", encoding=given))
    assert note.endswith(f"are not in {given}; set input.encoding: {encoding}")


@pytest.mark.parametrize("given", ["latin-1", "cp1252"])
def test_latin_letters_are_left_alone(tmp_path: Path, given: str) -> None:
    known = ["£££ très cher", "ÀÉÈ ÖÄÜ", "déjà vu", "Ärger über Öl", "¿¡Qué!?", "5–6", "«été\u00a0»", "SPASS»"]
    plain = [text for text in known if text.encode(given, "replace").decode(given) == text]
    (tmp_path / "in.csv").write_bytes("".join(f"{text}\n" for text in ["text", *plain]).encode(given))
    assert notes(saved(tmp_path, ["case"], path="in.csv", encoding=given)) == []


@pytest.mark.parametrize("wrongly", ["latin-1", "cp1252"])
@pytest.mark.parametrize(
    "text", ["un café très bon", "I don’t like “it”", "Où ça ?", "房间很干净", "Привет", "10 € and £5"]
)
def test_utf8_that_was_read_wrongly_before(tmp_path: Path, text: str, wrongly: str) -> None:
    try:
        seen = text.encode().decode(wrongly)
    except UnicodeDecodeError:
        pytest.skip("such bytes cannot be read so")
    (note,) = notes(config(tmp_path, texts([seen, "nothing here"]), ["case"]))
    assert note.startswith("1 of 2 rows (in.jsonl:1) hold UTF-8 that was read as latin-1 or cp1252 before it was")
    assert note.endswith("; fix the file")


@pytest.mark.parametrize(
    "text",
    ["un café très bon", "« C’est l’été\u00a0»", "„Spaß“ für alle", "«LIBERTÉ»", "naïve ÄÖÜß", "Ça va… “oui”", "¡Olé!”",
     "À «PARÍ»", "line\x85two words", "ANÃO É", "10 €–20 €"],
)  # fmt: skip
def test_texts_that_are_right(tmp_path: Path, text: str) -> None:
    assert notes(config(tmp_path, texts([text, text]), ["case"])) == []
