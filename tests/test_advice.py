"""What people are told to do, from their text to the units: stories, loans never taken, old debts, courts."""

from typing import Any

import pytest

from classifier import Assessor
from classifier.vocabulary import Channel

LOAN = """督促状
山本 和子 様
ご契約番号 3391-552 令和7年3月10日付金銭消費貸借契約
元金 300,000円 利息 12,400円 遅延損害金 3,100円 合計 315,500円
実質年率 15.0% お支払期限 令和8年5月20日
お支払いのご相談は下記へ。
株式会社みなと信販 東京都港区芝1-2-3 03-0000-5511 関東財務局長(5)第01234号"""
OLD_LOAN = LOAN.replace("令和7年3月10日付", "平成12年3月10日付").replace(
    "実質年率", "最終入金日 平成15年8月1日 実質年率"
)
ARTICLE = "003_c7c733b557857981.txt"

# text, wanted among the first three, never shown
STORIES = [
    (
        "消費者金融から督促状が届きました。でも一度も借りたことがありません。去年マイナンバーカードをなくしたので、"
        "だれかが私になりすまして借りたのではないかと思います。どうすればいいですか。",
        ["dispute_creditor", "not_one_yen", "bureau_check"],
        ["fictitious_do_not_contact", "court_real_objection"],
    ),
    (
        "きのう電車で財布を落としました。マイナンバーカードも入っていました。悪用されないか心配です。",
        ["card_loss_stop", "police_report"],
        ["fictitious_do_not_contact", "court_real_objection", "dont_leave_it"],
    ),
    (
        "母のところに「消費料金に関する訴訟最終告知のお知らせ」というはがきが来ました。母は電話しようとしています。",
        ["fictitious_do_not_contact", "court_fake", "consult_desks"],
        ["dont_leave_it", "court_real_objection", "dispute_creditor"],
    ),
    (
        "自分の名前で知らない借金がないか調べたいです。CICに聞けばわかりますか。",
        ["bureau_check", "consult_desks"],
        ["fictitious_do_not_contact", "court_real_objection"],
    ),
    (
        "マイナンバーを電話で人に教えてしまいました。悪用されますか。",
        ["number_only_safe", "consult_desks"],
        ["court_real_objection", "dont_leave_it", "tax_pension_consult"],
    ),
    (
        "市役所の職員だという人から電話があり、マイナンバーカードの暗証番号を聞かれました。答えていません。",
        ["never_tell_pin", "consult_desks"],
        ["court_real_objection", "dont_leave_it"],
    ),
    (
        "ケータイショップで本人確認のとき、マイナンバーカードの裏側もコピーすると言われました。",
        ["hide_number", "consult_desks"],
        ["fictitious_do_not_contact", "court_real_objection"],
    ),
    (
        "マイナンバーカードのICチップには税金や年金の情報が入っているのでしょうか。",
        ["chip_contents", "consult_desks"],
        ["court_real_objection", "dont_leave_it"],
    ),
    (
        "支払督促が届いてから三週間ほうっておいてしまいました。もう遅いですか。",
        ["court_real_objection", "court_deadline_passed"],
        ["fictitious_do_not_contact"],
    ),
    (
        "20年前に借りた消費者金融のお金を、聞いたことのない会社が今になって払えと言ってきました。",
        ["old_debt_consult", "consult_desks"],
        ["fictitious_do_not_contact", "dont_leave_it"],
    ),
    (
        "年金の特別催告状という青い封筒が来ました。払えないときはどうしたらいいですか。",
        ["tax_pension_consult", "consult_desks"],
        ["fictitious_do_not_contact", "not_your_debt", "not_one_yen"],
    ),
    (
        "SNSで知り合った人にすすめられた投資のサイトから出金しようとしたら、税金を先に払えと言われました。",
        ["advance_fee_never", "consult_desks"],
        ["dont_leave_it", "tax_pension_consult"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted", "never"), STORIES, ids=[text[:12] for text, *_ in STORIES])
def test_a_story_gets_the_advice_for_what_it_tells(
    text: str, wanted: list[str], never: list[str], assessor: Assessor
) -> None:
    told = assessor.assess(text)
    topics = [unit.topic for unit in told.guidance]
    assert set(wanted) <= set(topics[:3]), (told.policy, topics)
    assert not set(never) & set(topics), (told.policy, topics)
    assert 3 <= len(topics) <= 5


def topics_of(assessor: Assessor, text: str, channel: Channel = "letter", **more: Any) -> list[str]:
    return [unit.topic for unit in assessor.assess(text, channel=channel, **more).guidance]


def test_a_loan_never_taken_is_disputed_step_by_step(assessor: Assessor) -> None:
    """The article's story: a genuine lender bills a loan that somebody else took."""
    asked = assessor.assess(LOAN, channel="letter")
    assert asked.verdict != "scam_likely"
    assert asked.stance == "verify_independently"
    assert "recognise" in [question.id for question in asked.questions]

    told = assessor.assess(LOAN, channel="letter", answers={"recognise": "no"})
    assert told.score == asked.score
    assert told.stance == "verify_independently"
    assert [unit.topic for unit in told.guidance] == [
        "dispute_creditor", "not_one_yen", "bureau_check", "police_report", "consult_desks", "no_debt_lawsuit",
    ]  # fmt: skip
    sections = {
        unit.topic: {source.section for source in unit.sources if source.document == ARTICLE} for unit in told.guidance
    }
    assert all(sections.values()), sections
    assert {
        "債権者への主張",
        "1円も返済しない",
        "信用情報の開示",
        "紛失・盗難の届け",
        "相談窓口",
        "債務不存在確認訴訟",
    } <= {section for named in sections.values() for section in named}
    [write] = [step for step in told.guidance[0].steps if "内容証明" in step]
    assert "中身が記録される郵便" in write


def test_an_old_debt_is_not_paid_before_advice(assessor: Assessor) -> None:
    told = assessor.assess(OLD_LOAN, channel="letter")
    topics = [unit.topic for unit in told.guidance]
    assert "old_debt_consult" in topics[:3]
    assert "dont_leave_it" not in topics
    assert any("時効" in caution for caution in told.cautions)
    assert not any("時効" in caution for caution in assessor.assess(LOAN, channel="letter").cautions)
    answered = topics_of(assessor, OLD_LOAN, answers={"recognise": "yes"})
    assert answered[0] == "old_debt_consult"


def test_a_summons_of_another_procedure_has_its_own_period(assessor: Assessor) -> None:
    text = (
        "労働審判手続期日呼出状及び答弁書催告状\n令和7年(労)第38号 地位確認等請求労働審判事件\n相手方 御中\n"
        "第1回期日 令和7年7月21日 午後3時 答弁書の提出期限 令和7年7月11日\n高松地方裁判所 書記官"
    )
    told = assessor.assess(text, channel="letter")
    topics = [unit.topic for unit in told.guidance]
    assert told.stance == "answer_by_deadline"
    assert topics[0] == "court_paper_check"
    assert "court_real_objection" not in topics


def test_provisional_execution_is_said(assessor: Assessor) -> None:
    text = "福岡簡易裁判所\n令和8年(ロ)第77号\n仮執行宣言付支払督促\n債務者は債権者に金98,000円を支払え。"
    cautions = assessor.assess(text, channel="letter").cautions
    assert any("異議だけで差押えは止まりません" in caution for caution in cautions)


def test_answers_never_move_the_score(assessor: Assessor) -> None:
    for answers in ({"special_delivery": "yes"}, {"recognise": "no"}, {"already_acted": "yes"}, {"court_sender": "no"}):
        assert (
            assessor.assess(LOAN, channel="letter", answers=answers).score
            == assessor.assess(LOAN, channel="letter").score
        )
