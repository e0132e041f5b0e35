"""The description of the API, OpenAPI 3.1, made by apispec from schemas and routes."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema, fields, validate

from detector.detector import LIMIT
from detector.translate import available
from detector.types import Level

STATUSES = ("official", "unofficial", "lookalike", "premium", "unknown")
KINDS = ("phone", "email", "url", "handle", "iban", "card", "wallet", "pix")
PROBLEM = "application/problem+json"


class Question(Schema):
    """A text to judge."""

    text = fields.String(
        required=True,
        validate=validate.Length(1, LIMIT),
        metadata={"description": "What was pasted; white space alone is refused."},
    )
    lang = fields.String(
        allow_none=True, metadata={"description": "Language of the answer; see the list."}
    )
    region = fields.String(
        allow_none=True,
        metadata={"description": "ISO 3166 code whose national numbers are read, such as PL."},
    )


class ContactSchema(Schema):
    """A contact found in the text; offsets count Unicode code points."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    value = fields.String(required=True)
    text = fields.String(required=True)
    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    region = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    notes = fields.List(fields.String(), required=True)


class FindingSchema(Schema):
    """One reason, with the places it speaks of."""

    id = fields.String(required=True)
    level = fields.String(required=True, validate=validate.OneOf([lv.label for lv in Level]))
    origin = fields.String(required=True, validate=validate.OneOf(("rule", "model")))
    spans = fields.List(fields.List(fields.Integer()), required=True)
    reason = fields.String(required=True)
    source = fields.String(required=True)


class AdviceSchema(Schema):
    """What to do now."""

    id = fields.String(required=True)
    text = fields.String(required=True)


class Result(Schema):
    """The verdict on a text."""

    verdict = fields.String(required=True, validate=validate.OneOf([lv.label for lv in Level]))
    risk = fields.Float(required=True, validate=validate.Range(0, 1))
    language = fields.String(required=True)
    subject = fields.String(required=True, validate=validate.OneOf(("contact", "message")))
    contacts = fields.List(fields.Nested(ContactSchema), required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    advice = fields.List(fields.Nested(AdviceSchema), required=True)
    rulebook = fields.String(required=True)
    model = fields.String(required=True)


class Problem(Schema):
    """What is wrong and what to do (RFC 9457); ``code`` is stable."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)


class Health(Schema):
    """The service answers."""

    status = fields.String(required=True)
    rulebook = fields.String(required=True)


_REFUSALS = {
    "400": "The body is not JSON as asked for.",
    "405": "The method is another.",
    "413": "The body is too large.",
    "422": "The text or a hint cannot be used; the detail says why.",
    "429": "Too many requests; wait as Retry-After says.",
    "500": "A defect; nothing was judged.",
}


def _answers(schema: type[Schema] | None, kind: str, *refusals: str) -> dict[str, Any]:
    content: dict[str, Any] = {kind: {"schema": schema} if schema else {}}
    found: dict[str, Any] = {"200": {"description": "The answer.", "content": content}}
    for status in refusals:
        found[status] = {
            "description": _REFUSALS[status],
            "content": {PROBLEM: {"schema": Problem}},
        }
    return found


def describe(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an application.

    Every route of the API must be described here; a test compares them.
    """
    spec = APISpec(
        title="scamcheck",
        version=version("scamcheck"),
        openapi_version="3.1.0",
        info={"description": f"Languages of answers: {', '.join(available())}."},
        plugins=[MarshmallowPlugin()],
    )
    views = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    spec.path(
        views["api.check"],
        operations={
            "post": {
                "operationId": "check",
                "summary": "Judge one text",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": Question}},
                },
                "responses": _answers(
                    Result, "application/json", "400", "405", "413", "422", "429", "500"
                ),
            }
        },
    )
    spec.path(
        views["api.scan"],
        operations={
            "post": {
                "operationId": "scan",
                "summary": "Judge JSONL: one object a line with the field text or message; the"
                " answer has the same lines with the result, or its error, in the field check",
                "requestBody": {
                    "required": True,
                    "content": {"application/jsonl": {"schema": {"type": "string"}}},
                },
                "responses": _answers(None, "application/jsonl", "405", "413", "429", "500"),
            }
        },
    )
    spec.path(
        views["api.health"],
        operations={
            "get": {
                "operationId": "health",
                "summary": "Tell that the service answers, and with which rules",
                "responses": _answers(Health, "application/json", "405", "500"),
            }
        },
    )
    return dict(spec.to_dict())
