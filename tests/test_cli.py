"""The command line as its users see it: one clear line for every kind of bad input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCAM = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。03-0000-5518"


def scam_notice(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "classifier", *map(str, arguments)], input=stdin, capture_output=True)


def test_assess_for_a_person() -> None:
    done = scam_notice("assess", "-", "--channel", "sms", stdin=SCAM.encode())
    out = done.stdout.decode()
    assert done.returncode == 0
    assert "詐欺の疑いが強い" in out
    assert "188" in out
    assert "出典" in out
    assert "003_c7c733b557857981.txt" in out
    assert "【本日中】" in out or "【本日中に】" in out, "the flagged words are marked in the text"
    assert "\x1b[" not in out, "no colour codes where there is no terminal"
    # conclusion, then what to do, then the reasons
    assert out.index("詐欺の疑いが強い") < out.index("■") < out.index("あやしい点")


def test_assess_reads_shift_jis_files(tmp_path: Path) -> None:
    path = tmp_path / "mail.txt"
    path.write_bytes(SCAM.encode("cp932"))
    done = scam_notice("assess", path, "--json")
    assert json.loads(done.stdout)["verdict"] in ("scam_likely", "suspicious")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "本文がありません"),
        (b" \n\t \xe3\x80\x80", "本文がありません"),
        ("\u200b\u200b\ufeff".encode(), "本文がありません"),
        ("あ".encode() * 200_000, "長すぎます"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
        (b"\x81\xff\xfe\x80\x81", "neither UTF-8 nor Shift_JIS"),
        ("あ".encode("utf-8", "surrogatepass") + b"\xed\xa0\x80" * 3, None),
    ],
)
def test_bad_text_gets_one_line(raw: bytes, says: str | None) -> None:
    done = scam_notice("assess", "-", stdin=raw)
    assert done.returncode == (0 if done.stdout else 2)
    if says:
        error = done.stderr.decode()
        assert done.returncode == 2
        assert error.count("\n") == 1
        assert error.startswith("scam-notice: ")
        assert says in error


@pytest.mark.parametrize("raw", ["あ", "\x01\x02未納です\x07", "?", "👨‍👩‍👧", "﷽" * 50])
def test_odd_text_is_answered(raw: str) -> None:
    done = scam_notice("assess", "-", "--json", stdin=raw.encode())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] != "scam_likely"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["assess", "nowhere.txt"], 2),
        (["assess", "-", "--channel", "fax"], 2),
        (["assess", "-", "--prior", "2"], 2),
        (["assess", "-", "--received-on", "yesterday"], 2),
        (["assess", "-", "--answer", "recognise"], 2),
        (["assess", "-", "--answer", "recognise=maybe"], 2),
        (["assess", "-", "--bundle", "nowhere"], 1),
        (["nonsense"], 2),
        (["batch", "only-one"], 2),
        (["evaluate", "nowhere.jsonl"], 2),
        (["model", "--bundle", "nowhere"], 1),
    ],
)
def test_bad_usage(arguments: list[str], code: int) -> None:
    done = scam_notice(*arguments, stdin=SCAM.encode())
    assert done.returncode == code
    assert done.stderr
    assert b"Traceback" not in done.stderr


def test_answers_change_what_to_do_and_never_the_score() -> None:
    text = "ご返済のお願い\n山下 由美 様 会員番号 1234\n10月27日のお約束日を過ぎてもご入金を確認できておりません。\n"
    text += "ご請求額 18,400円(元金 11,250円 利息 6,990円 遅延損害金 160円)\nあかつきクレジット株式会社 お客様相談室"
    plain = json.loads(scam_notice("assess", "-", "--channel", "letter", "--json", stdin=text.encode()).stdout)
    disputed = json.loads(
        scam_notice(
            "assess", "-", "--channel", "letter", "--json", "--answer", "recognise=no", stdin=text.encode()
        ).stdout
    )
    assert "recognise" in [q["id"] for q in plain["questions"]]
    assert plain["score"] == disputed["score"]
    assert [u["topic"] for u in disputed["guidance"]][:3] == ["dispute_creditor", "not_one_yen", "bureau_check"]


def test_prior_rebases_the_score() -> None:
    scores = [
        json.loads(scam_notice("assess", "-", "--json", "--prior", p, stdin=SCAM.encode()).stdout)["score"]
        for p in ("0.01", "0.4", "0.9")
    ]
    assert scores == sorted(scores)


def test_model_prints_the_card() -> None:
    card = json.loads(scam_notice("model").stdout)
    assert {"cutoffs", "data", "frozen_test", "libraries", "weaknesses"} <= set(card)


def test_a_second_training_trains_nothing() -> None:
    done = scam_notice("train")
    assert b"nothing to train" in done.stdout


def test_corpus_builds_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        assert scam_notice("corpus", "build", tmp_path / name, "--authored-only").returncode == 0
    one = (tmp_path / "a.jsonl").read_bytes()
    assert one == (tmp_path / "b.jsonl").read_bytes()
    record = json.loads(one.splitlines()[0])
    assert {"id", "text", "label", "channel", "scheme", "document_kind", "flags", "group", "origin", "author"} <= set(
        record
    )
    assert b"{{" not in one.replace(b"{{name}}", b"")


def test_evaluate_reports_on_any_labelled_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        "".join(
            json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n"
            for text, label in ((SCAM, "scam"), ("明日の会議は10時からです。", "genuine"))
        ),
        encoding="utf-8",
    )
    before = path.read_bytes()
    report = json.loads(scam_notice("evaluate", path, "--json").stdout)
    assert report["score"]["scams"] == report["score"]["genuine"] == 1
    assert "mistakes" in report
    assert path.read_bytes() == before
