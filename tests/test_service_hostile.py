"""A really running service under bad manners: refused or served, never down, others unhurt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# The client runs as a program of its own: inside the tests no socket may be opened.
CLIENT = '''
import http.client, json, socket, sys, threading, time
port = int(sys.argv[2])

def check(timeout=60):
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("POST", "/api/v1/check", json.dumps({"text": "ok thanks"}),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.perf_counter() - start

def slow():
    """Forty clients that send a byte a second."""
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    for line in lines:
        line.sendall(b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 1000\\r\\n\\r\\n")
    found = []
    for _ in range(5):
        for line in lines:
            line.sendall(b"x")
        found.append(check())
    return found

def large():
    """A body of 100 MB, to the page, the API and the file upload."""
    found = []
    for path in ("/", "/api/v1/check", "/api/v1/scan", "/scan"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.putrequest("POST", path)
            connection.putheader("Content-Length", str(100_000_000))
            connection.endheaders()
            for _ in range(100):
                connection.send(bytes(1_000_000))
            found.append(connection.getresponse().status)
        except (ConnectionError, TimeoutError):
            found.append("closed")
        connection.close()
    return [found, check()]

def crowd():
    """A thousand connections at once, each with a question."""
    results = []
    def one():
        try:
            results.append(check(90)[0])
        except (OSError, http.client.HTTPException):
            results.append("refused")
    threads = [threading.Thread(target=one) for _ in range(1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [{str(kind): results.count(kind) for kind in set(results)}, check()]

print(json.dumps(globals()[sys.argv[1]]()))
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Start the service with two processes on a free port."""
    environment = {**os.environ, "SCAMCHECK_RATE_LIMIT": "off"}
    port = 20_000 + os.getpid() % 20_000
    process = subprocess.Popen(
        [sys.executable, "-m", "detector", "serve", "--port", str(port), "--workers", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    assert "answers on" in process.stdout.readline()
    yield port, process
    process.terminate()
    process.wait(30)
    process.stdout.close()


def asked(what: str, port: int) -> object:
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, what, str(port)], capture_output=True, text=True, timeout=280
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def memory(pid: int) -> int:
    """Return the megabytes of a process and its children, shared pages counted once."""
    total = 0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in [pid, *map(int, children)]:
        rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        total += next(int(x.split()[1]) for x in rollup.splitlines() if x.startswith("Pss:"))
    return total // 1024


def test_slow_clients_cost_the_others_nothing(server: tuple[int, subprocess.Popen[str]]) -> None:
    found = asked("slow", server[0])
    assert isinstance(found, list)
    assert [200] * 5 == [status for status, _ in found]
    assert max(seconds for _, seconds in found) < 10


def test_a_huge_body_is_refused(server: tuple[int, subprocess.Popen[str]]) -> None:
    before = memory(server[1].pid)
    found, after = asked("large", server[0])  # type: ignore[misc]
    assert set(found) <= {413, "closed"}
    assert 200 == after[0]
    assert memory(server[1].pid) < before + 400


def test_a_crowd_is_served_or_refused(server: tuple[int, subprocess.Popen[str]]) -> None:
    before = memory(server[1].pid)
    found, after = asked("crowd", server[0])  # type: ignore[misc]
    assert 1_000 == sum(found.values())
    assert set(found) <= {"200", "refused", "503"}
    assert found["200"] >= 500
    assert 200 == after[0]
    assert memory(server[1].pid) < before + 400


def test_a_process_that_dies_is_replaced(server: tuple[int, subprocess.Popen[str]]) -> None:
    port, process = server
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    first = set(children.read_text().split())
    os.kill(int(min(first)), 9)
    for _ in range(100):
        if len(set(children.read_text().split()) - first) == 1:
            break
        time.sleep(0.1)
    assert 2 == len(children.read_text().split())
    found = asked("slow", port)
    assert isinstance(found, list)
    assert {200} == {status for status, _ in found}
