"""Negations by language. Losing or changing one flips the meaning, and with it the label."""

from __future__ import annotations

_WORDS: dict[str, str] = {
    "de": "nicht nichts nie niemals niemand nirgends kein keine keinen keinem keiner keines ohne weder",
    "en": "no not never none nothing nobody nowhere neither nor without hardly barely scarcely cannot nope "
    "cant dont wont isnt arent wasnt werent doesnt didnt hasnt havent hadnt wouldnt couldnt shouldnt",
    "es": "no nunca jamás nada nadie ningún ninguno ninguna tampoco sin ni",
    "fr": "ne pas non jamais rien personne aucun aucune sans ni point guère",
    "it": "non no mai niente nulla nessuno nessuna senza né neanche nemmeno",
    "nl": "niet niets nooit niemand nergens geen zonder noch nee",
    "pl": "nie nigdy nic nikt żaden żadna bez ani",
    "pt": "não nunca nada ninguém nenhum nenhuma sem nem jamais",
    "ru": "не нет ни никогда ничего никто никак без нельзя",
    "tr": "değil yok hayır asla hiç",
    "uk": "не ні немає ніколи нічого ніхто без",
}
_BY_LANGUAGE = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_CHINESE = frozenset("不没無无非别別未勿莫否")


def negates(word: str, language: str) -> bool:
    """Whether `word` (of a text in `language`) says no. Of a Chinese word, one such character is enough."""
    if language == "zh":
        return not _CHINESE.isdisjoint(word)
    lower = word.lower().replace("’", "'")
    return lower in _BY_LANGUAGE.get(language, ()) or (language == "en" and lower.endswith("n't"))
