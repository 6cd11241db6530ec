"""A local server with the chat interface of OpenAI. It judges the raw bytes of each call with code of its own."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "dummy-key-of-a-server-0001"
FAULTS = ("429", "500", "cut", "html", "empty")
"""Trouble that passes: the same call works the next time."""
_OTHERS = {"want": "wish", "card": "bank card", "need": "require", "How": "In what way", "可以": "能够", "推荐": "介绍"}
_FENCED = re.compile(r"<(text\d*)>\n(.*?)\n</\1>", re.DOTALL)


def said_otherwise(text: str, number: int = 0) -> str:
    """What the server makes of a text, as the numbered of several answers."""
    other = re.sub("|".join(_OTHERS), lambda match: _OTHERS[match[0]], text)
    return other + (" indeed" if text.isascii() else "的确") * (number + (other == text))


@dataclass
class Call:
    """A call as it came."""

    system: str
    texts: list[str]
    label: str
    answers: int
    seed: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """The first text, or an empty one."""
        return next(iter(self.texts), "")

    def good(self) -> str:
        """The reply that was asked for."""
        made = [
            f"{self.text} {self.seed} {number}" if self.label else said_otherwise(self.text, number)
            for number in range(self.answers)
        ]
        return json.dumps({"texts": made}, ensure_ascii=False) if "response_format" in self.body else made[0]


@dataclass
class FakeLlm:
    """Serves while it is entered. `reply` makes another reply of a call: text, or a fault by its name."""

    reply: Callable[[Call], str | None] = lambda _: None
    faults: Iterable[str] = ()
    """What happens to the calls in turn; an empty string is none."""
    key: str = ""
    calls: list[Call] = field(default_factory=list)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By text and seed, how often a reply went out."""
    problems: list[str] = field(default_factory=list)
    """What was wrong with calls."""

    def __enter__(self) -> FakeLlm:
        fake, lock, turns = self, threading.Lock(), iter(self.faults)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    call = fake._read(self.path, {name.lower(): value for name, value in self.headers.items()}, raw)
                    fault = next(turns, "")
                fake._answer(self, call, fault, lock)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What base_url is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def _read(self, path: str, headers: dict[str, str], raw: bytes) -> Call:
        body = json.loads(raw)
        system, user = body["messages"]
        fenced = _FENCED.findall(user["content"])
        label = re.match(r"(?:Label: |类别：)(.*)\n", user["content"])
        count = re.search(r'"(\d+) (?:new texts|段)', system["content"])
        call = Call(
            system["content"], [text for _, text in fenced], label[1] if label else "", int(count[1]) if count else 1,
            body["seed"], headers, body,
        )  # fmt: skip
        wrong = {
            "path": path != "/v1/chat/completions",
            "content type": not headers["content-type"].startswith("application/json"),
            "key": headers.get("authorization") != (f"Bearer {self.key}" if self.key else None),
            "roles": [system["role"], user["role"]] != ["system", "user"],
            "fence": not fenced,
            "leak": bool(call.text) and call.text in system["content"],
            "seed": not (isinstance(call.seed, int) and 0 <= call.seed < 2**31),
            "members": not {"model", "messages", "seed"} <= {*body} or None in body.values(),
        }  # fmt: skip
        self.problems += [name for name, found in wrong.items() if found]
        self.calls.append(call)
        return call

    def _answer(self, handler: BaseHTTPRequestHandler, call: Call, fault: str, lock: threading.Lock) -> None:
        if fault in ("429", "500"):
            told = {"error": {"message": f"trouble with {KEY}", "code": None}}
            return self._send(handler, int(fault), json.dumps(told).encode(), {"Retry-After": "0"})
        if fault == "html":
            return self._send(handler, 200, b"<html>gateway</html>", {})
        if fault == "empty":
            return self._send(handler, 200, b'{"choices": []}', {})
        made = self.reply(call)
        content, end = call.good() if made is None else made, "stop"
        if content.startswith("!"):  # !length: how the reply ends, with nothing whole in it
            content, end = '{"texts": ["', content[1:]
        choice = {"index": 0, "finish_reason": end, "message": {"role": "assistant", "content": content}}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        whole = json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()
        with lock:
            self.answered[(call.text, call.seed)] += fault != "cut"
        if fault == "cut":
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(whole)))
            handler.end_headers()
            handler.wfile.write(whole[:40])
            handler.close_connection = True
            return None
        return self._send(handler, 200, whole, {})

    def _send(self, handler: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str]) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)
