"""What all tests share: one detector, and no way out to a network."""

from __future__ import annotations

import os
import socket
from typing import Any, NoReturn

import pytest

from detector.detector import Detector

# Tests ask more often than a shopper may; those of the limit set it themselves.
os.environ["SCAMCHECK_RATE_LIMIT"] = "off"


@pytest.fixture(scope="session")
def detector() -> Detector:
    """Return the detector of the default marketplace; loading it takes a second or two."""
    return Detector.load()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a test, or the code under it, wanted the network")

    monkeypatch.setattr(socket.socket, "connect", _only_files(socket.socket.connect, refuse))
    monkeypatch.setattr(socket, "getaddrinfo", _only_local(socket.getaddrinfo, refuse))


def _only_files(connect: Any, refuse: Any) -> Any:
    def connected(self: socket.socket, address: Any) -> Any:
        # Processes on this machine speak through sockets that are files.
        return connect(self, address) if self.family == socket.AF_UNIX else refuse()

    return connected


def _only_local(resolve: Any, refuse: Any) -> Any:
    def lookup(host: Any, *rest: Any, **named: Any) -> Any:
        # waitress resolves the address it is told to listen on.
        if host in ("127.0.0.1", "::1", "localhost", None):
            return resolve(host, *rest, **named)
        return refuse()

    return lookup
