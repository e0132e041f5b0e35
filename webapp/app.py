"""The Flask application: a page for people, an API for programs, one detector for both."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_babel import Babel
from werkzeug.exceptions import HTTPException

from detector import Detector
from detector.errors import InputError
from detector.translate import available
from webapp import api, page

# Pasted text plus form encoding: 20,000 code points are at most 240,000 bytes of "%F0%9F…".
FORM_LIMIT = 300_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def choose_language() -> str:
    """Return the language of the page: ``?lang=``, else the browser's, else English."""
    wish = request.args.get("lang")
    if wish in available():
        return str(wish)
    return request.accept_languages.best_match(available()) or "en"


def create_app(detector: Detector | None = None) -> Flask:
    """Make the application.

    Args:
        detector: what judges; None loads the default one.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = FORM_LIMIT
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_LIMIT
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "locale"
    app.extensions["detector"] = detector or Detector.load()
    Babel(app, locale_selector=choose_language)
    app.register_blueprint(page.blueprint)
    app.register_blueprint(api.blueprint)
    app.after_request(_add_headers)
    app.register_error_handler(InputError, _on_input_error)
    app.register_error_handler(HTTPException, _on_http_error)
    return app


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _on_input_error(error: InputError) -> tuple[Response, int] | tuple[str, int]:
    if request.path.startswith("/api/"):
        return api.problem(error.code, str(error), 422)
    return page.show(error=str(error)), 422


def _on_http_error(error: HTTPException) -> tuple[Response, int] | tuple[str, int]:
    status = error.code or 500
    code = error.name.lower().replace(" ", "-")
    if request.path.startswith("/api/"):
        return api.problem(code, error.description or error.name, status)
    return page.show(error=error.name), status
