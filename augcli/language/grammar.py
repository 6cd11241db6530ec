"""Mistakes of grammar in a text, counted by rules, or by a LanguageTool server."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from augcli.errors import ResourceError, RunError
from augcli.language.english import article

_MARKS = re.compile(r"(?<=\w)[ \t]+[,;:?!](?=\s|$)|([,;:，。；：、])\1|(?<!\.)\.\.(?!\.)|[,;:][.?!](?=\s|$)")
"""A blank before a mark, a mark twice, two marks that do not go together."""
_PAIRS = {"(": ")", "[": "]", "{": "}", "“": "”", "（": "）", "《": "》", "「": "」", "『": "』", "【": "】"}
_CLOSING = frozenset(_PAIRS.values())
_ALONE = re.compile(r"[:;=8]['-]?[()\[\]]|(?:^|\s)\w[)]")
"""Brackets without another half: smileys, and those behind the numbers of a list."""

_AGREEMENT = re.compile(
    r"(?:^|[.!?;,:]\s+|\b(?:but|because|when|while|so|since|although|though)\s+)"
    r"(?:(?:he|she|it) (?:are|have|do|am)|i (?:is|are|has|does)|(?:you|we|they) (?:is|has|does|am)"
    r"|(?:this|that) (?:are|were)|(?:these|those) (?:is|was|has))\b"
    r"|\b(?:(?:i|you|he|she|it|we|they) (?:can|will|may|might|must)|could|would|should|cannot"
    r"|(?:ca|wo|do|does|did)n['’]t) (?:is|are|am|was|were|has|had|does|did)\b"
    r"|\bmore (?:better|worse|easier|bigger|smaller|faster|cheaper)\b|\bmost (?:best|worst|easiest|biggest)\b",
    re.IGNORECASE,
)
"""A verb that does not go with its pronoun or auxiliary, a comparison made twice; each only where nothing else fits."""
_ARTICLE = re.compile(r"\b([Aa]n?) ([A-Za-z][A-Za-z'’-]*)")
_TWICE = re.compile(r"\b([a-z]+) \1\b", re.IGNORECASE)
_MAY_BE_TWICE = frozenset(
    ["that", "had", "very", "really", "so", "no", "yes", "bye", "ha", "please", "blah", "is", "do", "far", "many"]
)
_SMALL_I = re.compile(r"(?<![\w.'’-])i(?=$|\s|['’](?:m|ll|ve|d)\b)(?!\.)")
_PARTICLE_TWICE = re.compile(r"([的了吗呢吧被把和与是在])\1(?!\1)")
_BLANK_IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])[ ]+(?=[\u3400-\u9fff])")


def error_counter(language: str) -> Callable[[str], int]:
    """A function that counts the mistakes of a text in a language, those that it has rules for."""
    match language:
        case "en":
            return lambda text: _mark_errors(text) + _english_errors(text)
        case "zh":
            return lambda text: _mark_errors(text) + _count(_PARTICLE_TWICE, text) + _count(_BLANK_IN_CHINESE, text)
        case _:
            return _mark_errors


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _mark_errors(text: str) -> int:
    open_ones: list[str] = []
    lone = 0
    for mark in _ALONE.sub(" ", text):
        if mark in _PAIRS:
            open_ones.append(_PAIRS[mark])
        elif mark in _CLOSING:
            if open_ones and open_ones[-1] == mark:
                open_ones.pop()
            else:
                lone += 1
    return _count(_MARKS, text) + lone + len(open_ones) + text.count('"') % 2


def _english_errors(text: str) -> int:
    articles: int = sum(found[1].lower() != article(found[2]) for found in _ARTICLE.finditer(text) if found[2] != "A")
    twice: int = sum(found[1].lower() not in _MAY_BE_TWICE for found in _TWICE.finditer(text))
    return _count(_AGREEMENT, text) + articles + twice + _count(_SMALL_I, text)


_CODES = {"en": "en-US", "de": "de-DE", "pt": "pt-PT", "zh": "zh-CN"}
"""Of languages that LanguageTool does not spell unless a country is named."""


class LanguageTool:
    """A server of LanguageTool, which counts the mistakes of a text."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address.rstrip("/"), timeout=60)
        self._address = address

    def check(self, language: str) -> None:
        """Raise ResourceError where it does not answer, or does not know a language."""
        try:
            known = {one["code"] for one in self._client.get("/v2/languages").raise_for_status().json()}
        except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
            raise ResourceError(
                f"no LanguageTool answers at {self._address}: {error}; start its server, or leave out `server`"
            ) from error
        if language not in known:
            raise ResourceError(f"the LanguageTool at {self._address} does not know language {language!r}")

    def counter(self, language: str) -> Callable[[str], int]:
        """A function that counts the mistakes of a text. It raises RunError where the server gives no answer."""
        code = _CODES.get(language, language)

        def count(text: str) -> int:
            try:
                for attempt in Retrying(
                    retry=retry_if_exception_type(httpx.HTTPError),
                    stop=stop_after_attempt(4),
                    wait=wait_exponential(0.2, 5),
                    reraise=True,
                ):
                    with attempt:
                        sent = self._client.post("/v2/check", data={"text": text, "language": code})
                        matches: list[object] = sent.raise_for_status().json()["matches"]
                        return len(matches)
            except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
                raise RunError(f"the LanguageTool at {self._address} gives no answer: {error}") from error
            raise AssertionError

        return count
