"""The step `llm` beside what a server of fixed latency allows: calls of a run, each with a reply after so long.

python -m benchmarks.speed.llm [--rows 2000] [--latency 0.2] [--concurrency 8 64]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import yaml

from benchmarks.common.measure import SAMPLE, augment, print_table, report_of, rows_of, texts_of, write_jsonl


class Handler(BaseHTTPRequestHandler):
    """Writes a text anew by one more word, after a while."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    latency: ClassVar[float]

    def do_POST(self) -> None:
        """Answer a call."""
        began = time.perf_counter()
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = asked["messages"][1]["content"].split("\n")[1]
        message = {"role": "assistant", "content": json.dumps({"texts": [f"{text} indeed"]})}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        body = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 20}}).encode()
        time.sleep(max(0.0, self.latency - (time.perf_counter() - began)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds (%(default)s)")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[8, 64])
    options = parser.parse_args()
    Handler.latency = options.latency
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lines = []
    for concurrency in options.concurrency:
        with tempfile.TemporaryDirectory() as folder:
            source, target, config = (Path(folder) / name for name in ("in.jsonl", "out.jsonl", "c.yaml"))
            write_jsonl(source, rows_of(texts_of(SAMPLE), options.rows))
            step = {"model": "m", "cache": f"{folder}/replies.sqlite3"}
            service = {"base_url": f"http://127.0.0.1:{server.server_address[1]}/v1", "concurrency": concurrency}
            config.write_text(yaml.safe_dump({
                "input": {"path": str(source), "text": "text", "id": "id"}, "output": {"path": str(target)},
                "chains": {"a": {"steps": [{"llm": step}]}}, "services": {"llm": service},
            }))  # fmt: skip
            augment(config)
            report = report_of(target)
            seconds, calls = report["run"]["seconds"], report["services"]["llm"]["requests"]
        ideal = -(-calls // concurrency) * options.latency
        lines.append(
            [str(concurrency), f"{calls:,}", f"{seconds:.1f}", f"{ideal:.1f}", f"{100 * ideal / seconds:.0f} %"]
        )
    print_table(["calls at once", "calls", "seconds of the run", "the least they take", "share"], lines)


if __name__ == "__main__":
    main()
