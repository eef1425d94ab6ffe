"""What is read from a text before the policy decides: courts, periods, old debts, demands."""

import pytest

from classifier.circumstances import circumstances
from classifier.green_flags import find_green_flags
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.red_flags import Context, find_red_flags
from classifier.vocabulary import Channel


def held(text: str, channel: Channel = "letter") -> frozenset[str]:
    reading = Reading(Notice(text, channel))
    red = find_red_flags(reading, Context("court_paper", suspicious=True))
    return circumstances(reading, red, find_green_flags(reading))


COURT_PAPERS = [
    ("東京簡易裁判所\n令和8年(ロ)第123号\n支払督促\n債務者は金額を支払え。", {"court_document", "court_reply"}),
    (
        "口頭弁論期日呼出状及び答弁書催告状\n大阪地方裁判所第3民事部 書記官",
        {"court_document", "court_reply", "printed_deadline"},
    ),
    ("令和7年(ル)第88号 債権差押命令 第三債務者 横浜地方裁判所", {"court_document"}),
    ("裁判員候補者名簿への記載のお知らせ 札幌地方裁判所", {"court_document"}),
    ("支払 督促\n福岡簡易裁判所\n仮 執 行 宣 言", {"court_document", "court_reply", "provisional_execution"}),
    ("訴訟最終告知のお知らせ 民間訴訟通達管理センター 訴状が提出されました", {"fake_court_sign"}),
    ("水道料金のお知らせ", set()),
    # Summonses without the two weeks
    ("労働審判手続期日呼出状及び答弁書催告状\n令和7年(労)第12号 高松地方裁判所", {"court_document", "other_procedure"}),
    ("調停期日呼出状\n令和6年(ノ)第7号 熊本簡易裁判所 答弁書を返送してください", {"court_document", "other_procedure"}),
    # Who announces one sends none
    ("お支払いがないときは簡易裁判所に支払督促を申し立てます。株式会社みなと信販", {"court_document"}),
    ("支払督促等の法的手続により請求することがあります。会計窓口", set()),
    ("滞納が続いた家庭には市が支払督促をしています。給食費係", set()),
    ("明日、支払督促を宇都宮簡易裁判所へ提出します", {"court_document"}),
    ("訴えますと、裁判所から特別送達により訴状が届きます。", {"court_document"}),
    # To the one who applied for it
    ("申立人 合同会社みなと 御中\n令和7年(ロ)第12号\n支払督促を債務者へ送りました。高松簡易裁判所", {"court_document"}),
    ("債権者 みなと 様\n債務者 大野 誠 様\n令和7年(ロ)第12号 支払督促 高松簡裁", {"court_document", "court_reply"}),
    # Who tells of one has it, in kana too
    ("しはらいとくそく という かみが さいばんしょ から とどきました", {"court_document", "court_reply"}),
    ("支払い督促が届きました", {"court_document", "court_reply"}),
    ("簡裁から支払督促が来た。郵便の人に判子を押した。", {"court_document", "court_reply"}),
    ("通販会社に支払督促を申し立てられました。どうすれば。", {"court_document", "court_reply"}),
    ("中は「支払督促」で、申立人は債権を譲り受けた会社。簡易裁判所から。", {"court_document", "court_reply"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), COURT_PAPERS)
def test_facts_about_courts(text: str, expected: set[str]) -> None:
    about = {"court_document", "court_reply", "printed_deadline", "fake_court_sign", "other_procedure"}
    about |= {"provisional_execution"}
    assert held(text) & about == expected


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("貸付日 平成12年4月1日 残高 120,000円 本書発行日 令和8年5月1日", True),
        ("最終入金日 2011年3月4日。ご請求額は2026年5月1日現在 98,000円です。", True),
        ("十五年前に借りたカードのお金を請求された", True),
        ("20年ほど前に完済した借金の請求が来ました", True),
        ("債務承認書です。時効のことは弁護士にご相談ください。", True),
        ("貸付日 令和7年4月1日 残高 120,000円 本書発行日 令和8年5月1日", False),
        ("三年前に借りた本を返してください", False),
        ("創業平成12年の当店から令和8年のごあいさつ", False),
        ("ご利用代金のご請求です。お支払期限 令和8年6月1日", False),
    ],
)
def test_old_debts(text: str, old: bool) -> None:
    assert ("old_debt" in held(text)) == old


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("平成24年6月分のお家賃が未払です。平成24年8月10日までにお支払いください。", {"old_paper"}),
        ("貸付日 平成12年4月1日 残高 120,000円 平成24年5月1日", {"old_debt", "old_paper"}),
        ("貸付日 令和7年4月1日 残高 120,000円 本書発行日 令和8年5月1日", set()),
        ("平成24年に開いた店です。", set()),
    ],
)
def test_papers_of_years_ago(text: str, facts: set[str]) -> None:
    """The paper is old where it names no year since; the debt where its year lies far behind the newest."""
    assert held(text) & {"old_debt", "old_paper"} == facts


@pytest.mark.parametrize(
    ("text", "demands"),
    [
        ("督促状 納期限までに納付されていません", True),
        ("口座振替ができませんでした", True),
        ("年金制度改正に関するご質問への回答", False),
        ("就学援助の認定結果を郵送しました", False),
    ],
)
def test_demands(text: str, demands: bool) -> None:
    assert ("demands_money" in held(text)) == demands


@pytest.mark.parametrize(
    ("text", "about_to_pay"),
    [
        ("警察の人に、調べるので貯金を全部送れと言われました。明日振り込みます。", True),
        ("還付金があると電話が来て、いま銀行に向かっています。", True),
        ("息子から電話があり、会社のお金をなくしたそうです。これから百万円を持って行きます。", True),
        ("手数料を払うように言われました。払ったほうがいいですか。", False),
        ("家賃を明日振り込みます。", False),
        ("ご連絡があり次第、商品を発送します。", False),
        ("市の職員を名乗る電話があり、銀行に行くように言う手口が増えています。188にご相談ください。", False),
        ("「今すぐ払え」と言われたら、家族と銀行に行く前に相談してください。", False),
    ],
)
def test_who_is_about_to_pay(text: str, about_to_pay: bool) -> None:
    assert ("about_to_pay" in held(text, "unknown")) == about_to_pay


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("総務省の委託による調査です。ご協力いただける方は1を、そうでない方は電話をお切りください。", True),
        ("総務省です。二時間後に回線を停止します。解除の手数料は5,000円です。", False),
        ("国勢調査です。こちらからご回答ください https://example.com/kokusei", False),
        ("市役所です。折り返しは03-0000-5511まで。", False),
    ],
)
def test_who_asks_for_nothing(text: str, nothing: bool) -> None:
    assert ("asks_nothing" in held(text, "unknown")) == nothing
