"""The units of advice and their facts, read once for every page and route."""

from functools import cache

from classifier.guidance import GuidanceBase


@cache
def guidance_base() -> GuidanceBase:
    """The base that the library ships."""
    return GuidanceBase.load()
