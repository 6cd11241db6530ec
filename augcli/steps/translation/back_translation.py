"""Sentences go through another language and back."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo

from augcli.language.resources import CachePath, Lexicon, config_folder
from augcli.models.device import PRECISIONS, Precision
from augcli.models.results import Refusal
from augcli.plugin import find
from augcli.process import cache_folder
from augcli.steps.model_step import HostedStep
from augcli.steps.step import StepResult
from augcli.steps.translation.faults import FAILED, FOREIGN, LENGTH, LOST, UNCLEAN
from augcli.steps.translation.round_trip import (
    RoundTrip,
    Route,
    Unit,
    edits_of,
    fault_of,
    foreign_words,
    is_seamless,
    masked_sentences,
    nth_result,
    translate_leg,
)
from augcli.text.edits import Edit, apply
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.translation import apertium, backends, ctranslate2, neural
from augcli.translation.backends import LOCAL, Backend
from augcli.translation.languages import flores
from augcli.translation.platform import Platform
from augcli.translation.translator import Translator

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account

HOSTED_CHUNK = 5000
"""Rows of a chunk where texts are sent to a platform: at the end of each leg, calls run out."""

_KEYS = 1 << 64


def _model_beside_config(model: str, info: ValidationInfo) -> str:
    known = {"from", "to"}
    if unknown := {name for _, name, _, _ in Formatter().parse(model) if name is not None} - known:
        raise ValueError(f"{{{unknown.pop()}}} is not known here; write {{from}} and {{to}} for the languages")
    folder = config_folder(info)
    there = not Path(model).is_absolute() and any(folder.glob(re.sub(r"\{\w+\}", "*", model)))
    return (folder / model).as_posix() if there else model.replace(os.sep, "/")


Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}([_-][A-Z][a-z]{3})?$")]
Model = Annotated[str, AfterValidator(_model_beside_config)]


class BackTranslation(HostedStep):
    """Translate sentences to another language and back; what comes back says the same in other words.

    Texts are translated by sentence, and what stands between sentences stays. A sentence stays as it is when it comes
    back with differences in case, blanks or the shape of signs only. Protected text travels as placeholders. Nothing is
    cut: a sentence too long for the model is translated by clauses. A variant is rejected and counted when protected
    text is lost or moved, when a negation is lost or added, when brackets, HTML entities, line breaks or marks of
    unknown words come in, when its length is out of bounds, or when apertium leaves words in the other language.
    Provenance tells the text in the other language, and the models.

    Hosted platforms are paid by the character; `augcli plan` says how many would be sent. Keys are read from
    environment variables or from a file; all settings of an account stand in the section `services` of the config.
    Translations are kept, so that none is paid for twice.
    """

    name: ClassVar = "back_translation"
    family: ClassVar = "translation"
    works_on_parts: ClassVar = False
    paper: ClassVar = (
        "Sennrich et al. 2016, Improving NMT Models with Monolingual Data (P16-1009); Xie et al. 2020, UDA "
        "(arXiv:1904.12848); sampling: Edunov et al. 2018 (D18-1045)"
    )
    example: ClassVar = "back_translation: {backend: marian, model: 'Helsinki-NLP/opus-mt-{from}-{to}', pivots: [fr]}"
    uses_words: ClassVar = False

    backend: Backend = Field(
        "apertium",
        description="marian, m2m100, nllb: models of the transformers package; ctranslate2: such a model converted, "
        "faster on CPUs; apertium: the rule-based program of Debian and Ubuntu, which needs no model; up to one "
        "in fifty of its sentences depend on others of the same chunk; google, bing, deepl, baidu, youdao, tencent, "
        "libretranslate, sogou: hosted platforms, see `services`",
    )
    pivots: list[Language | list[Language]] = Field(
        ["eo"],
        min_length=1,
        description="languages to go through, as ISO 639-1 (or FLORES-200, such as zho_Hant); the variants of a row "
        "take them in turn; a list in the list is a chain: [[es, it]] goes there by both",
    )
    model: Model | dict[str, Model] | None = Field(
        None,
        description="folder of a model, or its name on the Hugging Face hub if it was fetched before (hf download "
        "NAME); {from} and {to} stand for the languages; or one model for each direction: {en-fr: ..., fr-en: ...}",
    )
    revision: str | None = Field(None, description="of a model from the hub: branch, tag or commit")
    decode: Literal["beam", "sample"] = Field(
        "beam",
        description="beam: the likeliest translations; where variants share a pivot, each takes the next likely one; "
        "sample: drawn, which gives more variety (UDA)",
    )
    beams: int = Field(5, ge=1, description="with beam: translations that are followed")
    temperature: float = Field(
        0.8, gt=0, description="with sample: below 1 likely words are drawn more often (UDA: 0.8)"
    )
    top_k: int = Field(0, ge=0, description="with sample: draw from so many of the likeliest; 0 means all")
    top_p: float = Field(
        1.0, gt=0, le=1, description="with sample: draw from the likeliest that together have this share"
    )
    min_length_ratio: float = Field(
        0.5, ge=0, description="reject a text that comes back shorter than this share of it"
    )
    max_length_ratio: float = Field(2.0, gt=0, description="or longer; UDA rejects changes over half: 0.5 and 1.5")
    precision: Precision = Field(
        "auto", description=f"of the weights; {PRECISIONS}; auto is int8 with ctranslate2 on a CPU"
    )
    batch_tokens: int = Field(
        4096, ge=1, description="tokens that the model works on at once, times beams, padding included"
    )
    cache: bool | CachePath | None = Field(
        None,
        description="file where translations are kept, so that no run translates a sentence again; when not given, one "
        "in the user's cache folder for models and platforms, and none for apertium; false: none",
    )

    _hosted: Platform | None = PrivateAttr(None)

    def model_post_init(self, context: dict[str, Any] | None) -> None:
        if self.backend not in LOCAL:
            self._hosted = (context or {}).get("services", {}).get(self.backend) or find(Platform, self.backend)()

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.decode == "sample" and self.backend not in ("marian", "m2m100", "nllb"):
            return f"{self.backend} cannot draw by row: use `decode: beam`, or backend marian, m2m100 or nllb"
        if self.min_length_ratio > self.max_length_ratio:
            return "min_length_ratio is above max_length_ratio"
        if (self.model is None) != (self.backend == "apertium" or self._hosted is not None):
            return f"{self.backend} takes no `model`" if self.model else f"backend {self.backend} needs a `model`"
        if self._hosted and self.cache is False:
            return "a hosted platform needs the cache, so that nothing is paid for twice; leave `cache` out"
        directions = [direction for route in self._routes(language) for direction in pairwise(route)]
        return next((why for direction in directions if (why := self._unable(*direction))), None)

    def _unable(self, source: str, target: str) -> str | None:
        """Why nothing can be translated in this direction, as far as is known without looking for the model."""
        if source == target:
            return f"a pivot must be another language than the one before it: {source}"
        if self._hosted:
            return self._hosted.unable(source, target)
        if self.backend == "apertium" and not apertium.known(source, target):
            return f"apertium has no pair of languages {source}-{target}; `apt search apertium-` lists those of Debian"
        if self.backend == "nllb":
            unknown = next((language for language in (source, target) if not flores(language)), None)
            return unknown and f"no FLORES-200 code is known for {unknown!r}; write the code itself, such as zho_Hans"
        if self.backend == "marian" and isinstance(self.model, str) and "{" not in self.model:
            return "a marian model translates one way: write {from} and {to} in `model`, or a model for each direction"
        if isinstance(self.model, dict) and f"{source}-{target}" not in self.model:
            return f"`model` has none for {source}-{target}; it has {', '.join(self.model)}"
        return None

    def _routes(self, language: str) -> list[Route]:
        pivots = [[pivot] if isinstance(pivot, str) else pivot for pivot in self.pivots]
        return [(language, *pivot, language) for pivot in pivots]

    def _directions(self, language: str) -> list[tuple[str, str]]:
        return list(dict.fromkeys(direction for route in self._routes(language) for direction in pairwise(route)))

    def _model_for(self, source: str, target: str) -> str:
        given = self.model[f"{source}-{target}"] if isinstance(self.model, dict) else self.model or ""
        return given.format(**{"from": source, "to": target})

    def needs_negations(self) -> bool:
        return True

    def chunk_rows(self) -> int:
        return HOSTED_CHUNK if self._hosted else super().chunk_rows()

    def service(self) -> str | None:
        return self._hosted.name if self._hosted else None

    @property
    def address(self) -> str | None:
        return self._hosted.base_url if self._hosted else None

    def account(self) -> Account | None:
        file = self._cache_file()
        return backends.hosted_account(self._session, self._hosted, file) if self._hosted and file else None

    def on_gpu(self) -> bool:
        return self.backend != "apertium" and not self._hosted and super().on_gpu()

    def versions(self) -> Sequence[str]:
        if self._hosted:
            return [self._hosted.variety(), str(self._hosted.languages)]
        if self.backend == "apertium":
            return [apertium.version()]
        more = [ctranslate2.versions()] if self.backend == "ctranslate2" else []
        return [*super().versions(), *neural.versions(), *more]

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        found: dict[str, Lexicon] = {}
        for source, target in self._directions(language) if not self._hosted else ():
            if self.backend == "apertium":
                found |= {str(lexicon): lexicon for lexicon in apertium.lexicons(source, target)}
            else:
                model = self._model_for(source, target)
                found.setdefault(model, backends.model_files(source, target, model, self.revision))
        return list(found.values())

    def setup(self, language: str) -> None:
        for source, target in self._directions(language):
            self._translator(source, target)

    def _translator(self, source: str, target: str) -> Translator:
        file = self._cache_file()
        if self._hosted and file:
            return backends.hosted_translator(self._session, self._hosted, file, source, target)
        decoding = neural.Decoding(
            self.decode == "sample", self.beams, self.temperature, self.top_k, self.top_p, self.precision,
            self.device or "auto", self.batch_tokens,
        )  # fmt: skip
        model = "" if self.backend == "apertium" else self._model_for(source, target)
        return backends.local_translator(
            self._session, self.backend, model, self.revision, source, target, decoding, file
        )

    def _cache_file(self) -> Path | None:
        if isinstance(self.cache, str):
            return Path(self.cache)
        wanted = self.backend != "apertium" if self.cache is None else self.cache
        return cache_folder() / "translations.sqlite3" if wanted else None

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.edit_batch([text], [rng])[0]

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        routes = self._routes(texts[0].language) if texts else []
        found = {id(text): masked_sentences(text) for text in texts}
        trips: list[RoundTrip] = []
        units: dict[Route, list[Unit]] = defaultdict(list)
        for text, rng in zip(texts, rngs, strict=True):
            turn, place = divmod(rng.variant - 1, len(routes))
            route = routes[place]
            travelling = [Unit(sentence, self._keys(rng, route)) for sentence in found[id(text)] if sentence.clean()]
            units[route] += travelling
            trips.append(RoundTrip(text, route, turn, travelling, whole=len(travelling) == len(found[id(text)])))
        for route, travelling in units.items():
            for leg, direction in enumerate(pairwise(route)):
                translate_leg(self._translator(*direction), leg, travelling)
        return [self._proposal(trip) for trip in trips]

    def _keys(self, rng: Rng, route: Route) -> list[int]:
        return [rng.randbelow(_KEYS) if self.decode == "sample" else 0 for _ in route[1:]]

    def _proposal(self, trip: RoundTrip) -> StepResult:
        if not trip.whole:
            return StepResult(refused=UNCLEAN)
        stages = [stage for unit in trip.units for stage in unit.stages]
        if refusal := next((stage.why for stage in stages if isinstance(stage, Refusal)), ""):
            return StepResult(refused=refusal, failed=True)
        if not all(stages):
            return StepResult(refused=FAILED)
        edits: list[Edit] = []
        for unit in trip.units:
            parts = nth_result(unit, trip.turn, trip.text)
            if parts is None:
                return StepResult(refused=LOST)
            foreign = self.backend == "apertium" and foreign_words(unit, parts)
            if why := FOREIGN if foreign else fault_of(unit, parts, trip.text):
                return StepResult(refused=why)
            edits += edits_of(trip.text.value, unit.sentence.free, parts)
        if not edits:
            return StepResult()
        value = trip.text.value
        after = apply(value, edits)
        if not self.min_length_ratio <= len(after) / len(value) <= self.max_length_ratio:
            return StepResult(refused=LENGTH)
        return StepResult(edits if is_seamless(after, edits) else (), note=self._note(trip))

    def _note(self, trip: RoundTrip) -> dict[str, str | list[str]]:
        models = [self._translator(*direction).model for direction in pairwise(trip.route)]
        pivots = [trip.at(leg) for leg in range(len(models) - 1)]
        return {"pivot": pivots[0] if len(pivots) == 1 else pivots, "model": list(dict.fromkeys(models))}
