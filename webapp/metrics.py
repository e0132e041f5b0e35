"""Prometheus metrics: how many requests, how they ended and how long they took; no more."""

from __future__ import annotations

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names where several processes put their numbers together."""
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def init_app(app: Flask) -> None:
    """Count the requests of an application and answer ``GET /metrics``."""
    registry = CollectorRegistry()
    # The name of the view, not the address: an address may hold what somebody typed.
    requests = Counter(
        "scamcheck_requests", "Requests by view and status.", ["view", "method", "status"],
        registry=registry,
    )  # fmt: skip
    seconds = Histogram(
        "scamcheck_request_seconds", "Seconds until the answer began.", ["view"],
        buckets=_BUCKETS, registry=registry,
    )  # fmt: skip

    @app.before_request
    def _begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        view = request.endpoint or "none"
        # Only methods that there are: the word itself comes from outside.
        known = {"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"}
        method = request.method if request.method in known else "other"
        requests.labels(view, method, str(response.status_code)).inc()
        if "begun" in g:
            seconds.labels(view).observe(time.perf_counter() - g.begun)
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        """Hand out the numbers."""
        told = registry
        if FOLDER in os.environ:
            told = CollectorRegistry()
            multiprocess.MultiProcessCollector(told)  # type: ignore[no-untyped-call]
        return Response(generate_latest(told), content_type=CONTENT_TYPE_LATEST)
