"""The measuring measures: what is slower comes out slower, and every ratio has its line."""

import sys

import pytest

from classifier import Assessor, Notice, file_speed, speed
from classifier.tokenise import words, words_of_whole

TEXT = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。"


def test_within_the_process(assessor: Assessor) -> None:
    found = speed._within(assessor, [Notice(f"{TEXT}{n}", "sms") for n in range(40)])
    taken = found["microseconds"]
    assert found["times_T"]["T"] == 1.0
    assert taken["T"] < taken["batch"] < taken["one"]
    assert found["times_T"]["batch"] == pytest.approx(taken["T"] / taken["batch"], abs=0.001)


def test_memory_of_a_process_is_its_own() -> None:
    held = bytearray(300 << 20)
    small = file_speed.used([sys.executable, "-c", "import time; time.sleep(0.2)"])
    large = file_speed.used([sys.executable, "-c", "import time; x = b'1' * (100 << 20); time.sleep(0.2)"])
    assert len(held) > 0
    assert small.mebibytes < 60
    assert 80 < large.mebibytes - small.mebibytes < 120


def test_the_yardstick_gives_the_same_words() -> None:
    assert words_of_whole(TEXT) == words(TEXT)


def test_every_figure_has_its_line() -> None:
    files = {
        "rows": 20_000,
        "rows_a_second_one_worker": 500,
        "microseconds_a_row": [1500, 1530],
        "time_a_row_long_to_short": 1.02,
        "time_a_row_last_tenth_to_first": 0.99,
        "peak_mebibytes": [250.0, 260.0],
        "peak_memory_long_to_short": 1.04,
        "pair_rows": 20_000,
        "two_workers": 1.9,
        "two_workers_processor_seconds": [30.0, 15.5, 15.0, 1.2],
        "two_workers_at_most": 1.94,
    }
    report = {
        "texts": 10,
        "mean_characters": 200.0,
        "processors": 2,
        "microseconds": {"T": 90.0, "batch": 1500.0},
        "times_T": {"T": 1.0, "batch": 0.06},
        "batch_times_fasttext": None,
        "cold_start": {"answer": 0.9, "sklearn": 1.4, "ratio": 0.64},
        "files": files,
        "http": {
            "problem": None,
            "connections": {
                str(connections): {
                    "rspamd": {"requests_a_second": 400.0, "processor_ms": 2.5, "p50_ms": 2.8, "p99_ms": 4.0},
                    "ours": {"requests_a_second": 100.0, "processor_ms": 10.0, "p50_ms": 11.2, "p99_ms": 16.0},
                    "times_rspamd": 0.25 / connections,
                    "processor_time_to_rspamd": 4.0,
                }
                for connections in (1, 16)
            },
            "mebibytes": {"rspamd": 151.4, "ours": 511.0},
        },
    }
    text = speed.report_text(report)
    for shown in (
        "0.060 T",
        "fastText is not installed",
        "0.64 of import sklearn",
        "1.90 times one",
        "1.04 (260.0",
        "at most 1.94",
    ):
        assert shown in text
    for shown in ("16 connections  ", "1 connection  ", "0.250 times the requests", "0.016 times", "151.4 and 511.0"):
        assert shown in text
    assert "wrk not installed" in speed.report_text(report | {"http": {"problem": "wrk not installed"}})


def test_what_a_row_costs_in_the_course_of_a_run() -> None:
    steady = [(parts, 0.6 + 0.9 * parts) for parts in range(1, 101)]
    assert file_speed._last_to_first(steady) == 1.0
    slowing = [(parts, 0.6 + 0.9 * parts + 0.009 * parts**2) for parts in range(1, 101)]
    assert (file_speed._last_to_first(slowing) or 0) > 2
    assert file_speed._last_to_first(steady[:5]) is None
