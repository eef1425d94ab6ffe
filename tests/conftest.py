"""Fixtures shared by the test modules: the shipped bundle, loaded once."""

from pathlib import Path

import pytest

from classifier import Assessor
from classifier.bundle import DEFAULT_BUNDLE

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    assert DEFAULT_BUNDLE.is_dir(), "no trained bundle: run `make train` first"
    return Assessor.load()
