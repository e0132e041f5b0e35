"""The service: as it describes itself, bounded, counted, and silent about what was pasted."""

from __future__ import annotations

import logging

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from detector.detector import Detector
from detector.errors import InputError
from webapp import create_app
from webapp.openapi import describe
from webapp.settings import Settings

SECRET = "Xyzzy-4711-plugh"


@pytest.fixture(scope="module")
def app(detector: Detector) -> Flask:
    return create_app(detector, Settings(rate_limit="off"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@schemathesis.serializer("application/jsonl")
def _as_lines(context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/v1/check", "POST"), ("/api/v1/scan", "POST"), ("/healthz", "GET")],
)
def test_every_answer_is_as_described(app: Flask, path: str, method: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    asked = 0

    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        case.call_and_validate(
            checks=[
                not_a_server_error, status_code_conformance, content_type_conformance,
                response_schema_conformance,
            ]
        )  # fmt: skip

    ask()
    assert asked > 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["/api/v1/check", "/api/v1/scan"])
def test_other_methods_are_refused_as_described(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = client.open(path, method=method)
    assert (405, "application/problem+json") == (answer.status_code, answer.content_type)


def test_every_route_of_the_api_is_described(app: Flask) -> None:
    described = describe(app)
    assert described["openapi"] == "3.1.0"
    routes = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, found in described["paths"].items() for method in found}
    assert routes == told


def test_a_result_fits_its_schema(client: FlaskClient, app: Flask) -> None:
    parts = describe(app)["components"]["schemas"]
    body = {"text": "Pay me by PayPal, not on AliExpress. +44 7700 900123", "lang": "pl"}
    answer = client.post("/api/v1/check", json=body).json
    whole = {"components": {"schemas": parts}, "$ref": "#/components/schemas/Result"}
    jsonschema_rs.validate(whole, answer)
    assert set(parts["Result"]["required"]) == set(answer or {})


# --- bounds ----------------------------------------------------------------------------------


def test_one_address_may_not_ask_without_end(detector: Detector) -> None:
    client = create_app(detector, Settings(rate_limit="3 per minute")).test_client()
    for _ in range(10):
        assert 200 == client.get("/").status_code  # reading is not counted
    statuses = [client.post("/api/v1/check", json={"text": "ok"}).status_code for _ in range(5)]
    assert [200, 200, 200, 429, 429] == statuses
    refused = client.post("/api/v1/check", json={"text": "ok"})
    assert "application/problem+json" == refused.content_type
    assert "too-many-requests" == (refused.json or {})["code"]
    assert int(refused.headers["Retry-After"]) > 0
    page = client.post("/?lang=en", data={"text": "ok"})
    assert (429, True) == (page.status_code, "Wait a minute" in page.text)
    other = client.post(
        "/api/v1/check", json={"text": "ok"}, environ_base={"REMOTE_ADDR": "10.1.1.1"}
    )
    assert 200 == other.status_code


@pytest.mark.parametrize(("proxies", "statuses"), [(0, [200, 429]), (1, [200, 200])])
def test_a_proxy_is_believed_only_when_configured(
    detector: Detector, proxies: int, statuses: list[int]
) -> None:
    client = create_app(detector, Settings("1 per minute", proxies=proxies)).test_client()
    got = [
        client.post(
            "/api/v1/check", json={"text": "ok"}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        ).status_code
        for number in (1, 2)
    ]
    assert statuses == got


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Settings()),
        ({"SCAMCHECK_RATE_LIMIT": "off"}, Settings(rate_limit="off")),
        ({"SCAMCHECK_RATE_LIMIT": "5/second"}, Settings(rate_limit="5/second")),
        (
            {"SCAMCHECK_PROXIES": "2", "SCAMCHECK_METRICS": "OFF"},
            Settings(proxies=2, metrics=False),
        ),
        ({"SCAMCHECK_MARKETPLACE": "aliexpress"}, Settings(marketplace="aliexpress")),
        ({"SCAMCHECK_RATE_LIMIT": "often"}, None),
        ({"SCAMCHECK_PROXIES": "-1"}, None),
        ({"SCAMCHECK_PROXIES": "many"}, None),
        ({"SCAMCHECK_METRICS": "maybe"}, None),
    ],
)
def test_settings(environment: dict[str, str], expected: Settings | None) -> None:
    if expected is None:
        with pytest.raises(InputError, match=next(iter(environment))):
            Settings.from_environment(environment)
    else:
        assert expected == Settings.from_environment(environment)


# --- numbers, and silence ----------------------------------------------------------------------


def test_requests_are_counted_by_view(detector: Detector) -> None:
    client = create_app(detector, Settings(rate_limit="off")).test_client()
    client.post("/api/v1/check", json={"text": "ok"})
    client.get("/no/such/page")
    client.open("/", method="BREW")
    told = client.get("/metrics").text
    assert 'scamcheck_requests_total{method="POST",status="200",view="api.check"} 1.0' in told
    assert 'scamcheck_requests_total{method="GET",status="404",view="none"} 1.0' in told
    assert 'method="other"' in told
    assert "BREW" not in told
    quiet = create_app(detector, Settings(rate_limit="off", metrics=False)).test_client()
    assert 404 == quiet.get("/metrics").status_code


def test_what_is_pasted_is_nowhere(
    detector: Detector, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(detector, Settings(rate_limit="off"))
    client = app.test_client()
    with caplog.at_level(logging.DEBUG):
        client.post("/?lang=en", data={"text": SECRET})
        client.post("/api/v1/check", json={"text": SECRET, "region": SECRET})
        client.post("/api/v1/check", data=f'{{"text": "{SECRET}"')
        client.post("/api/v1/check", json={"text": SECRET * 5_000})
        client.post("/api/v1/scan", data=f'{{"body": "{SECRET}"}}\n'.encode())
        client.post("/share", data={"text": SECRET})
        client.get(f"/{SECRET}")
        client.open("/", method=SECRET.replace("-", "").upper())
    said = caplog.text + "".join(capfd.readouterr()) + client.get("/metrics").text
    assert SECRET not in said
    assert SECRET.replace("-", "").upper() not in said


def test_problems_outside_the_api_are_problems_too(client: FlaskClient) -> None:
    for path in ("/healthz", "/metrics"):
        answer = client.post(path)
        assert (405, "application/problem+json") == (answer.status_code, answer.content_type)
