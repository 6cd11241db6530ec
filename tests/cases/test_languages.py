"""Rows in another language in Latin letters are noted, others are not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from augcli.config.config import Config
from augcli.run.look.rows import Row
from augcli.run.look.texts import other_words
from augcli.text.record import Record
from tests.cases.test_notices import config, notes, texts
from tests.support.helpers import ROOT, rows
from tests.support.nasty import DATA

SPOKEN = {
    "en": [
        "The room was clean but we could not sleep because of the noise.",
        "I want to cancel my booking for tomorrow",
        "I have not received my card yet",
        "How much is delivery to London?",
        "The product arrived broken and without a manual",
        "Set an alarm for seven in the morning",
        "Add this song to my playlist",
        "Very good value for money",
        "The food is excellent and the staff are kind",
        "The screen has not worked since yesterday",
        "Where is the nearest cinema?",
        "I forgot my password, what do I do?",
        "I would not buy it again",
        "They charged me twice",
        "Play music from the eighties",
    ],
    "de": [
        "Das Hotel war schön, aber für den Preis zu klein.",
        "Können Sie mir bitte helfen?",
        "Ich möchte meine Bestellung zurückgeben",
        "Übermorgen früh um sieben wecken",
        "Die Lieferung dauerte drei Wochen, unmöglich!",
        "Größe passt, Farbe weicht ab",
        "Für Anfänger völlig ungeeignet",
        "Warum wurde die Überweisung abgelehnt?",
        "Mein Paket ist noch nicht da, obwohl es „zugestellt“ heißt",
        "Zu süß für mich",
        "Gemütliches Café in der Nähe",
        "Wir würden wieder kommen, möglichst im Frühling",
    ],
    "fr": [
        "Le café était très bon et l’hôtel bien placé.",
        "Où est passée ma carte bancaire ?",
        "Je n’ai pas reçu le colis commandé",
        "Très déçu par la qualité",
        "L’écran est cassé à l’arrivée",
        "Réveille-moi à sept heures",
        "Ça ne marche pas du tout !",
        "Le prix est élevé pour ce que c’est",
        "Élégant, léger, parfait pour l’été",
        "Pourquoi mon paiement a-t-il été refusé ?",
        "J’ai oublié mon mot de passe, c’est gênant",
        "Où est la gare la plus proche, s’il vous plaît ?",
    ],
    "es": [
        "La habitación estaba limpia pero el ruido no nos dejó dormir.",
        "Quiero cancelar mi reserva para mañana",
        "No he recibido mi tarjeta todavía",
        "¿Cuánto cuesta el envío a Madrid?",
        "El producto llegó roto y sin instrucciones",
        "Pon una alarma a las siete de la mañana",
        "Añade esta canción a mi lista",
        "Muy buena relación calidad precio",
        "La comida es excelente y el personal muy amable",
        "No funciona la pantalla desde ayer",
        "¿Dónde está el cine más cercano?",
        "He olvidado mi contraseña, ¿qué hago?",
        "No lo volvería a comprar",
        "Me cobraron dos veces por la misma compra",
        "Reproduce música de los ochenta",
    ],
    "it": [
        "La camera era pulita ma il rumore non ci ha fatto dormire.",
        "Vorrei annullare la mia prenotazione per domani",
        "Non ho ancora ricevuto la carta",
        "Quanto costa la spedizione a Roma?",
        "Il prodotto è arrivato rotto e senza istruzioni",
        "Metti la sveglia alle sette di mattina",
        "Aggiungi questa canzone alla mia lista",
        "Ottimo rapporto qualità prezzo",
        "Il cibo è eccellente e il personale molto gentile",
        "Lo schermo non funziona da ieri",
        "Dov'è il cinema più vicino?",
        "Ho dimenticato la password, cosa devo fare?",
        "Non lo comprerei di nuovo",
        "Mi hanno addebitato due volte lo stesso acquisto",
        "Fammi sentire la musica degli anni ottanta",
    ],
    "nl": [
        "De kamer was schoon, maar door het lawaai konden we niet slapen.",
        "Ik wil mijn reservering voor morgen annuleren",
        "Ik heb mijn kaart nog niet ontvangen",
        "Hoeveel kost de verzending naar Amsterdam?",
        "Het product kwam kapot aan en zonder handleiding",
        "Zet de wekker op zeven uur",
        "Voeg dit nummer toe aan mijn lijst",
        "Prima prijs en goede kwaliteit",
        "Het eten is heerlijk en het personeel erg aardig",
        "Het scherm werkt sinds gisteren niet meer",
        "Waar is de dichtstbijzijnde bioscoop?",
        "Ik ben mijn wachtwoord vergeten, wat nu?",
        "Ik zou het niet opnieuw kopen",
        "Er is twee keer geld afgeschreven",
        "Speel muziek uit de jaren tachtig",
    ],
    "pt": [
        "O quarto estava limpo, mas o barulho não nos deixou dormir.",
        "Quero cancelar a minha reserva para amanhã",
        "Ainda não recebi o meu cartão",
        "Quanto custa o envio para Lisboa?",
        "O produto chegou partido e sem instruções",
        "Coloca o alarme para as sete da manhã",
        "Adiciona esta canção à minha lista",
        "Muito boa relação qualidade preço",
        "A comida é excelente e os funcionários muito simpáticos",
        "O ecrã não funciona desde ontem",
        "Onde fica o cinema mais próximo?",
        "Esqueci a minha senha, o que faço?",
        "Não voltaria a comprar isto",
        "Cobraram duas vezes a mesma compra",
        "Toca música dos anos oitenta",
    ],
}
NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}


def told(values: Sequence[str], language: str) -> list[str]:
    given = {"input": {"path": "x", "text": "text", "language": language}, "output": {"path": "y.jsonl"}, "chains": {}}
    seen = [Row(f"x:{n}", Record("x", (text,), (), None, None, "x", number=n), {}) for n, text in enumerate(values)]
    return [finding.message(seen) for finding in other_words(Config.model_validate(given), seen)]


@pytest.mark.parametrize("language", sorted(SPOKEN))
@pytest.mark.parametrize("given", sorted(SPOKEN))
def test_another_language_is_noted(language: str, given: str) -> None:
    for seed in range(5):
        said = told(random.Random(seed).choices(SPOKEN[language], k=20), given)
        if language == given:
            assert said == []
        else:
            (note,) = said
            assert note.endswith(f"are {NAMES[language]}; set input.language: {language}, not {given}")


def test_it_is_a_note_with_places(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, texts(SPOKEN["de"]), ["case"]))
    assert note.startswith("8 of 12 rows (in.jsonl:1, in.jsonl:2, in.jsonl:3, ...) are German; set input.language: de")
    assert notes(config(tmp_path, texts(SPOKEN["de"]), ["case"], language="de")) == []


def test_some_rows_in_another_language_are_noted() -> None:
    (note,) = told([*SPOKEN["en"] * 2, *SPOKEN["fr"]], "en")
    assert "are French" in note
    assert told([*SPOKEN["en"] * 10, *SPOKEN["fr"]], "en") == []


@pytest.mark.parametrize(
    "values",
    [
        ["Guten Tag", "Nein danke", "je ne sais", "la vida loca", "die Welt"],
        ["play la bamba by los lobos", "add un-break my heart to my list", "a dinner in the café Le Monde de Paris"],
        ["for die in dice: total += die", "import os; import sys", "if x in l: return den(x)", "SELECT de FROM la"],
        ["Ich love this room and we will come back", "the Wurst was good but das Bier is not what we had"],
        ["", "1 2 3 4 5", "😀 😀 😀 😀", "房间很干净", "Привет, как у тебя дела"],
    ],
)
def test_what_tells_no_language(values: list[str]) -> None:
    assert told(values * 20, "en") == []


def test_languages_that_are_not_listed() -> None:
    assert told(SPOKEN["nl"] * 2, "lb") == []


def english() -> list[Path]:
    files = [ROOT / f"sample_data/{name}.jsonl" for name in ("banking77", "snips")]
    return files + [file for file in sorted(DATA.glob("*/normalised/*.jsonl")) if "_zh" not in str(file)]


@pytest.mark.parametrize("file", english(), ids=lambda file: f"{file.parts[-3]}-{file.stem}")
@pytest.mark.parametrize("size", [20, 100, 1000])
def test_english_is_english(file: Path, size: int) -> None:
    values = [row["text"] for row in rows(file)]
    for start in range(0, len(values), max(size, len(values) // 20)):
        assert told(values[start : start + size], "en") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Сегодня мы никогда не купим этот телефон", "Cyrillic letters; set input.language (ru"),
        ("Δεν μου αρέσει αυτό το τηλέφωνο", "Greek letters; set input.language (el)"),
        ("لا أحب هذا الهاتف الجديد", "Arabic letters; set input.language (ar"),
    ],
)
def test_texts_in_other_letters_are_noted(text: str, told: str, tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, texts([f"{text} {number}" for number in range(6)])))
    assert note.startswith("6 of 6 rows")
    assert told in note
    assert not notes(config(tmp_path, texts([text] * 2 + ["An English text with some words"] * 9)))
