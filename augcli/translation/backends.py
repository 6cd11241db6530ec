"""Which back ends there are, and the translator that each makes."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import AfterValidator

from augcli.errors import ResourceError
from augcli.language.resources import Lexicon
from augcli.models.files import folder_of, lexicon_of
from augcli.models.hosted.session import Session, opened_cache
from augcli.plugin import names
from augcli.translation import apertium, ctranslate2, neural
from augcli.translation.platform import Platform
from augcli.translation.translator import CachedTranslator, Translator

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account
    from augcli.translation.hosted import HostedTranslator

LOCAL = ("apertium", "marian", "m2m100", "nllb", "ctranslate2")


def _refuse_unknown(backend: str) -> str:
    if backend not in LOCAL and backend not in names(Platform):
        known = [*LOCAL, *names(Platform)]
        near = get_close_matches(backend, known, n=1)
        raise ValueError(
            f"{backend!r} is not allowed; allowed: {', '.join(known)}{f'; did you mean {near[0]}?' if near else ''}"
        )
    return backend


Backend = Annotated[str, AfterValidator(_refuse_unknown)]


def model_files(source: str, target: str, model: str, revision: str | None) -> Lexicon:
    """The files of a model that translates from `source` to `target`. Raises ResourceError when there are none."""
    try:
        return lexicon_of("translation model", model, revision)
    except ResourceError as error:
        raise ResourceError(f"to translate from {source} to {target}: {error}") from None


def hosted_account(session: Session, platform: Platform, file: Path) -> Account:
    """The account of a session with a platform, which is kept in the file of the cache.

    Raises ResourceError when keys are missing or the file cannot be used.
    """
    from augcli.models.hosted.account import Account

    cache = opened_cache(session, file)
    return session.opened((Account, platform, file), lambda: Account(platform, session, cache))


def hosted_translator(session: Session, platform: Platform, file: Path, source: str, target: str) -> HostedTranslator:
    """The translator of a hosted platform."""

    def make() -> HostedTranslator:
        from augcli.translation.hosted import HostedTranslator

        account = hosted_account(session, platform, file)
        return HostedTranslator(platform, account, opened_cache(session, file), source, target)

    return session.opened((platform, file, source, target), make)


def local_translator(
    session: Session, backend: str, model: str, revision: str | None, source: str, target: str,
    decoding: neural.Decoding, cache_file: Path | None,
) -> Translator:  # fmt: skip
    """The translator of a back end on this machine, which remembers what it translated where a file is given."""

    def make() -> Translator:
        translator: Translator
        if backend == "apertium":
            translator = apertium.Apertium(source, target)
        else:
            model_files(source, target, model, revision)
            folder = folder_of(model, revision)
            if backend == "ctranslate2":
                translator = ctranslate2.CTranslate2(model, folder, source, target, decoding)
            else:
                family = cast(neural.Family, backend)
                translator = neural.NeuralTranslator(model, folder, family, source, target, decoding)
        return CachedTranslator(translator, opened_cache(session, cache_file)) if cache_file else translator

    return session.opened((backend, model, revision, source, target, decoding, cache_file), make)
