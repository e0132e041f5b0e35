"""Imported once by the process that workers are forked from: they share what it has loaded."""

from __future__ import annotations

import gc
import json
import os

from detector.detector import Detector
from detector.scan.work import Engine

VARIABLE = "SCAMCHECK_PRELOAD"
"""Names the engine to load, as JSON; set by the process that starts the workers."""
_loaded: dict[Engine, Detector] = {}


def detector_of(engine: Engine) -> Detector:
    """Return the detector of an engine, the one that was loaded before the fork if it fits."""
    if engine not in _loaded:
        _loaded[engine] = engine.load()
    return _loaded[engine]


def described(engine: Engine) -> str:
    """Return an engine as it stands in the environment."""
    return json.dumps([engine.marketplace, engine.limit, engine.classify])


if VARIABLE in os.environ:
    _detector = detector_of(Engine(*json.loads(os.environ[VARIABLE])))
    # The encoder and the caches of a first message are shared as well.
    list(_detector.check_many(["ready", "please write me on WhatsApp +44 7700 900123"]))
    # What never changes is left where it is: counting references would copy its pages.
    gc.collect()
    gc.freeze()
