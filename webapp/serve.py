"""Runs the service: waitress, one listening socket, as many processes as asked for.

Waitress reads requests and writes answers in one loop without a thread for each connection, so a
slow client costs others nothing; only whole requests reach the threads that judge.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import tempfile
from typing import Any

from flask import Flask
from waitress import create_server

from webapp import metrics
from webapp.api import SCAN_LIMIT

THREADS = 4
IN_MEMORY = 1_000_000
"""Bytes of a request that stay in memory: every pasted text. A larger one is a file or a picture
and goes through a temporary file without a name, gone with the request."""
CONNECTIONS = 800
"""Connections a process holds open; others wait in the queue of the system."""
SECONDS = 30
"""How long a connection may be silent."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        OSError: the address is not free.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(1024)
    return listening


def run(app: Flask, listening: socket.socket) -> None:
    """Answer requests in this process until it is told to stop."""
    server: Any = create_server(
        app, sockets=[listening], threads=THREADS, ident=None,
        max_request_body_size=SCAN_LIMIT + 100_000, inbuf_overflow=IN_MEMORY,
        outbuf_overflow=SCAN_LIMIT, connection_limit=CONNECTIONS, channel_timeout=SECONDS,
        cleanup_interval=5, clear_untrusted_proxy_headers=True,
    )  # fmt: skip
    server.run()


def run_many(app: Flask, listening: socket.socket, workers: int) -> None:
    """Answer requests in several processes; one that dies is replaced."""
    if workers == 1:
        run(app, listening)
        return
    context = multiprocessing.get_context("fork")
    processes: list[Any] = []

    def start() -> None:
        process = context.Process(target=_serve, args=(app, listening), daemon=True)
        process.start()
        processes.append(process)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="scamcheck-metrics-") as folder:
        os.environ[metrics.FOLDER] = folder
        for _ in range(workers):
            start()
        try:
            while True:
                multiprocessing.connection.wait([process.sentinel for process in processes])
                for process in [p for p in processes if not p.is_alive()]:
                    processes.remove(process)
                    start()
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.join(5)


def _serve(app: Flask, listening: socket.socket) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(app, listening)
