"""Requests a second and waiting times of the running service, by wrk on loopback; two minutes.

    apt-get install wrk
    python benchmarks/serve.py [--seconds 8] [--workers 2]
    python benchmarks/serve.py --servers     # the same page behind gunicorn, waitress and granian

wrk sends as fast as it is answered; the last line asks at half of that rate, with fewer
connections, as a service that is not full would see it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SHORT = "Close the dispute and write me on WhatsApp, I will refund you by PayPal."
LONG = ("Thank you, the parcel came today and the lamp works well. " * 400)[:20_000]
SERVERS = {
    "waitress": ["{bin}/scamcheck", "serve", "--port", "{port}", "--workers", "{workers}"],
    "gunicorn": [
        "{bin}/gunicorn", "-w", "{workers}", "-k", "gthread", "--threads", "4",
        "-b", "127.0.0.1:{port}", "webapp:create_app()",
    ],
    "granian": [
        "{bin}/granian", "--interface", "wsgi", "--factory", "--workers", "{workers}",
        "--blocking-threads", "4", "--port", "{port}", "webapp:create_app",
    ],
}  # fmt: skip


@contextmanager
def running(command: Sequence[str], workers: int) -> Iterator[int]:
    """Start a server and yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    values = {"bin": str(Path(sys.executable).parent), "port": port, "workers": workers}
    process = subprocess.Popen(
        [part.format(**values) for part in command],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "SCAMCHECK_RATE_LIMIT": "off"},
    )  # fmt: skip
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(8)  # processes that load for themselves are ready only then
        yield port
    finally:
        process.terminate()
        process.wait(20)


def asked(port: int, text: str, connections: int, seconds: int, pause: float = 0.0) -> str:
    """Return what wrk says of one load; ``pause`` is the seconds between two questions."""
    body = json.dumps(json.dumps({"text": text}, ensure_ascii=True))
    script = f'wrk.method = "POST"\nwrk.body = {body}\n'
    script += 'wrk.headers["Content-Type"] = "application/json"\n'
    if pause:
        script += f"function delay() return {int(pause * 1000)} end\n"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", file.name,
             f"http://127.0.0.1:{port}/api/v1/check"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return done.stdout


def read(told: str) -> tuple[float, str, str, str]:
    """Return requests a second, p50, p99 and errors."""
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])  # type: ignore[index]
    p50 = re.search(r"50%\s+(\S+)", told)
    p99 = re.search(r"99%\s+(\S+)", told)
    errors = re.search(r"Non-2xx.*|Socket errors.*", told)
    return rate, p50[1] if p50 else "?", p99[1] if p99 else "?", errors[0] if errors else ""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--servers", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; run apt-get install wrk.")
    names = list(SERVERS) if options.servers else ["waitress"]
    print("| server | load | requests/s | p50 | p99 | |\n|---|---|---|---|---|---|")
    for name in names:
        with running(SERVERS[name], options.workers) as port:
            asked(port, SHORT, 4, 2)
            rate, p50, p99, errors = read(asked(port, SHORT, 8, options.seconds))
            print(f"| {name} | short, full | {rate:.0f} | {p50} | {p99} | {errors} |", flush=True)
            found = read(asked(port, LONG, 4, options.seconds))
            print(f"| {name} | 20,000 characters, full | {found[0]:.0f} | {found[1]} | {found[2]}"
                  f" | {found[3]} |", flush=True)  # fmt: skip
            # Two connections that wait between questions so that together they ask half as often.
            pause = max(0.001, 2 / rate)
            found = read(asked(port, SHORT, 2, options.seconds, pause))
            print(f"| {name} | short, half the rate | {found[0]:.0f} | {found[1]} | {found[2]}"
                  f" | {found[3]} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
