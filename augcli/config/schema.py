"""The JSON Schema of a config, by which editors check it and complete its keys, those of plug-ins too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from augcli.checks.check import Check
from augcli.checks.rules import Changed, Unique
from augcli.config.adapt import AdaptConfig
from augcli.config.chain_builder import COMPOSITIONS, Perhaps, Some
from augcli.config.config import Config
from augcli.config.sections import ChainConfig, Evaluate, Teacher
from augcli.config.training import TrainingConfig
from augcli.config.vectors import VectorsConfig
from augcli.models.classifiers.base import Classifier
from augcli.models.hosted.chat import Chat
from augcli.models.linear import LINEAR
from augcli.models.taggers.base import Tagger
from augcli.plugin import Plugin, config_keys, installed
from augcli.steps.step import Step
from augcli.translation.platform import Platform

Schema: TypeAlias = dict[str, Any]

_BASES: tuple[type[Plugin], ...] = (Step, Check, Platform, Chat, Classifier, Tagger)
_STEPS: Schema = {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1}


def left_out() -> list[str]:
    """What is wrong with plug-ins that cannot be loaded, and so are missing in the schema."""
    return [error for base in _BASES for error in installed(base)[1]]


def config_schema() -> Schema:
    """The schema of a config of a run, or of a training where it has a section `adapt` or `vectors` and no chains."""
    steps, checks, platforms, chats, classifiers, taggers = (installed(base)[0] for base in _BASES)
    plugins = [*steps, *checks, *platforms, *chats, *classifiers, *taggers]
    models: list[type[BaseModel]] = [
        Config,
        AdaptConfig,
        VectorsConfig,
        ChainConfig,
        Evaluate,
        Teacher,
        Some,
        Perhaps,
        *plugins,
    ]
    references, whole = models_json_schema([(model, "validation") for model in models])
    defs: Schema = whole["$defs"]

    def of(model: type[BaseModel]) -> Schema:
        """What the schema says of a section or a plug-in."""
        return dict(references[model, "validation"])

    def of_each(found: Iterable[type[Plugin]]) -> Schema:
        return {plugin.name: of(plugin) for plugin in found}

    def keys_of(model: type[BaseModel]) -> Schema:
        """The keys of a section or a plug-in, to be changed in place."""
        keys: Schema = defs[of(model)["$ref"].rpartition("/")[2]].get("properties", {})
        return keys

    for plugin in plugins:
        keys = keys_of(plugin)
        for name in keys.keys() - config_keys(plugin).keys():
            del keys[name]
    bodies = {"one_of": _STEPS, "sequence": _STEPS, "some_of": of(Some), "maybe": of(Perhaps)}
    composed = {name: bodies[name] | {"description": what} for name, (what, _) in COMPOSITIONS.items()}
    switched = {check.name: {"anyOf": [of(check), {"const": False}]} for check in (Changed, Unique)}
    linear: Schema = {LINEAR: {"type": "object", "maxProperties": 0}}
    defs["step"] = _named(of_each(steps) | composed, defs)
    defs["check"] = _named(of_each(checks) | switched, defs)
    defs["learner"] = _named(linear | of_each([*classifiers, *taggers]), defs)
    for model in (Some, Perhaps):
        keys_of(model)["steps"] |= _STEPS
    keys_of(ChainConfig)["steps"]["items"] = {"$ref": "#/$defs/step"}
    keys_of(ChainConfig)["checks"]["items"] = {"$ref": "#/$defs/check"}
    keys_of(Evaluate)["models"]["anyOf"][0]["items"] = {"$ref": "#/$defs/learner"}
    keys_of(Teacher)["student"]["anyOf"] = _named(linear | of_each(classifiers), defs)["anyOf"]
    services = {name: _or_null(platform) for name, platform in of_each([*platforms, *chats]).items()}
    keys_of(Config)["chains"]["additionalProperties"] = False  # a name that is none
    keys_of(Config)["services"] |= {"properties": services, "additionalProperties": False}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "config of augcli",
        "type": "object",
        **_training(AdaptConfig, of, _training(VectorsConfig, of, of(Config))),
        "$defs": {name: _plain(described) for name, described in defs.items()},
    }


def _training(kind: type[TrainingConfig], of: Callable[[type[BaseModel]], Schema], other: Schema) -> Schema:
    """The schema of a training where its section is there and no chains are; another one elsewhere."""
    named = {"required": [kind.command], "not": {"required": ["chains"]}}
    return {"if": named, "then": of(kind), "else": other}


def _named(bodies: Mapping[str, Schema], defs: Schema) -> Schema:
    """What is written as `name`, or as `name: {parameters}`."""

    def needs_keys(body: Schema) -> bool:
        named = defs.get(body.get("$ref", "").rpartition("/")[2], body)
        return bool(named.get("required")) or named.get("type") == "array"

    alone = [name for name, body in bodies.items() if not needs_keys(body)]
    values = {name: _or_null(body) if name in alone else body for name, body in bodies.items()}
    mapping = {"type": "object", "properties": values, "additionalProperties": False}
    return {"anyOf": [{"enum": alone}, mapping | {"minProperties": 1, "maxProperties": 1}]}


def _or_null(body: Schema) -> Schema:
    """Parameters that may be left out, all of them."""
    return {"anyOf": [body, {"type": "null"}]}


def _plain(schema: Any) -> Any:
    """A schema without the names of classes, and without line breaks in what it says."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _plain(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if isinstance(description := told.get("description"), str):
        told["description"] = " ".join(description.split())
    return told
