"""The Flask application: a page for people, an API for programs, one detector for both."""

from __future__ import annotations

from flask import Flask, Response, current_app, request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from detector import Detector
from detector.errors import InputError
from detector.translate import SOURCE_LANGUAGE, available
from webapp import api, info, install, metrics, moderator, page, picture
from webapp.settings import OFF, Settings

# Pasted text plus form encoding: 20,000 code points are at most 240,000 bytes of "%F0%9F…".
FORM_LIMIT = 300_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

Answer = tuple[Response, int] | tuple[str, int]


def choose_language() -> str:
    """Return the language of the page: ``?lang=``, else the browser's, else English."""
    wish = request.args.get("lang")
    if wish in available():
        return str(wish)
    return request.accept_languages.best_match(available()) or SOURCE_LANGUAGE


def create_app(detector: Detector | None = None, settings: Settings | None = None) -> Flask:
    """Make the application.

    Args:
        detector: what judges; None loads that of the settings.
        settings: None reads them from the environment.

    Raises:
        InputError: a setting cannot be used.
    """
    settings = settings or Settings.from_environment()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = FORM_LIMIT
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_LIMIT
    app.config["BABEL_DOMAIN"] = "webapp"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "locale"
    app.json.sort_keys = False  # type: ignore[attr-defined] # the contract has an order
    if detector is None:
        detector = Detector.load(settings.marketplace)
        # The encoder is read at the first text: now, not while the first shopper waits.
        detector.check("ready")
    app.extensions["detector"] = detector
    Babel(app, locale_selector=choose_language)
    for blueprint in (page.blueprint, info.blueprint, install.blueprint, picture.blueprint):
        app.register_blueprint(blueprint)
    app.register_blueprint(api.blueprint)
    moderator.init_app(app)
    _limit(app, settings.rate_limit)
    if settings.metrics:
        metrics.init_app(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies
        )
    app.after_request(_add_headers)
    app.register_error_handler(InputError, _on_input_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_defect)
    return app


def _limit(app: Flask, rate: str) -> None:
    """Bound how often one address may have something judged; reading pages is not counted."""
    if rate == OFF:
        return
    limiter = Limiter(
        get_remote_address, app=app, storage_uri="memory://", headers_enabled=True,
        application_limits=[rate], application_limits_exempt_when=lambda: request.method != "POST",
    )  # fmt: skip
    app.extensions["limiter"] = limiter


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # Both are part of what decides the answer; no store in between may mix languages.
    response.headers["Vary"] = "Accept-Language"
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _on_input_error(error: InputError) -> Answer:
    status = 400 if error.code == "broken-json" else picture.STATUS.get(error.code, 422)
    if _is_program():
        return api.problem(error.code, str(error), status)
    return page.show_error(error.code, error.values), status


def _on_http_error(error: HTTPException) -> Answer:
    status = error.code or 500
    code = page.HTTP_CODES.get(status, "refused")
    if _is_program():
        answer, _ = api.problem(code, error.description or error.name, status)
    else:
        answer = Response(page.show_error(code))
    if status == 429:
        answer.headers["Retry-After"] = str(getattr(error, "retry_after", None) or 60)
    if isinstance(error, MethodNotAllowed):
        answer.allow.update(error.valid_methods or ())  # RFC 9110 wants it said
    return answer, status


def _is_program() -> bool:
    return request.path.startswith(("/api/", "/healthz", "/metrics"))


def _on_defect(error: Exception) -> Answer:
    # The usual traceback would write the message of the error, and with it perhaps what was
    # pasted, into the log. The kind and the place are enough to find the defect.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"
    current_app.logger.error("%s at %s", type(error).__name__, place)
    return _on_http_error(InternalServerError())
