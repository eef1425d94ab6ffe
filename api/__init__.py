"""The HTTP face: JSON under `/v1`, a page for people at `/`."""

from api.app import create_app
from api.settings import Settings

__all__ = ["Settings", "create_app"]
