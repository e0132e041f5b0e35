"""The API: JSON in, the result object out; errors as application/problem+json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from detector import Detector, render
from detector.errors import InputError
from detector.scan.judge import Columns, as_line, judge_rows
from detector.scan.text_rows import read_jsonl
from detector.translate import available
from webapp.openapi import describe

blueprint = Blueprint("api", __name__)
SCAN_LIMIT = 50_000_000
"""Bytes of JSONL that one request may send."""


def problem(code: str, detail: str, status: int) -> tuple[Response, int]:
    """Return an error as RFC 9457 wants it, with a stable ``code``."""
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    return Response(json.dumps(body), content_type="application/problem+json"), status


def _detector() -> Detector:
    detector: Detector = current_app.extensions["detector"]
    return detector


@blueprint.post("/api/v1/check")
def check() -> Response:
    """Judge one text."""
    try:
        body: Any = request.get_json(force=True, silent=True)
    except RecursionError:  # lists in lists in lists
        body = None
    if not isinstance(body, dict):
        raise InputError("broken-json", 'The body is no JSON object; send {{"text": "…"}}.')
    language = body.get("lang")
    if language is not None and language not in available():
        raise InputError(
            "unknown-language",
            "There are no answers in {language!r}; use one of {known}.",
            language=str(language)[:20],
            known=", ".join(available()),
        )
    region = body.get("region")
    if region is not None and not isinstance(region, str):
        raise InputError("unknown-region", "The region is no text; use a code such as PL.")
    if "text" not in body:
        raise InputError("empty-text", "There is no field 'text'; send the text to judge.")
    message = _detector().accept(body["text"], None, region)
    return jsonify(render.as_object(_detector().check(message), language))


@blueprint.post("/api/v1/scan")
def scan() -> Response:
    """Judge JSONL, one object a line; the answer has one line for each line."""
    request.max_content_length = SCAN_LIMIT
    # The body is read before the first line is answered: WSGI servers close it after that.
    body = BytesIO(request.get_data(cache=False))
    detector = _detector()

    def lines() -> Iterator[bytes]:
        for row, verdict, error in judge_rows(detector, read_jsonl(body), Columns()):
            yield as_line(row, verdict, error)

    return Response(lines(), content_type="application/jsonl; charset=utf-8")


@blueprint.get("/healthz")
def health() -> Response:
    """Tell that the service answers, and with which data."""
    return jsonify(status="ok", rulebook=_detector().rulebook_hash)


@blueprint.get("/api/v1/openapi.json")
def openapi() -> Response:
    """Describe the API."""
    return jsonify(describe(current_app))
