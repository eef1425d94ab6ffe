"""Transformations: seeded, and text stays text that reads back where reading back is promised."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.noise import TRANSFORMATIONS, disturb
from classifier.normalise import normalise, squeeze

TEXT = (
    "【重要】未納料金のお知らせ\n平成31年4月20日までに、03-1234-5678へご連絡ください。\n"
    "(担当 山田)差押えの手続に入ります。"
)


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_the_same_seed_gives_the_same_text(name: str) -> None:
    once, twice = (TRANSFORMATIONS[name](TEXT, random.Random(7)) for _ in range(2))
    assert once == twice


@pytest.mark.parametrize("name", ["zero_width", "split_words", "full_width"])
def test_evasions_are_read_through(name: str) -> None:
    for seed in range(20):
        altered = TRANSFORMATIONS[name](TEXT, random.Random(seed))
        read = squeeze(normalise(altered)).text.replace(" ", "")
        assert "未納料金" in read
        assert "差押え" in read


def test_narration_keeps_the_notice_whole() -> None:
    for seed in range(30):
        narrated = TRANSFORMATIONS["narrated"](TEXT, random.Random(seed))
        assert TEXT in narrated
        assert narrated != TEXT


@given(st.text(min_size=1, max_size=80), st.integers(0, 10_000))
@settings(max_examples=200, deadline=None)
def test_any_text_survives(text: str, seed: int) -> None:
    assert disturb(text, random.Random(seed)).strip()
