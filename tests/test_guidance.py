"""The guidance base: every word of advice rests on a fact, and none of it can do harm."""

import json
import re
import shutil
import unicodedata
from pathlib import Path
from statistics import mean

import pytest

from classifier.errors import KnowledgeError
from classifier.guidance import BEYOND, GuidanceBase, GuidanceUnit
from classifier.knowledge import KNOWLEDGE

BASE = GuidanceBase.load()
UNITS = [BASE.unit(topic) for topic in BASE.topics]

# The topics that the policy, the API and the corpus may name.
TOPICS = (
    "fictitious_do_not_contact", "court_fake", "court_real_objection", "court_paper_check", "consult_desks",
    "not_your_debt", "dont_leave_it", "dispute_creditor", "not_one_yen", "bureau_check", "no_debt_lawsuit",
    "card_loss_stop", "police_report", "card_reissue", "number_change", "never_tell_pin", "four_pins",
    "hide_number", "number_only_safe", "no_chain_leak", "chip_contents", "mynumber_penalty",
    "mynumber_contacts", "identity_check", "system_security", "already_paid", "do_not_open_link",
    "tax_pension_consult", "utility_lender_check", "blackmail_do_not_pay", "prepaid_never",
    "delivery_check_official", "support_popup_close", "advance_fee_never", "invoice_confirm_known_contact",
    "warning_read_on", "nothing_special", "court_deadline_passed", "old_debt_consult",
)  # fmt: skip

# Shown beside a paper of a court, tax or pension office, utility, lender, law firm or business that may be real.
GENUINE = (
    "court_fake", "court_real_objection", "court_paper_check", "consult_desks", "not_your_debt",
    "dont_leave_it", "dispute_creditor", "not_one_yen", "bureau_check", "no_debt_lawsuit",
    "tax_pension_consult", "utility_lender_check", "delivery_check_official", "do_not_open_link",
    "invoice_confirm_known_contact", "nothing_special", "court_deadline_passed", "old_debt_consult",
)  # fmt: skip
COURT = ("court_fake", "court_real_objection", "court_paper_check", "court_deadline_passed")
SCAM = (
    "fictitious_do_not_contact", "court_fake", "already_paid", "do_not_open_link", "blackmail_do_not_pay",
    "prepaid_never", "delivery_check_official", "support_popup_close", "advance_fee_never",
    "invoice_confirm_known_contact", "never_tell_pin", "hide_number", "number_only_safe", "warning_read_on",
    "consult_desks", "mynumber_penalty", "identity_check",
)  # fmt: skip

# Words that make a reader drop a paper (domain.md §4.1), promise too much (§4.11), or name an abolished punishment.
NEVER_SAID = re.compile(
    r"無視|放置して(も)?(よ|い|大丈夫)|ほうってお|ほっとい|捨てて(も)?(よ|い|くだ)|破って|破棄|気にしなくて|"
    r"安全です|100%|だいじょうぶ|大丈夫|懲役|響"
)
NOT_BESIDE_GENUINE = re.compile(
    r"連絡しないで|電話しないで|電話もメールも|返事もしない|返事をしなく|返事はいりま|払わなくて(も)?(よ|い)|行かなくて"
)
# 「2,000円」「#9110」「0120-95-0178」「6〜16文」: a number with the counter that gives it its meaning.
NUMBER = re.compile(r"#?\d[\d,.\-~]*[一-龥ヶつ]?")


def said(unit: GuidanceUnit) -> str:
    return "\n".join((unit.title, *unit.steps, unit.staff))


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("〜", "~")


def test_topics() -> None:
    assert sorted(BASE.topics) == sorted(TOPICS)
    assert {*GENUINE, *COURT, *SCAM} <= {*TOPICS}


def test_every_fact_is_used_or_says_why_not() -> None:
    used = {fact for unit in UNITS for fact in unit.facts}
    unused = {fact.id for fact in BASE.facts.values() if fact.status == "current"} - used
    assert not unused
    assert all(BASE.facts[fact].status == "current" for fact in used)
    assert all(fact.reason for fact in BASE.facts.values() if fact.status != "current")


def test_facts_cover_both_documents_and_carry_their_date() -> None:
    as_of = {
        "000_2c7f9fe53736359a.txt": ("S000", 30, "発行日記載なし"),
        "003_c7c733b557857981.txt": ("S003", 150, "2023-08"),
        BEYOND: ("X", 62, "2026-11"),
    }
    assert {fact.document for fact in BASE.facts.values()} == set(as_of)
    for document, (prefix, count, dated) in as_of.items():
        facts = [fact for fact in BASE.facts.values() if fact.document == document]
        assert [fact.id for fact in facts] == [f"{prefix}-{n:03}" for n in range(1, count + 1)]
        assert {fact.as_of for fact in facts} == {dated}


def test_what_replaces_an_outdated_fact_is_a_fact_with_the_same_source() -> None:
    beyond = {(fact.fact, fact.section) for fact in BASE.facts.values() if fact.document == BEYOND}
    outdated = [fact for fact in BASE.facts.values() if fact.status == "outdated"]
    assert len(outdated) == 16
    assert [fact.id for fact in outdated if (fact.current, fact.current_source) not in beyond] == []


@pytest.mark.parametrize("unit", UNITS, ids=BASE.topics)
def test_numbers_stand_in_the_facts(unit: GuidanceUnit) -> None:
    facts = folded("\n".join(BASE.facts[fact].fact for fact in unit.facts))
    missing = [number for number in NUMBER.findall(folded(said(unit))) if number not in facts]
    assert missing == []
    for desk in unit.contacts:
        rests_on = folded("\n".join(BASE.facts[fact].fact for fact in desk.facts))
        assert desk.phone in rests_on
        assert [number for number in NUMBER.findall(folded(desk.hours)) if number not in rests_on] == []


@pytest.mark.parametrize("unit", UNITS, ids=BASE.topics)
def test_steps_are_short_and_one_sentence_each(unit: GuidanceUnit) -> None:
    assert 3 <= len(unit.steps) <= 6
    assert mean(map(len, unit.steps)) <= 40
    for step in (*unit.steps, unit.title + "。"):
        assert len(step) <= 40, step
        assert step.count("。") == 1, step
        assert step.endswith("。"), step
        assert re.search(r"(です|ます|ません|ください|でした)(。|が)", step), step
    assert 2 <= unit.staff.count("。") <= 5
    assert unit.applies.count("。") == unit.never.count("。") == 1


# Words of law and offices that a frightened reader need not know: 「異議」(請求に反対する届け) says what it is.
LEGAL = (
    "支払督促", "訴状", "答弁書", "異議", "特別送達", "仮執行宣言", "差押え", "内容証明",
    "遺失届", "盗難届", "受理番号", "紛失・廃止届", "電子証明書", "拘禁刑", "時効", "開示",
    "債務", "債権", "猶予", "分納", "催告", "執行", "追認", "判決", "供託", "代理人",
    "遅延損害金", "信用情報", "督促", "公示", "送達", "強制執行", "破産", "調停", "示談",
)  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=BASE.topics)
def test_no_legal_term_stands_unexplained(unit: GuidanceUnit) -> None:
    """The first time a term stands in the steps, brackets say what it is, or it stands in the brackets itself."""
    steps = "".join(unit.steps)
    longest = [term for term in LEGAL if not any(term != o and term in o and o in steps for o in LEGAL)]
    unexplained = [
        term
        for term in longest
        if term in steps and not re.search(rf"「?{term}」?(や「[^」]+」)?\([^)]+\)|\([^)]*{term}\)", steps)
    ]
    assert unexplained == []


@pytest.mark.parametrize("unit", UNITS, ids=BASE.topics)
def test_nothing_harmful_is_said(unit: GuidanceUnit) -> None:
    assert NEVER_SAID.search(said(unit)) is None
    assert unit.never


@pytest.mark.parametrize("topic", GENUINE)
def test_units_for_genuine_papers_ask_for_an_answer(topic: str) -> None:
    unit = BASE.unit(topic)
    assert NOT_BESIDE_GENUINE.search("\n".join((unit.title, *unit.steps))) is None


def test_refusing_a_debt_is_never_refusing_to_answer() -> None:
    for topic in ("not_your_debt", "not_one_yen"):
        steps = "".join(BASE.unit(topic).steps)
        assert "そのまま" in steps
        assert "伝え" in steps


@pytest.mark.parametrize("topic", COURT)
def test_court_papers_lead_to_the_court(topic: str) -> None:
    unit = BASE.unit(topic)
    steps = "".join(unit.steps)
    assert "裁判所" in steps
    assert re.search("しめきり|期限", steps)
    assert any(desk.id == "legal_support" for desk in unit.contacts)


def test_a_court_deadline_comes_first() -> None:
    assert "翌日から2週間" in BASE.unit("court_real_objection").steps[0]
    assert "答弁書" in "".join(BASE.unit("court_paper_check").steps)
    assert "覚えのない請求でも" in "".join(BASE.unit("court_real_objection").steps)
    steps = BASE.unit("court_paper_check").steps
    assert "受け取った日" in steps[0]
    assert "翌日から2週間" in steps[1]


@pytest.mark.parametrize("topic", SCAM)
def test_help_is_within_reach(topic: str) -> None:
    assert {"188", "#9110"} <= {desk.phone for desk in BASE.unit(topic).contacts}


def test_two_topics_keep_their_distance() -> None:
    assert "裁判所" in BASE.unit("fictitious_do_not_contact").never
    assert "作り話" in BASE.unit("dont_leave_it").never


def test_select_keeps_order_and_drops_repeats() -> None:
    topics = ["court_fake", "consult_desks", "court_fake"]
    chosen = BASE.select(topics, {"court_fake": ["pseudo_legal_term"]})
    assert [guidance.topic for guidance in chosen] == ["court_fake", "consult_desks"]
    assert [guidance.because for guidance in chosen] == [("pseudo_legal_term",), ()]
    sources = chosen[0].sources
    assert len(set(sources)) == len(sources)
    assert ("003_c7c733b557857981.txt", "支払督促を使った詐欺", "2023-08") in {
        (s.document, s.section, s.as_of) for s in sources
    }
    assert "消費者庁(消費者ホットライン)" in {source.document for source in sources}
    assert not any(
        source.document == BEYOND for guidance in BASE.select(BASE.topics, {}) for source in guidance.sources
    )


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("カードをなくした", "card_loss_stop"),
        ("裁判所から封筒が来たが本物か", "court_paper_check"),
        ("暗証番号を聞かれた", "never_tell_pin"),
        ("電子マネーを買えと言われた", "prepaid_never"),
        ("ﾘﾝｸを開いた", "do_not_open_link"),
    ],
)
def test_search(query: str, topic: str) -> None:
    assert BASE.search(query, 1)[0].topic == topic


def test_search_without_a_match() -> None:
    assert BASE.search("", 3) == BASE.search("zz", 3) == BASE.search("裁判所", 0) == ()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("facts.jsonl", "guidance.toml"):
        shutil.copy(KNOWLEDGE / name, tmp_path / name)
    return tmp_path


def test_version_follows_either_file(copy: Path) -> None:
    assert GuidanceBase.load(copy).version == BASE.version
    for name in ("facts.jsonl", "guidance.toml"):
        before = GuidanceBase.load(copy).version
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        assert GuidanceBase.load(copy).version != before


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("guidance.toml", '"S003-062"', '"S003-999"', "G-001: no fact 'S003-999'"),
        ("guidance.toml", '"S003-062"', '"S003-147"', "G-001: fact S003-147 is promotional"),
        ("guidance.toml", '"S003-062"', '"S003-034"', "G-001: fact S003-034 is outdated"),
        ("guidance.toml", 'topic = "court_fake"', 'topic = "consult_desks"', "is taken"),
        ("guidance.toml", 'title = "一人で', 'titel = "一人で', "G-005: unknown field 'titel'"),
        ("guidance.toml", 'contacts = ["ipa"', 'contacts = ["ipo"', "G-033: no desk 'ipo'"),
        ("guidance.toml", "beyond = true", "beyond = false", "G-026: beyond is False"),
        ("guidance.toml", 'id = "G-001"', "id = ", "not TOML"),
        ("facts.jsonl", '"status": "promotional"', '"status": "advert"', "S003-147: unknown status"),
        ("facts.jsonl", '"as_of": "2023-08", ', "", "S003-001: "),
        ("facts.jsonl", '"id": "S000-002"', '"id": "S000-001"', "S000-001: the id is taken"),
        ("facts.jsonl", '"numbers": ["188"]', '"numbers": ["189"]', "X-014: number '189'"),
        ("facts.jsonl", '"current_source": "地方', '"current_sourc": "地方', "S000-009: unknown field"),
        ("facts.jsonl", '{"id": "S000-003"', '"id": "S000-003"', "line 3: not JSON"),
    ],
)
def test_a_contradiction_is_named(copy: Path, name: str, old: str, new: str, message: str) -> None:
    text = (copy / name).read_text(encoding="utf-8")
    assert old in text
    (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=re.escape(message)):
        GuidanceBase.load(copy)


def test_an_unknown_topic_is_named() -> None:
    with pytest.raises(KnowledgeError, match="no_such_topic"):
        BASE.select(["no_such_topic"], {})


def test_facts_file_is_one_object_a_line() -> None:
    lines = (KNOWLEDGE / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(BASE.facts)
