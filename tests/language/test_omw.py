"""WordNet of other languages: files of the Open Multilingual Wordnet, found by NLTK."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from augcli.errors import ConfigError, ResourceError
from augcli.language import omw
from augcli.language.thesaurus import Sense, load
from augcli.steps.replacement import dictionaries
from augcli.steps.replacement.synonym import Synonym
from augcli.text.rng import Rng
from augcli.text.text import Text

FRENCH = """# A wordnet\tfra\thttp://example.org/\tCC BY
00001740-n\tfra:lemma\tvoiture
00001740-n\tfra:lemma\tautomobile
00001740-n\tfra:def\t0\tun engin
00002000-v\tfra:lemma\tacheter
00002000-v\tfra:lemma\tse_procurer
00003000-s\tlemma\trapide
00003000-s\tlemma\tprompt
00004000-n\tfra:lemma\tmaison
00004000-n\tfra:lemma\tfoyer
00004001-n\tfra:lemma\tmaison
00004001-n\tfra:lemma\tfirme
00004002-n\tfra:lemma\tmaison
00004002-n\tfra:lemma\tdemeure
00004003-n\tfra:lemma\tmaison
00004003-n\tfra:lemma\tdynastie
"""


@pytest.fixture(params=["folder", "zip"])
def corpus(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A corpus of NLTK with some French and Spanish words, and nothing else that NLTK finds."""
    root = tmp_path / "nltk_data" / "corpora"
    (root / "omw-1.4" / "wolf").mkdir(parents=True)
    (root / "omw-1.4" / "wolf" / "wn-data-fra.tab").write_bytes(FRENCH.encode())
    (root / "omw-1.4" / "mcr").mkdir()
    (root / "omw-1.4" / "mcr" / "wn-data-spa.tab").write_bytes(b"00001740-n\tspa:lemma\tcoche\n")
    if request.param == "zip":
        shutil.make_archive(str(root / "omw-1.4"), "zip", root, "omw-1.4")
        shutil.rmtree(root / "omw-1.4")
    monkeypatch.setattr("nltk.data.path", [str(tmp_path / "nltk_data")])
    for cached in (dictionaries._loaded, dictionaries.own_list, dictionaries.candidate_table):
        cached.cache_clear()
    yield root
    for cached in (dictionaries._loaded, dictionaries.own_list, dictionaries.candidate_table):
        cached.cache_clear()


def test_senses_of_a_language(corpus: Path, tmp_path: Path) -> None:
    found = omw.load("wordnet:fra")
    assert found["voiture"] == [Sense("n", ("automobile",))]
    assert found["acheter"] == [Sense("v", ("se procurer",))]
    assert found["prompt"] == [Sense("a", ("rapide",))]
    assert len(found["maison"]) == 4
    assert (found.as_given, found.ranked) == (False, False)
    (lexicon,) = omw.lexicons("wordnet:fra")
    assert lexicon.path().is_relative_to(corpus)
    assert len(lexicon.sha256()) == 64
    by_hand = tmp_path / "wn-data-fra.tab"
    by_hand.write_text(FRENCH, encoding="utf-8", newline="\r\n")
    assert load(by_hand) == found
    by_hand.write_text(FRENCH + "chat\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"wn-data-fra\.tab:17: expected a sense such as 00001740-n.* got 'chat'"):
        load(by_hand)


def test_synonym_takes_them(corpus: Path) -> None:
    step = Synonym(thesaurus="wordnet:fra", rate=1.0)
    assert step.config_error("fr", ()) is None
    step.setup("fr")
    text = Text("Voiture rapide pour acheter une maison", "fr")
    seen = {edit[2] for draw in range(20) for edit in step.edit(text, Rng(str(draw)))}
    assert seen == {"Automobile", "prompt", "se procurer"}  # four meanings of maison are too many
    single = Synonym(thesaurus="wordnet:fra", rate=1.0, phrases=False)
    assert "se procurer" not in {edit[2] for draw in range(20) for edit in single.edit(text, Rng(str(draw)))}


def test_what_is_missing_is_told(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ResourceError, match=r"has no 'deu'; it has fra, spa"):
        omw.load("wordnet:deu")
    monkeypatch.setattr("nltk.data.path", [str(corpus)])
    with pytest.raises(
        ResourceError, match=r"python -m nltk\.downloader omw-1\.4.*NLTK_DATA names; looked in .*corpora"
    ):
        omw.load("wordnet:fra")


@pytest.mark.parametrize(
    ("thesaurus", "language", "told"),
    [
        ("wordnet:fra", "fr", None),
        ("wordnet:cmn", "zh", None),
        ("wordnet:nob", "no", None),
        ("wordnet:fra", "de", "these are words of language 'fra', and the texts are of language 'de'"),
        ("wordnet:fr", "fr", "there is no language 'fr'; write its code of three letters"),
        ("wordnet:qqx1", "fr", "there is no language 'qqx1'"),
        ("wordnet:eng", "en", "leave `thesaurus` out"),
    ],
)
def test_languages(thesaurus: str, language: str, told: str | None) -> None:
    found = Synonym(thesaurus=thesaurus).config_error(language, ())
    assert told in found if told and found else found is told
