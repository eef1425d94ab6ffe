"""Clauses that decide flags: places in the user's own text, only catalogued flags, the catalogue's limits kept."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from classifier import Assessor, Notice
from classifier.corpus import DATASETS
from classifier.evaluate import read_labelled
from classifier.knowledge import flag_ids, read_toml
from classifier.reading import Reading
from classifier.red_flags import Context, decided, flags_read_by

DECIDED = sorted(flags_read_by("clauses"))


def test_the_catalogue_says_which_flags_clauses_decide() -> None:
    assert len(DECIDED) > 10
    by_id = {entry["id"]: entry for entry in read_toml("red_flags.toml")["flag"]}
    assert all(
        by_id[flag].get("patterns") or by_id[flag].get("in_doubt") or by_id[flag].get("computed") for flag in DECIDED
    )


@pytest.mark.parametrize(
    ("text", "channel", "flag", "words"),
    [
        ("当選です。賞金の受取りには事務手数料3万円を先にお振込みください。", "email", "pay_to_receive", "手数料"),
        ("口座を確認します。暗証番号とパスワードを入力してください。", "sms", "credential_request", "暗証番号"),
        ("このことは家族にも警察にも絶対に話さないでください。", "chat", "secrecy_demand", "話さ"),
        ("払わなければ勤務先とご家族に連絡し、事情を説明いたします。", "email", "third_party_threat", "勤務先"),
        ("コンビニでAppleギフトカードを買って、裏のコードを写真で送ってください。", "chat", "prepaid_code", "コード"),
    ],
)  # fmt: skip
def test_signs_in_everyday_words(text: str, channel: str, flag: str, words: str, assessor: Assessor) -> None:
    found = assessor.assess(text, channel=channel)  # type: ignore[arg-type]
    places = [span.text for f in found.red_flags if f.id == flag for span in f.spans]
    assert any(words in place for place in places), [f.id for f in found.red_flags]


def test_hardly_a_genuine_notice_shows_a_strong_sign(assessor: Assessor) -> None:
    """What looks like a strong sign in a letter that is no scam mostly is none; the bar is 3 %."""
    genuine = [r for r in read_labelled(DATASETS / "flags" / "test-read.jsonl") if r["label"] == "genuine"]
    found = assessor.assess_many([Notice.from_mapping(dict(record)) for record in genuine])
    shown = [any(flag.severity == "strong" for flag in assessment.red_flags) for assessment in found]
    assert sum(shown) <= 0.03 * len(shown)


def test_a_warning_shows_none_of_them(assessor: Assessor) -> None:
    warning = (
        "【注意喚起】市の消費生活センターです。「ギフトカードのコードを写真で送って」「家族には話さないで」などと言われたら詐欺です。"
        "すぐに188へご相談ください。"
    )
    assert not assessor.assess(warning, channel="letter").red_flags


def test_limits_of_the_catalogue_hold_however_a_clause_reads() -> None:
    rules = [e for e in read_toml("red_flags.toml")["flag"] if e["id"] in DECIDED and e.get("not_kinds")]
    assert rules
    for entry in rules:
        channel = entry.get("channels", ["email"])[0]
        kind = entry["not_kinds"][0]
        reading = Reading(Notice("連絡してください", channel))
        for suspicious in (False, True):
            context = Context(kind, suspicious=suspicious)
            shown = decided((), {entry["id"]: [(0, 4)]}, reading, context)
            assert (entry["id"] in {flag.id for flag in shown}) == suspicious, (entry["id"], kind)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("取り下げ最終期日 平成30年7月20日", False),
        ("ご連絡期限：１１月１９日", False),
        ("十一月二十日（金）まで", False),
        ("１１月２０日１７時まで", True),
        ("本日１１月２０日まで", True),
        ("24時間以内", True),
    ],
)
def test_a_date_alone_is_no_short_deadline(place: str, shown: bool) -> None:
    reading = Reading(Notice(f"ご連絡ください。{place}", "postcard"))
    read = {"short_deadline": [(8, 8 + len(place))]}
    assert bool(decided((), read, reading, Context("court_paper", suspicious=True))) == shown


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet="未納料金を本日中に払え。家族へ😀が́\u200b口座差押え\n0１2ABhttps://x.example ",
        min_size=1,
        max_size=120,
    )
)
def test_places_are_where_the_text_says(text: str) -> None:
    assessor = _loaded()
    assume(any(character.isalnum() for character in text))
    for flag in assessor.assess(text).red_flags:
        assert flag.id in flag_ids()
        assert all(text[s.start : s.end] == s.text and s.text for s in flag.spans)


_CACHE: list[Assessor] = []


def _loaded() -> Assessor:
    if not _CACHE:
        _CACHE.append(Assessor.load())
    return _CACHE[0]
