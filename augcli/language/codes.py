"""Codes of languages: what is one, and what somebody may have meant who wrote another."""

from __future__ import annotations

_COMMON = frozenset({
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
})  # fmt: skip
"""Codes that most configs have; to look up others, the package with all of them is loaded, which takes a moment."""
_COUNTRIES = {
    "cn": "zh", "cz": "cs", "dk": "da", "gr": "el", "hk": "zh", "il": "he", "ir": "fa", "jp": "ja",
    "tw": "zh", "ua": "uk", "us": "en", "vn": "vi",
}  # fmt: skip
"""Codes of countries, with the language that is meant by them."""


def why_wrong(code: str) -> str | None:
    """Why `code`, of two or three small letters, is not how a language is named here; None when it is."""
    if code in _COMMON:
        return None
    import langcodes

    if not langcodes.tag_is_valid(code):
        hint = f"; did you mean {_COUNTRIES[code]}?" if code in _COUNTRIES else ""
        return f"{code!r} is not a language code of ISO 639{hint}"
    standard = langcodes.standardize_tag(code).partition("-")[0]
    if standard != code and len(standard) == 2:
        return f"{code!r} is written {standard} here"
    return None
