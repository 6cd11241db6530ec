"""Hosted translation platforms against their local counterparts."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from augcli.commands.doctor import doctor
from augcli.commands.plan import plan
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import AugError, ConfigError, ResourceError, RunError, StopError
from augcli.models.hosted import client
from augcli.models.hosted.session import Session
from augcli.models.results import Refusal, Request, Results
from augcli.plugin import find, names
from augcli.run.run import run
from augcli.translation.backends import hosted_translator
from augcli.translation.hosted import HostedTranslator
from augcli.translation.platform import Platform
from augcli.translation.platforms import baidu, sogou, tencent, youdao
from augcli.translation.translator import translated
from tests.support import fake_platforms
from tests.support.fake_platforms import DESKS, FAULTS, SECRETS, SPOILED, Fake, Limits, faulty, round_trip, translate
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS, augcli, on_a_terminal, rows, sources, until
from tests.support.running import run_in

VECTORS: dict[str, list[dict[str, Any]]] = json.loads((ROOT / "tests/support/signature_vectors.json").read_bytes())
WIRES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in DESKS),
    ("bing", {"api_version": "2026-06-06"}),
    ("google", {"api_version": "v3", "project": "p-1"}),
]
EXACT = ("baidu", "youdao", "tencent", "bing", "google")
"""Platforms that say of some texts that they are too many for one call, or filter them."""
QUICK = {"requests_per_second": 10_000, "characters_per_minute": 10**9}


@pytest.fixture(autouse=True)
def _keys_and_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    for secrets in SECRETS.values():
        for name, value in secrets.items():
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.1)
    for name in DESKS:
        monkeypatch.setattr(find(Platform, name), "calm", 0.05)


Connect = Callable[..., HostedTranslator]
PATIENCE = 5.0
"""Seconds until a call counts as lost: a busy machine takes less for one, as what comes late is paid for twice."""


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Makes translators that send to a fake, each in a session of its own."""
    with ExitStack() as stack:

        def connect(
            fake: Fake, source: str = "en", target: str = "zh", *, run: str = "r", **settings: Any
        ) -> HostedTranslator:
            platform = find(Platform, fake.platform).model_validate({"base_url": fake.url, **QUICK, **settings})
            session = stack.enter_context(Session(run, sends=True))
            return hosted_translator(session, platform, tmp_path / "cache.db", source, target)

        yield connect


def unlimited(platform: str) -> Limits:
    """What the fake allows in a call, as often as one likes."""
    said = DESKS[platform].limits
    return Limits(said.items, said.characters, said.size)


def english(count: int = 60) -> list[str]:
    texts = [row["text"] for row in rows(SNIPS)]
    return [f"{texts[number % len(texts)]} {number}" for number in range(count)]


def all_of(translator: HostedTranslator, texts: Sequence[str]) -> list[Results]:
    found = translated(translator, map(Request, texts))
    return [found[Request(text)] for text in texts]


def right(texts: Sequence[str]) -> list[Results]:
    return [(translate(text),) for text in texts]


# Signatures


@pytest.mark.parametrize("vector", VECTORS["baidu"], ids=str)
def test_signatures_of_baidu(vector: dict[str, str]) -> None:
    assert baidu.sign(vector["appid"], vector["q"], vector["salt"], vector["secret"]) == vector["sign"]


@pytest.mark.parametrize("vector", VECTORS["youdao"], ids=str)
def test_signatures_of_youdao(vector: dict[str, Any]) -> None:
    q = "".join(vector["q_list"]) if "q_list" in vector else vector["q"]
    signed = [vector["appKey"], q, vector["salt"], vector["curtime"], vector["secret"]]
    assert youdao.sign(*signed) == vector["sign"]


@pytest.mark.parametrize("vector", VECTORS["tencent_tc3"], ids=str)
def test_signatures_of_tencent(vector: dict[str, Any]) -> None:
    content = vector["payload"].encode()
    headers = {
        "content-type": "application/json; charset=utf-8", "host": vector["host"], "x-tc-action": vector["action"]
    }  # fmt: skip
    signed = {name: headers[name] for name in vector["signed_headers"].split(";")}
    made = tencent.authorization(
        (vector["secret_id"], vector["secret_key"]), signed, content, vector["timestamp"], vector["service"]
    )
    assert made == vector["authorization"]
    assert sha256(content).hexdigest() == vector["payload_sha256"]


@pytest.mark.parametrize("vector", VECTORS["sogou_legacy"], ids=str)
def test_signatures_of_sogou(vector: dict[str, str]) -> None:
    assert sogou.sign(vector["pid"], vector["q"], vector["salt"], vector["key"]) == vector["sign"]


def test_what_tencent_is_sent_is_what_the_vectors_sign() -> None:
    platform = tencent.Tencent()
    for vector in VECTORS["tencent_tc3"]:
        if vector["service"] == "tmt" and "x-tc-action" in vector["signed_headers"]:
            said = json.loads(vector["payload"])
            texts = said.get("SourceTextList") or [said["SourceText"]]
            secrets = dict(zip(platform.names(), (vector["secret_id"], vector["secret_key"]), strict=True))
            call = platform.call(texts, said["Source"], said["Target"], secrets, vector["timestamp"])
            assert (call.content.decode(), call.headers["Authorization"]) == (
                vector["payload"],
                vector["authorization"],
            )


# The fakes verify with code of their own, so that must be right too


@pytest.mark.parametrize("vector", VECTORS["youdao"], ids=str)
def test_the_fake_of_youdao_agrees_with_the_vectors(vector: dict[str, Any]) -> None:
    texts = vector.get("q_list") or [vector["q"]]
    form = [("q", text) for text in texts] + [("from", "en"), ("to", "fr"), ("signType", "v3")]
    form += [(name, vector[name]) for name in ("appKey", "salt", "curtime", "sign")]
    with Fake("youdao", skew=int(vector["curtime"]) - time.time()) as fake:
        desk = fake_platforms.Youdao({"key": vector["appKey"], "secret": vector["secret"]}, fake)
        assert desk.read(posted("/v2/api", form)).texts == texts
        with pytest.raises(fake_platforms.RefusedError, match="207"):
            desk.read(posted("/v2/api", form))
        with pytest.raises(fake_platforms.RefusedError, match="202"):
            desk.read(posted("/v2/api", [*form, ("q", "!")]))


@pytest.mark.parametrize("vector", VECTORS["baidu"], ids=str)
def test_the_fake_of_baidu_agrees_with_the_vectors(vector: dict[str, str]) -> None:
    form = [("q", vector["q"]), ("from", "en"), ("to", "fra")]
    form += [(name, vector[name]) for name in ("appid", "salt", "sign")]
    with Fake("baidu") as fake:
        desk = fake_platforms.Baidu({"key": vector["appid"], "secret": vector["secret"]}, fake)
        assert desk.read(posted("/api", form)).texts == vector["q"].split("\n")
        form[0] = ("q", vector["q"] + "!")
        with pytest.raises(fake_platforms.RefusedError, match="54001"):
            desk.read(posted("/api", form))


@pytest.mark.parametrize("vector", [vector for vector in VECTORS["tencent_tc3"] if vector["service"] == "tmt"], ids=str)
def test_the_fake_of_tencent_agrees_with_the_vectors(vector: dict[str, Any]) -> None:
    headers = {
        "content-type": "application/json; charset=utf-8", "host": vector["host"], "x-tc-action": vector["action"],
        "x-tc-version": "2018-03-21", "x-tc-region": "ap-guangzhou", "x-tc-timestamp": str(vector["timestamp"]),
        "authorization": vector["authorization"],
    }  # fmt: skip
    content = vector["payload"].encode()
    with Fake("tencent", skew=vector["timestamp"] - time.time()) as fake:
        desk = fake_platforms.Tencent({"id": vector["secret_id"], "key": vector["secret_key"]}, fake)
        assert desk.read(fake_platforms.Request("/", {}, headers, content)).texts
        with pytest.raises(fake_platforms.RefusedError, match="SignatureFailure"):
            desk.read(fake_platforms.Request("/", {}, headers, content + b" "))
    with Fake("tencent") as late, pytest.raises(fake_platforms.RefusedError, match="SignatureExpire"):
        fake_platforms.Tencent({"id": vector["secret_id"], "key": vector["secret_key"]}, late).read(
            fake_platforms.Request("/", {}, headers, content)
        )


@pytest.mark.parametrize("vector", VECTORS["sogou_legacy"], ids=str)
def test_the_fake_of_sogou_agrees_with_the_vectors(vector: dict[str, str]) -> None:
    form = [("from", "en"), ("to", "fr"), *((name, vector[name]) for name in ("q", "pid", "salt", "sign"))]
    with Fake("sogou") as fake:
        desk = fake_platforms.Sogou({"pid": vector["pid"], "key": vector["key"]}, fake)
        assert desk.read(posted("/api", form)).texts == [vector["q"]]
        with pytest.raises(fake_platforms.RefusedError, match="1009"):
            desk.read(posted("/api", [*form, ("q", "another")]))


def posted(path: str, form: list[tuple[str, str]]) -> fake_platforms.Request:
    return fake_platforms.Request(
        path, {}, {"content-type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
    )


# The right text comes back


@pytest.mark.parametrize(("platform", "settings"), WIRES, ids=str)
@pytest.mark.parametrize(
    ("source", "target"), [("en", "zh"), ("zh", "en"), ("fr", "es"), ("zh-Hant", "ja"), ("en", "ko")]
)
def test_every_platform_translates(
    connect: Connect, platform: str, settings: dict[str, Any], source: str, target: str
) -> None:
    texts = [row["text"] for row in rows(CROSSWOZ if source.startswith("zh") else SNIPS)[:40]]
    texts += ["a b&c=d+e%", "“ok” <b>&amp;</b> 'x'", "X1X 100 % of X2X", "你 好", "tab\tinside", "ё é ü"]
    with Fake(platform, limits=unlimited(platform)) as fake:
        assert all_of(connect(fake, source, target, **settings), texts) == right(texts)
        heard = "zh" if platform == "deepl" and source == "zh-Hant" else source  # it reads both scripts as one language
        assert {(call.asked.source, call.asked.target) for call in fake.calls if call.asked} == {(heard, target)}
        assert set(fake.billed.values()) == {1}


@pytest.mark.parametrize("platform", ["youdao", "baidu"])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1), min_size=1, max_size=6))
def test_calls_hold_the_texts_as_they_are(platform: str, texts: list[str]) -> None:
    desk = find(Platform, platform)()
    secrets = dict.fromkeys(desk.names(), "x")
    body = desk.call(texts, "en", "fr", secrets, 0).content.decode("ascii")
    sent = [unquote_plus(pair[2:]) for pair in body.split("&") if pair.startswith("q=")]
    assert sent == (texts if platform == "youdao" else ["\n".join(texts)])


@pytest.mark.parametrize("platform", ["baidu", "youdao", "tencent", "bing", "google", "deepl", "libretranslate"])
def test_calls_are_filled_and_never_too_large(connect: Connect, platform: str) -> None:
    texts = [*english(300), " ".join(["word"] * 180), "喜欢" * 300]
    with Fake(platform, limits=unlimited(platform)) as fake:
        assert all_of(connect(fake), texts) == right(texts)
        assert {call.outcome for call in fake.calls} == {"ok"}
        assert len(fake.calls) < 45


def test_a_sentence_longer_than_a_call_goes_by_clauses(connect: Connect) -> None:
    text = ", ".join(f"I have lost card {number} and do not know what to do" for number in range(60))
    with Fake("baidu", limits=unlimited("baidu")) as fake:
        assert all_of(connect(fake), [text]) == right([text])
        assert len(fake.calls) > 2
        assert all_of(connect(fake), [" ".join(["no mark anywhere"] * 100)]) == [()]


def test_a_minute_is_shared_out(connect: Connect) -> None:
    """A free account of Bing may send 33,333 characters a minute, and calls of 50,000."""
    with Fake("bing") as fake:
        translator = connect(fake, requests_per_second=None, characters_per_minute=None)
        assert max(len("".join(batch)) for batch in translator._platform.batches(english(500))) <= 1000
        all_of(translator, english(20))
        assert {call.outcome for call in fake.calls} == {"ok"}


@pytest.mark.parametrize("language", ["zh", "zh-Hans", "zh_Hans", "zho_Hans"])
def test_names_of_languages(language: str) -> None:
    codes = [find(Platform, name)().code(language) for name in sorted(DESKS)]
    assert codes == ["zh", "zh-Hans", "ZH", "zh-CN", "zh", "zh-CHS", "zh", "zh-CHS"]
    assert find(Platform, "deepl")().code(language, target=True) == "ZH-HANS"


@pytest.mark.parametrize(
    ("platform", "codes"),
    [
        ("google", {"zh-Hant": "zh-TW", "he": "he", "cy": "cy"}),
        ("bing", {"no": "nb", "zho_Hant": "zh-Hant", "cy": "cy"}),
        ("baidu", {"ja": "jp", "ko": "kor", "fr": "fra", "es": "spa", "ar": "ara", "vi": "vie", "sv": "swe",
                   "da": "dan", "fi": "fin", "ro": "rom", "bg": "bul", "et": "est", "sl": "slo", "zh-Hant": "cht",
                   "wyw": "wyw", "id": None, "uk": None, "cy": None}),
        ("youdao", {"zh-Hant": "zh-CHT", "ja": "ja", "cy": None}),
        ("tencent", {"zh-Hant": "zh-TW", "nl": None}),
        ("deepl", {"no": "NB", "fr": "FR", "hi": None}),
        ("sogou", {"zh-Hant": "zh-CHT"}),
    ],
)  # fmt: skip
def test_codes_of_languages(platform: str, codes: dict[str, str | None]) -> None:
    desk = find(Platform, platform)()
    assert {language: desk.code(language) for language in codes} == codes
    own = [desk.code(language) for language in desk.codes]
    assert len(set(own)) == len(own) - (
        platform == "deepl"
    )  # so they lead back; DeepL reads both kinds of Chinese as one
    named = desk.model_copy(update={"languages": {"cy": "cym"}})
    assert named.code("cy") == "cym"


def test_baidu_gives_companies_more_languages() -> None:
    assert baidu.Baidu(tier="premium").code("ms") == "may"
    assert "does not know the language 'ms'" in str(baidu.Baidu().unable("ms", "zh"))


@pytest.mark.parametrize(
    ("route", "able"),
    [
        (("zh", "hi", "zh"), False), (("fr", "ja", "fr"), False), (("de", "ar", "de"), False),
        (("en", "hi", "en"), True), (("zh", "ja", "zh"), True), (("fr", "de", "fr"), True),
        (("ja", "ko", "ja"), True), (("vi", "th", "vi"), False), (("zh", "zho_Hant", "zh"), True),
        (("en", "nl", "en"), False),
    ],
)  # fmt: skip
def test_pairs_of_tencent(route: tuple[str, ...], able: bool) -> None:
    unable = [tencent.Tencent().unable(*direction) for direction in pairwise(route)]
    assert (not any(unable)) is able


# Faults


@pytest.mark.parametrize("fault", [*FAULTS, "extra", "shuffled", "partial"])
@pytest.mark.parametrize(("platform", "settings"), WIRES, ids=str)
def test_after_each_fault_the_right_text_comes_back(
    connect: Connect, platform: str, settings: dict[str, Any], fault: str
) -> None:
    texts = english(30)
    with Fake(platform, [fault], limits=unlimited(platform)) as fake:
        assert all_of(connect(fake, timeout=PATIENCE, **settings), texts) == right(texts)
        assert set(fake.billed.values()) == {1}
        assert set(fake.lost.values()) <= {1}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """Seconds of a clock that goes on only while calls wait for their turn."""
    now = [1000.0]

    def sleep(_: client.Client, seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr("augcli.models.hosted.account.time", lambda: now[0])
    monkeypatch.setattr(client.Client, "_sleep", sleep)
    return lambda: now[0]


def test_retry_after_is_obeyed(connect: Connect, clock: Callable[[], float]) -> None:
    with Fake("google", ["ok", "429+60"], limits=unlimited("google"), clock=clock) as fake:
        texts = english(60)
        assert all_of(connect(fake, characters_per_call=300, concurrency=1), texts) == right(texts)
        told = next(call.time for call in fake.calls if call.outcome != "ok")
        later = [call.time - told for call in fake.calls[2:]]
        assert len(later) > 5
        assert later[0] == min(later) == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize("platform", [name for name in DESKS if name != "sogou"])
def test_under_many_faults_every_text_is_right_or_counted(connect: Connect, platform: str) -> None:
    under_faults(connect, platform, 1000)


@pytest.mark.slow
@pytest.mark.parametrize("platform", list(DESKS))
def test_under_many_faults_ten_thousand_rows_are_right_or_counted(connect: Connect, platform: str) -> None:
    under_faults(connect, platform, 10_000)


def under_faults(connect: Connect, platform: str, count: int) -> None:
    kinds = [*FAULTS, "extra", "shuffled", "partial"]
    texts = english(count)
    with Fake(platform, faulty(0.3, 7, kinds), limits=unlimited(platform)) as fake:
        translator = connect(fake, timeout=PATIENCE, characters_per_call=1000)
        found = all_of(translator, texts)
        refused = {text for text, results in zip(texts, found, strict=True) if isinstance(results, Refusal)}
        assert len(refused) <= count / 1000
        assert all(
            results == (translate(text),) for text, results in zip(texts, found, strict=True) if text not in refused
        )
        outcomes = Counter(call.outcome for call in fake.calls)
        assert sum(outcomes[kind] for kind in FAULTS) > len(fake.calls) / 10
        assert set(fake.billed.values()) == {1}, "a text was paid for twice"
        spoiled = [call for call in fake.calls if call.outcome in (*SPOILED, "slow")]
        sent = sum(len(text) for text in texts if text not in refused)
        most = sent + sum(sum(map(len, call.asked.texts)) for call in spoiled if call.asked)
        assert sent <= translator._account.usage().characters <= most


@pytest.mark.parametrize(
    ("platform", "code"),
    [
        ("baidu", "52003"), ("baidu", "54000"), ("baidu", "54001"), ("baidu", "54004"), ("baidu", "58000"),
        ("baidu", "58001"), ("baidu", "58002"), ("baidu", "58003"), ("baidu", "90107"), ("baidu", "99999"),
        ("youdao", "101"), ("youdao", "102"), ("youdao", "108"), ("youdao", "110"), ("youdao", "111"),
        ("youdao", "201"), ("youdao", "202"), ("youdao", "203"), ("youdao", "205"), ("youdao", "401"),
        ("tencent", "AuthFailure.SignatureFailure"), ("tencent", "AuthFailure.SecretIdNotFound"),
        ("tencent", "FailedOperation.NoFreeAmount"), ("tencent", "FailedOperation.ServiceIsolate"),
        ("tencent", "LimitExceeded"), ("tencent", "InvalidParameter"),
        ("tencent", "UnauthorizedOperation.ActionNotFound"),
        ("bing", "401000"), ("bing", "401015"), ("bing", "403000"), ("bing", "403001"), ("bing", "400036"),
        ("google", "403 dailyLimitExceeded"), ("google", "400 keyInvalid"), ("google", "403 accessNotConfigured"),
        ("google", "400 invalid"), ("deepl", "403"), ("deepl", "456"), ("deepl", "400"), ("libretranslate", "403"),
        ("libretranslate", "400"), ("sogou", "1003"), ("sogou", "1004"), ("sogou", "1006"), ("sogou", "1009"),
    ],
)  # fmt: skip
def test_final_errors_stop_at_once(connect: Connect, platform: str, code: str) -> None:
    with Fake(platform, [f"error:{code}"] * 99, limits=unlimited(platform)) as fake:
        translator = connect(fake, concurrency=1)
        with pytest.raises(StopError, match=f"{platform} refuses: .*what is finished is kept"):
            all_of(translator, english())
        assert len(fake.calls) == 1
        assert translator._account.usage().characters == 0


@pytest.mark.parametrize(
    ("platform", "code"),
    [
        ("baidu", "52001"), ("baidu", "52002"), ("baidu", "54003"), ("baidu", "54005"), ("youdao", "207"),
        ("youdao", "301"), ("youdao", "302"), ("youdao", "303"), ("youdao", "411"), ("youdao", "412"),
        ("youdao", "103"), ("tencent", "RequestLimitExceeded.UinLimitExceeded"),
        ("tencent", "InternalError.BackendTimeout"),
        ("tencent", "LimitExceeded.LimitedAccessFrequency"), ("tencent", "FailedOperation.RequestAiLabErr"),
        ("tencent", "RequestSizeLimitExceeded"), ("bing", "408001"), ("bing", "429000"), ("bing", "503000"),
        ("bing", "400050"), ("google", "403 rateLimitExceeded"), ("google", "400 too long"),
        ("google", "503 UNAVAILABLE"),
        ("google", "429 RESOURCE_EXHAUSTED"), ("deepl", "413"), ("deepl", "529"), ("deepl", "503"),
        ("libretranslate", "429"), ("libretranslate", "400 exceeds"), ("sogou", "1005"), ("sogou", "1050"),
    ],
)  # fmt: skip
def test_passing_errors_pass(connect: Connect, platform: str, code: str) -> None:
    with Fake(platform, [f"error:{code}"], limits=unlimited(platform)) as fake:
        assert all_of(connect(fake), english(20)) == right(english(20))
        assert set(fake.billed.values()) == {1}


def test_what_never_passes_stops_in_the_end(connect: Connect) -> None:
    with Fake("tencent", ["500"] * 999, limits=unlimited("tencent")) as fake:
        with pytest.raises(StopError, match="tencent failed again and again, last with InternalError: broken"):
            all_of(connect(fake), ["a", "b"])
        assert len(fake.calls) == client.ATTEMPTS


def test_a_wait_longer_than_the_deadline_is_not_begun(connect: Connect, clock: Callable[[], float]) -> None:
    began = clock()
    with Fake("deepl", ["429+900"] * 9) as fake:
        with pytest.raises(StopError, match="deepl failed again and again, last with 429"):
            all_of(connect(fake, deadline=20), ["a"])
        assert len(fake.calls) == 1
        assert clock() == began


def test_nobody_there_is_told_and_costs_nothing(connect: Connect) -> None:
    with Fake("deepl") as fake:
        translator = connect(fake)
    with pytest.raises(StopError, match=r"deepl cannot be reached at .*ConnectError"):
        all_of(translator, ["a"])
    assert translator._account.usage().characters == 0


@pytest.mark.parametrize("platform", ["baidu", "youdao", "tencent"])
def test_texts_that_a_platform_refuses_are_refused_alone(connect: Connect, platform: str) -> None:
    texts = english(40)
    texts[7] = texts[7] + " forbidden"
    texts[31] = "forbidden " + texts[31]
    with Fake(platform, refuse="forbidden", limits=unlimited(platform)) as fake:
        found = all_of(connect(fake), texts)
        expected = right(texts)
        assert [results for place, results in enumerate(found) if place not in (7, 31)] == [
            results for place, results in enumerate(expected) if place not in (7, 31)
        ]
        refusals = [found[7], found[31]]
        assert all(isinstance(refusal, Refusal) for refusal in refusals)
        assert {getattr(refusal, "why", "") for refusal in refusals} == {f"{platform} {DESKS[platform].content}"}
        calls = len(fake.calls)
        assert all_of(connect(fake), texts) == found
        assert len(fake.calls) == calls, "a refusal is remembered too"


def test_texts_too_long_even_alone_are_refused(connect: Connect) -> None:
    with Fake("tencent", limits=Limits(characters=40)) as fake:
        found = all_of(connect(fake), ["short", "x" * 50, "short too"])
        assert found == [*right(["short"]), (), *right(["short too"])]
        assert getattr(found[1], "why", "") == "tencent UnsupportedOperation.TextTooLong"


def test_emoji_that_youdao_counts_otherwise_are_refused_alone(connect: Connect) -> None:
    texts = ["hello there", "😀" * 21, "how are you doing today my friend"]
    with Fake("youdao", utf16=True) as fake:
        found = all_of(connect(fake), texts)
    assert found == [*right(texts[:1]), (), *right(texts[2:])]
    assert getattr(found[1], "why", "") == "youdao 202"


@pytest.mark.parametrize("platform", ["youdao", "tencent"])
def test_a_wrong_clock_is_corrected_by_that_of_the_platform(connect: Connect, platform: str) -> None:
    with Fake(platform, skew=-4000, limits=unlimited(platform)) as fake:
        texts = english(400)
        assert all_of(connect(fake, concurrency=2), texts) == right(texts)
        assert sum(call.outcome != "ok" for call in fake.calls) <= 2
    code = {"youdao": "206", "tencent": "AuthFailure.SignatureExpire"}[platform]
    with Fake(platform, [f"error:{code}"] * 9) as fake, pytest.raises(StopError, match=code):
        all_of(connect(fake), ["a"])


# Rates


def test_documented_rates_are_kept(connect: Connect, clock: Callable[[], float]) -> None:
    texts = english(60)
    with Fake("tencent", clock=clock) as fake:
        documented = {"requests_per_second": None, "characters_per_minute": None, "characters_per_call": 300}
        assert all_of(connect(fake, **documented, concurrency=1), texts) == right(texts)
        assert {call.outcome for call in fake.calls} == {"ok"}
        assert len(fake.calls) >= 8


def test_calls_that_come_too_often_come_more_seldom(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youdao.Youdao, "calm", 1.0)
    texts = english(200)
    with Fake("youdao", limits=Limits(characters=5000, per_second=8)) as fake:
        translator = connect(fake, requests_per_second=None, characters_per_minute=None, characters_per_call=300)
        assert all_of(translator, texts) == right(texts)
        assert sum(call.outcome == "411" for call in fake.calls) < len(fake.calls) / 2


def test_accounts_of_two_processes_share_the_turns(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("augcli.models.hosted.account.time", lambda: clock[0])
    began = []
    with Fake("baidu") as fake:
        one, other = (connect(fake, requests_per_second=None)._account for _ in range(2))
        for account in (one, other, one, other):
            account.acquire(10, lambda seconds: clock.append(clock.pop() + seconds))
            began.append(round(clock[0] - 1000, 2))
    assert began == [0, 1.05, 2.11, 3.16]


def test_a_wish_to_slow_down_holds_for_a_call_that_waits(connect: Connect, clock: Callable[[], float]) -> None:
    with Fake("baidu") as fake:
        translator = connect(fake, requests_per_second=None)
        account, wishes = translator._account, [60.0]

        def sleep(seconds: float) -> None:
            if wishes:
                account.back_off(wishes.pop(), 0)
            translator._client._sleep(seconds)

        account.acquire(10, sleep)
        began = clock()
        account.acquire(10, sleep)
        assert clock() - began == pytest.approx(60, abs=0.1)


# Money


def test_nothing_is_paid_for_twice(connect: Connect) -> None:
    texts = english()
    with Fake("google", limits=unlimited("google")) as fake:
        assert all_of(connect(fake), texts[:40]) == right(texts[:40])
        sent = len(fake.calls)
        assert all_of(connect(fake, run="later"), texts[:40]) == right(texts[:40])
        assert len(fake.calls) == sent
        again = connect(fake, run="third")
        assert all_of(again, texts) == right(texts)
        assert again._account.usage()[1:3] == (sum(map(len, texts[40:])), sum(map(len, texts[:40])))
        all_of(connect(fake, "zh", "en"), texts[:40])
        assert fake.billed[("en", "zh", texts[0])] == fake.billed[("zh", "en", texts[0])] == 1
        all_of(connect(fake, api_version="v3", project="p-1"), texts[:1])
        assert fake.billed[("en", "zh", texts[0])] == 2, "another version may translate otherwise"


def test_max_characters_stops_and_goes_on_when_it_is_raised(connect: Connect) -> None:
    texts = english(60)
    size = sum(map(len, texts))
    with Fake("google", limits=unlimited("google")) as fake:
        few = connect(fake, characters_per_call=300, max_characters=1000, concurrency=1)
        with pytest.raises(
            StopError, match=r"services\.google\.max_characters is reached: [789]\d\d of 1000 characters"
        ):
            all_of(few, texts)
        assert few._account.usage().characters == sum(len(text) for _, _, text in fake.billed) <= 1000
        assert all_of(connect(fake, max_characters=size), texts) == right(texts)
        assert sum(fake.billed.values()) == len(texts)


def test_workers_do_not_pay_for_the_same_sentence(tmp_path: Path) -> None:
    texts = english(50)
    script = (
        "import sys, json; from pathlib import Path; from augcli.plugin import find\n"
        "from augcli.models.hosted.session import Session\n"
        "from augcli.translation.backends import hosted_translator\n"
        "from augcli.translation.platform import Platform\n"
        "from augcli.models.results import Request\n"
        "from augcli.translation.translator import translated\n"
        "platform = find(Platform, 'tencent')(base_url=sys.argv[1], requests_per_second=1000.0)\n"
        "with Session('r', sends=True) as session:\n"
        "    translator = hosted_translator(session, platform, Path('cache.db'), 'en', 'zh')\n"
        "    translated(translator, map(Request, json.load(sys.stdin)))\n"
    )
    with Fake("tencent", delay=0.5, limits=unlimited("tencent")) as fake:
        command = [sys.executable, "-c", script, fake.url]
        workers = [subprocess.Popen(command, stdin=subprocess.PIPE, cwd=tmp_path) for _ in range(2)]
        for worker in workers:
            assert worker.stdin
            worker.stdin.write(json.dumps(texts).encode())
            worker.stdin.close()
        assert [worker.wait(600) for worker in workers] == [0, 0]
        assert set(fake.billed.values()) == {1}


# As the program


def config(folder: Path, fake: Fake, **changes: Any) -> Path:
    """A config that goes to a fake and back."""
    settings = {"base_url": fake.url, **QUICK, **changes.pop("settings", {})}
    step = {"backend": fake.platform, "pivots": ["zh"], "cache": str(folder / "cache.db"), **changes.pop("step", {})}
    given = {
        "input": {"path": str(SNIPS), "text": "text", "label": "label", "id": "id", "spans": "spans"},
        "output": {"path": str(folder / "out" / "a.jsonl")},
        "services": {fake.platform: settings},
        "chains": {"bt": {"steps": [{"back_translation": step}]}},
        **changes,
    }
    file = folder / "hosted.yaml"
    file.write_text(json.dumps(given))
    return file


@pytest.mark.parametrize("platform", ["google", "youdao"])
def test_a_run_from_plan_to_report(tmp_path: Path, platform: str) -> None:
    with Fake(platform, limits=unlimited(platform)) as fake:
        file = config(tmp_path, fake)
        checked = augcli("check", file, cwd=tmp_path)
        assert checked.returncode == 0, checked.stderr
        planned = json.loads(augcli("plan", file, "--format", "json", cwd=tmp_path).stdout)
        assert not fake.calls, "before a run, nothing is sent"
        assert augcli("run", file, cwd=tmp_path).returncode == 0
        sent = sum(len(text) for _, _, text in fake.billed)
        forth = sum(len(text) for source, _, text in fake.billed if source == "en")
        assert planned["services"][platform]["characters"] == planned["paid_characters"] == 2 * forth
        assert abs(planned["services"][platform]["requests"] - len(fake.calls)) <= 2
        report = json.loads((tmp_path / "out" / "a.report.json").read_bytes())
        told = {"requests": len(fake.calls), "characters": sent, "characters_from_cache": 0}
        assert report["services"] == {platform: told}
        assert "characters from the cache" in (tmp_path / "out" / "a.report.html").read_text()
        assert augcli("verify", tmp_path / "out" / "a.jsonl", cwd=tmp_path).returncode == 0
        first = (tmp_path / "out" / "a.jsonl").read_bytes()
        calls = len(fake.calls)
        again = augcli("run", file, "--overwrite", "--workers", "2", "--set", "engine.chunk_rows=100", cwd=tmp_path)
        assert f"{platform}: 0 characters sent in 0 calls; the cache saved" in again.stderr.decode()
        assert (tmp_path / "out" / "a.jsonl").read_bytes() == first
        assert len(fake.calls) == calls
        replanned = json.loads(augcli("plan", file, "--format", "json", cwd=tmp_path).stdout)
        assert replanned["paid_characters"] == 0
    variants = [row for row in rows(tmp_path / "out" / "a.jsonl") if row["aug_chain"]]
    assert 40 < len(variants) < len(rows(SNIPS))


@pytest.mark.parametrize("platform", list(DESKS))
def test_the_ready_config_runs_with_every_platform(
    tmp_path: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Fake(platform, limits=unlimited(platform)) as fake:
        step = {"backend": platform, "pivots": ["zh"], "cache": "cache.db"}
        changes = {
            "chains.hosted.steps": [{"back_translation": step}],
            f"services.{platform}.base_url": fake.url,
            **{f"services.{platform}.{name}": value for name, value in QUICK.items()},
        }
        overrides = [("--set", path, json.dumps(value)) for path, value in changes.items()]
        outcome = run(load(ROOT / "configs/back_translation_hosted.yaml", overrides), Options(quiet=True))
    assert outcome.counts.variants > 100
    assert augcli("verify", "out/snips_hosted.jsonl", cwd=tmp_path).returncode == 0


def test_the_settings_in_the_guide_are_right() -> None:
    text = (ROOT / "docs/translation.md").read_text(encoding="utf-8")
    shown = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]
    given = [item for document in shown for item in document.get("services", {}).items()]
    assert len(given) == 4
    for name, settings in given:
        platform = find(Platform, name).model_validate(settings)
        assert platform.unable("en", "zh") is None


@pytest.mark.parametrize("platform", list(DESKS))
def test_rows_come_back_right(tmp_path: Path, platform: str) -> None:
    """Several sentences, line breaks, spans; against the round trip worked out here."""
    source = rows(SNIPS)[:60]
    texts = [row["text"] for row in source]
    lines = [f"{one}.\n{other}!\r\n\n\t{one}?  {other}." for one, other in pairwise(texts)]
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps({"text": line}) + "\n" for line in lines), encoding="utf-8")
    with Fake(platform, limits=unlimited(platform)) as fake:
        chain = {"steps": [{"back_translation": {"backend": platform, "pivots": ["zh"], "cache": str(tmp_path / "c")}}]}
        services = {platform: {"base_url": fake.url, **QUICK}}
        target, _ = run_in(
            tmp_path, {"path": str(file)}, "a.jsonl", chains={"a": chain}, services=services, protect={"patterns": []}
        )
    written = zip(sources(target), rows(target), strict=True)
    made = {source: row["text"] for source, row in written if row["aug_chain"]}
    expected = {f"in.jsonl:{number}": round_trip(line) for number, line in enumerate(lines, 1)}
    assert made == {name: text for name, text in expected.items() if text != lines[int(name.partition(":")[2]) - 1]}
    assert len(made) > 20


def test_chinese_there_and_back(tmp_path: Path) -> None:
    with Fake("baidu", limits=unlimited("baidu")) as fake:
        chain = {"steps": [{"back_translation": {"backend": "baidu", "pivots": ["wyw"], "cache": str(tmp_path / "c")}}]}
        services = {"baidu": {"base_url": fake.url, **QUICK}}
        target, outcome = run_in(
            tmp_path, {"path": str(CROSSWOZ), "language": "zh"}, "a.jsonl", chains={"a": chain}, services=services
        )
    variants = [row for row in rows(target) if row["aug_chain"]]
    assert len(variants) == outcome.counts.variants > 20
    assert any("宾馆" in row["text"] for row in variants)


@pytest.mark.parametrize("on_error", ["fail", "drop"])
def test_refused_rows_end_the_run_or_are_counted(tmp_path: Path, on_error: str) -> None:
    with Fake("baidu", refuse="playlist", limits=unlimited("baidu")) as fake:
        done = augcli("run", config(tmp_path, fake, on_error=on_error), cwd=tmp_path)
    told = done.stderr.decode()
    if on_error == "fail":
        assert done.returncode == 1
        assert "failed on row" in told
        assert "baidu 20003; with `on_error: drop`, such rows get no variant and are counted" in told
        assert not (tmp_path / "out").exists() or not list((tmp_path / "out").glob("a.jsonl"))
        return
    assert done.returncode == 0, told
    ledger = json.loads((tmp_path / "out" / "a.report.json").read_bytes())["chains"]["bt"]["ledger"]
    with_it = sum("playlist" in row["text"] for row in rows(SNIPS))
    assert ledger["refused"]["back_translation: baidu 20003"] == with_it > 5
    assert (
        sum(ledger["refused"].values()) + ledger["written"] + ledger["unchanged"] + ledger["duplicate"]
        == ledger["asked"]
        == len(rows(SNIPS))
    )


def test_a_used_up_quota_stops_the_run_and_later_it_goes_on(tmp_path: Path) -> None:
    faults = ["ok", "ok", "error:FailedOperation.NoFreeAmount"]
    with Fake("tencent", faults, limits=unlimited("tencent")) as fake:
        file = config(tmp_path, fake, settings={"characters_per_call": 1000, "concurrency": 1}, on_error="drop")
        stopped = augcli("run", file, cwd=tmp_path)
        assert stopped.returncode == 1
        assert "tencent refuses: FailedOperation.NoFreeAmount" in stopped.stderr.decode()
        assert len(fake.calls) == 3
        assert augcli("run", file, cwd=tmp_path).returncode == 0
        assert set(fake.billed.values()) == {1}
        report = json.loads((tmp_path / "out" / "a.report.json").read_bytes())
        assert report["services"]["tencent"]["characters"] == sum(len(text) for _, _, text in fake.billed)


def test_max_characters_of_a_run(tmp_path: Path) -> None:
    with Fake("google", limits=unlimited("google")) as fake:
        file = config(tmp_path, fake, settings={"max_characters": 10_000, "characters_per_call": 1000})
        planned = augcli("plan", file, cwd=tmp_path).stdout.decode()
        assert "note: the run would stop at services.google.max_characters, 10000" in planned
        stopped = augcli("run", file, cwd=tmp_path)
        assert stopped.returncode == 1
        assert "services.google.max_characters is reached" in stopped.stderr.decode()
        calls = len(fake.calls)
        assert augcli("run", file, cwd=tmp_path).returncode == 1
        assert len(fake.calls) == calls, "what was sent before counts when the run goes on"
        raised = augcli("run", file, "--set", "services.google.max_characters=200000", cwd=tmp_path)
        assert raised.returncode == 0, raised.stderr
        assert set(fake.billed.values()) == {1}


@pytest.mark.unix
def test_the_bar_tells_what_is_sent(tmp_path: Path) -> None:
    with Fake("tencent", delay=0.8, limits=unlimited("tencent")) as fake:
        file = config(tmp_path, fake, settings={"characters_per_call": 2000, "concurrency": 2})
        done, said = on_a_terminal("run", file, cwd=tmp_path)
    assert done.returncode == 0
    within = r" ([1-9]\d?|[12]\d\d)/300 .*, tencent [1-9]\d+ characters"
    assert re.search(within, said), "all rows are one chunk"


def test_a_killed_run_pays_only_for_what_was_on_its_way(tmp_path: Path) -> None:
    with Fake("tencent", delay=0.1, limits=unlimited("tencent")) as fake:
        file = config(tmp_path, fake, settings={"characters_per_call": 400, "concurrency": 2})
        command = [sys.executable, "-m", "augcli", "run", str(file)]
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
        until(lambda: len(fake.calls) >= 12)
        process.kill()
        process.wait()
        done = augcli("run", file, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        again = [text for text, times in fake.billed.items() if times > 1]
        assert sum(len(text) for _, _, text in again) <= 2 * 400
        assert augcli("verify", tmp_path / "out" / "a.jsonl", cwd=tmp_path).returncode == 0


LOGGING = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from augcli.cli.main import entry
sys.argv = ["augcli", *sys.argv[1:]]
entry()
"""


def told_and_written(folder: Path, file: Path, code: int) -> list[bytes]:
    """All that a run says and writes, with httpx telling what it sends."""
    command = [sys.executable, "-c", LOGGING, "run", str(file), "--verbose", "--limit", "20"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == code, done.stderr.decode()
    assert b"DEBUG" in done.stderr
    return [done.stdout, done.stderr, *(path.read_bytes() for path in folder.rglob("*") if path.is_file())]


@pytest.mark.parametrize("keys", ["environment", "file"])
def test_secrets_are_nowhere(tmp_path: Path, keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in logs, errors, caches, provenance or reports."""
    chains, services = {}, {}
    with ExitStack() as stack:
        for name in DESKS:
            fake = stack.enter_context(Fake(name, ["500", "ok", "html"], limits=unlimited(name)))
            step = {"backend": name, "pivots": ["zh"], "cache": str(tmp_path / "run" / "cache.db")}
            chains[name] = {"steps": [{"back_translation": step}]}
            services[name] = {"base_url": fake.url, **QUICK}
            if keys == "file":
                services[name]["credentials"] = str(tmp_path / "keys.env")
        secrets = {name: value for values in SECRETS.values() for name, value in values.items()}
        if keys == "file":
            (tmp_path / "keys.env").write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
            for name in secrets:
                monkeypatch.delenv(name)
        (tmp_path / "run").mkdir()
        file = config(tmp_path / "run", fake, chains=chains, services=services)
        found = told_and_written(tmp_path / "run", file, 0)
    assert [value for value in secrets.values() if any(value.encode() in text for text in found)] == []


@pytest.mark.parametrize("platform", ["google", "baidu", "tencent"])
def test_a_platform_that_repeats_a_wrong_key_does_not_give_it_away(tmp_path: Path, platform: str) -> None:
    with Fake(platform) as fake:
        fake.desk.secrets = ["another-key"] * 2
        found = told_and_written(tmp_path, config(tmp_path, fake), 1)
    assert [value for value in SECRETS[platform].values() if any(value.encode() in text for text in found)] == []


def test_a_traceback_tells_no_secret(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Fake("google", ["error:400 keyInvalid"]) as fake:
        translator = connect(fake)
        with pytest.raises(StopError) as caught:
            all_of(translator, ["a"])
    said = "".join(map(str, [caught.getrepr(style="long", showlocals=False), caplog.text, translator._platform]))
    assert SECRETS["google"]["GOOGLE_API_KEY"] not in said


def test_a_proxy_is_used(connect: Connect) -> None:
    with Fake("deepl") as fake:
        translator = connect(fake, proxy=fake.url, base_url="http://translate.invalid")
        assert all_of(translator, ["a b"]) == right(["a b"])


@pytest.mark.parametrize(
    ("key", "address"),
    [("abc", "https://api.deepl.com"), ("abc:fx", "https://api-free.deepl.com")],
)
def test_free_keys_of_deepl_have_their_own_address(key: str, address: str) -> None:
    assert find(Platform, "deepl")().address({"DEEPL_AUTH_KEY": key}) == address


def test_region_of_bing(connect: Connect) -> None:
    with Fake("bing", region="eastasia", limits=unlimited("bing")) as fake:
        assert all_of(connect(fake, region="eastasia"), ["a"]) == right(["a"])
        with pytest.raises(StopError, match="401015"):
            all_of(connect(fake), ["b"])


def test_doctor_tries_a_word_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for platform, secrets in SECRETS.items():
        for name in secrets if platform != "deepl" else ():
            monkeypatch.delenv(name)
    with Fake("deepl") as fake:
        pipeline = load(config(tmp_path, fake))
        doctor(pipeline, network=False)
        told = capsys.readouterr().out
        assert "keys are there" in told
        assert re.search("  tencent +needs TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, to be had at http", told)
        assert told.count("environment variables") == 1
        assert "the service of Sogou ended on 2022-02-28" in told
        assert not fake.calls
        doctor(pipeline, network=True)
        assert f"hello is {translate('hello')} in Chinese" in capsys.readouterr().out
        assert len(fake.calls) == 1
        monkeypatch.setenv("DEEPL_AUTH_KEY", "wrong")
        with pytest.raises(RunError, match="deepl did not translate a word"):
            doctor(pipeline, network=True)


# What is wrong is said before anything is sent


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"step": {"backend": "sogou"}}, ConfigError, r"Sogou ended on 2022-02-28; use backend tencent"),
        ({"step": {"backend": "googel"}}, ConfigError, r"'googel' is not allowed; .*did you mean google\?"),
        ({"step": {"backend": "tencent", "pivots": ["ja"]}, "language": "fr"}, ConfigError, "from fr to ja; from"),
        ({"step": {"backend": "tencent", "pivots": ["hi"]}, "language": "zh"}, ConfigError, "from zh to hi"),
        ({"step": {"pivots": ["cy"]}}, ConfigError, "deepl does not know the language 'cy'"),
        ({"step": {"cache": False}}, ConfigError, "a hosted platform needs the cache"),
        ({"step": {"cache": "off"}}, ConfigError, "write false to keep nothing"),
        ({"step": {"decode": "sample"}}, ConfigError, "deepl cannot draw by row"),
        ({"step": {"model": "x"}}, ConfigError, "deepl takes no `model`"),
        ({"step": {"backend": "libretranslate"}}, ConfigError, r"needs services\.libretranslate\.base_url"),
        ({"step": {"backend": "google"}, "services": {"google": {"api_version": "v3"}}}, ConfigError, "v3 needs"),
        ({"services": {"depl": {}}}, ConfigError, r"no translation platform called 'depl'; did you mean deepl\?"),
        ({"services": {"deepl": {"base_url": "x.org"}}}, ConfigError, "expected an address such as https://"),
        ({"services": {"deepl": {"proxy": "http://u:geheim@x.org"}}}, ConfigError, "no user names or passwords here"),
        ({"services": {"deepl": {"key": "geheim"}}}, ConfigError, "unknown key; .*keys belong in environment"),
        ({"services": {"baidu": {"tier": "gold"}}}, ConfigError, "'gold' is not allowed; allowed: standard"),
        ({"services": {"deepl": {"credentials": "no.env"}}}, ResourceError, "there is no file .*no.env"),
        ({"engine": {"ray": {"address": "a:1"}}}, ConfigError, "kept in a file of one machine"),
        ({"unset": ["DEEPL_AUTH_KEY"]}, ResourceError, "deepl needs DEEPL_AUTH_KEY: set environment variables"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_found_by_check(
    tmp_path: Path, changes: dict[str, Any], error: type[AugError], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from augcli.commands.check import check

    for name in changes.pop("unset", ()):
        monkeypatch.delenv(name)
    language = changes.pop("language", "en")
    step = {"backend": "deepl", "pivots": ["zh" if language != "zh" else "en"], "cache": str(tmp_path / "c")}
    given = {
        "input": {"path": str(SNIPS), "text": "text", "spans": None, "language": language},
        "output": {"path": "out/a.jsonl"},
        "chains": {"bt": {"steps": [{"back_translation": {**step, **changes.pop("step", {})}}]}},
        **changes,
    }
    file = tmp_path / "c.yaml"
    file.write_text(json.dumps(given))
    with pytest.raises(error, match=told) as caught:
        check(load(file))
    assert "geheim" not in str(caught.value)


def test_plan_of_many_rows_is_an_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Fake("google") as fake:
        file = config(tmp_path, fake, settings={"requests_per_second": 0.5})
        everything = plan(load(file)).paid_characters
        monkeypatch.setattr("augcli.commands.plan.HOSTED_PROBE_ROWS", 150)
        planned = plan(load(file))
    assert abs(planned.paid_characters - everything) < everything / 5
    assert planned.seconds > 2 * planned.services["google"].requests


def test_a_platform_from_outside(tmp_path: Path) -> None:
    """Another package may bring one: a class, and an entry point."""
    package = tmp_path / "site"
    info = package / "echo-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[augcli.platforms]\necho = echo_platform:Echo\n")
    module = (ROOT / "augcli/translation/platforms/libretranslate.py").read_text().replace("libretranslate", "echo")
    (package / "echo_platform.py").write_text(module.replace("class LibreTranslate", "class Echo"))
    with Fake("libretranslate", limits=unlimited("libretranslate")) as fake:
        file = config(tmp_path, fake, step={"backend": "echo"}, services={"echo": {"base_url": fake.url}})
        env = {"PYTHONPATH": os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")])}
        done = augcli("run", file, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert "echo: " in done.stderr.decode()


def test_all_platforms_are_tested() -> None:
    assert set(names(Platform)) == set(DESKS)
    with pytest.raises(RunError):
        raise StopError("a run that stops has failed")
