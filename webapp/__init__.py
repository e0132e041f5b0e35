"""The page and the API over the detector."""

from webapp.app import create_app

__all__ = ["create_app"]
