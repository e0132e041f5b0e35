"""What whoever runs the service may set, by the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from detector.errors import InputError

OFF = "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service behaves.

    Attributes:
        rate_limit: requests of one address that judge something, in the words of Flask-Limiter,
            for instance ``"120 per minute"``; ``off`` for none.
        proxies: reverse proxies in front whose ``X-Forwarded-For`` and ``-Proto`` are believed.
        marketplace: whose official channels count; None for the default one.
        metrics: whether ``/metrics`` is there.
    """

    rate_limit: str = "120 per minute"
    proxies: int = 0
    marketplace: str | None = None
    metrics: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read ``SCAMCHECK_RATE_LIMIT``, ``_PROXIES``, ``_MARKETPLACE`` and ``_METRICS``.

        Raises:
            InputError: a value cannot be used.
        """
        from limits import parse_many

        rate = environment.get("SCAMCHECK_RATE_LIMIT", cls().rate_limit).strip() or OFF
        if rate != OFF:
            try:
                parse_many(rate)
            except ValueError as error:
                raise InputError(
                    "bad-setting",
                    "SCAMCHECK_RATE_LIMIT is {value!r}; write '120 per minute' or off.",
                    value=rate,
                ) from error
        proxies = environment.get("SCAMCHECK_PROXIES", "0").strip()
        if not proxies.isdecimal() or int(proxies) > 10:
            raise InputError(
                "bad-setting", "SCAMCHECK_PROXIES is {value!r}; write a number from 0 to 10.",
                value=proxies,
            )  # fmt: skip
        metrics = environment.get("SCAMCHECK_METRICS", "on").strip().lower()
        if metrics not in {"on", OFF}:
            raise InputError(
                "bad-setting", "SCAMCHECK_METRICS is {value!r}; write on or off.", value=metrics
            )
        return cls(
            rate, int(proxies), environment.get("SCAMCHECK_MARKETPLACE") or None, metrics == "on"
        )
