"""Curated data, one file a concern, and the readers that check it."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

KNOWLEDGE: Final = Path(__file__).resolve().parent


@cache
def read_toml(name: str) -> dict[str, Any]:
    """One curated file, parsed once."""
    return tomllib.loads((KNOWLEDGE / name).read_text(encoding="utf-8"))


@cache
def flag_ids() -> frozenset[str]:
    """The ids of the red-flag catalogue."""
    return frozenset(flag["id"] for flag in read_toml("red_flags.toml")["flag"])


@cache
def flag_severities() -> dict[str, str]:
    """Id of each red flag -> strong, medium or weak."""
    return {flag["id"]: flag["severity"] for flag in read_toml("red_flags.toml")["flag"]}
