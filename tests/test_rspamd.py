"""rspamd beside us: it learns and judges, its settings stay in their folder, and nothing of it is left running.

Needs rspamd and redis-server, which `make test` installs; without them these tests fail.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from classifier import baselines, rspamd
from classifier.servers import listens, processor_seconds, resident_mebibytes

SCAM = "訴訟最終通告のお知らせ。本日中にご連絡なき場合、執行官立会いのもと差押えを執行します。担当{}号"
GENUINE = "図書館からのお知らせです。ご予約の本が届きましたので、窓口でお受け取りください。受付{}番"


def test_rspamd_ranks_scams_above_genuine_texts(tmp_path: Path) -> None:
    texts = [text.format(number) for number in range(10) for text in (SCAM, GENUINE)]
    score = baselines.rspamd_bayes(texts, np.array([True, False] * 10), tmp_path)
    scam, genuine, unknown = score([SCAM.format("八"), GENUINE.format("八"), "Tack så mycket för senast"])
    assert scam > 0.9 > 0.1 > genuine
    assert 0.1 < unknown < 0.9
    assert len({scam, *score([SCAM.format("八")])}) == 1, "the same after another start"


def test_what_it_refuses_and_that_it_ends(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), rspamd.running(tmp_path) as filter_:
        answers = [filter_.learn(rspamd.mail_of(text), scam=True) for text in (SCAM, SCAM, "はい")]
        assert answers == [True, False, False], "learnt already; too few words"
        assert filter_.probability(rspamd.mail_of(SCAM)) == 0.5, "nothing genuine was learnt"
        assert resident_mebibytes(filter_.processes) > 20
        assert processor_seconds(filter_.processes) > 0
        raise KeyboardInterrupt
    assert not listens(filter_.scan_port)
    assert not listens(filter_.learn_port)
    assert resident_mebibytes(filter_.processes) == 0, "no worker is left"


def test_the_settings_name_no_file_outside_and_no_address_but_loopback(tmp_path: Path) -> None:
    text = rspamd.settings(tmp_path, scan_port=1001, learn_port=1002, redis_port=1003)
    assert set(re.findall(r"\d+(?:\.\d+){3}:\d+", text)) == {f"127.0.0.1:{p}" for p in (1001, 1002, 1003, 9)}
    assert all(path.startswith(str(tmp_path)) for path in re.findall(r"\"(/[^\"]*)", text))
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("symbols", "probability"),
    [
        ({}, 0.5),
        ({"BAYES_PROBABILITY": {"score": 0.0, "options": ["0.99999999999966493"]}}, 0.99999999999966493),
        ({"BAYES_HAM": {"options": ["99.99%"]}, "BAYES_PROBABILITY": {"options": ["1.08e-14"]}}, 1.08e-14),
    ],
)
def test_the_probability_is_read(symbols: dict[str, object], probability: float) -> None:
    assert rspamd.probability_of({"symbols": symbols}) == probability


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [(200, {"success": True}, True), (208, {"error": "known"}, False), (204, {}, False)],
)
def test_answers_to_learning(
    status: int, body: dict[str, object], outcome: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rspamd.Rspamd, "_post", _answering(status, body))
    assert rspamd.Rspamd(1, 2, ()).learn(b"", scam=True) is outcome


def test_a_broken_rspamd_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rspamd.Rspamd, "_post", _answering(500, {"error": "no redis"}))
    with pytest.raises(RuntimeError, match=r"500.*no redis"):
        rspamd.Rspamd(1, 2, ()).learn(b"", scam=True)
    with pytest.raises(RuntimeError, match=r"500.*no redis"):
        rspamd.Rspamd(1, 2, ()).probability(b"")


def _answering(status: int, body: dict[str, object]) -> Callable[..., object]:
    return lambda *given: (status, body)
