"""What people write around a paste is left out; the sender's own words never are."""

import pytest

from classifier.narration import pasted
from classifier.normalise import normalise

DEMAND = "【重要】未納料金がございます。本日中にご連絡なき場合は法的手続きに移行します。\n03-1234-5678 料金管理課"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("こんなのが届きました。\n\n", ""),
        ("母の家に届いたものです。本物でしょうか。\n", "\n\nどうしたらいいでしょうか。"),
        ("昨日ポストに入っていました↓\n\n", "\n以上が全文です。"),
        ("Fwd:\n", "\n----\n身に覚えがありません。"),
        ("以下コピペします。\n----\n", "\n\n電話したほうがいいですか?"),
        ("これって払わないとだめですか。\n", "\n心当たりがあるような、ないような…。"),
        ("", "\n家族には言えません。"),
        ("カード番号を入力してしまいました。\n", "\n逮捕されますか?"),
        ("", "\n電子マネーは買っていません。\n明日、警察に行くつもりです。"),
        ("", ""),
    ],
)
def test_what_stands_around_a_demand_is_left_out(before: str, after: str) -> None:
    text = normalise(before + DEMAND + after).text
    start, end = pasted(text)
    assert text[start:end].strip() == normalise(DEMAND).text


@pytest.mark.parametrize(
    "text",
    [
        "お荷物が届きました。宅配ボックスの暗証番号は裏面をご覧ください。\n青葉運輸",
        "【青葉市】督促状が届いた方へ\n納期限を過ぎています。税務課へご相談ください。",
        "件名:ご注文の品が届きました\nレビューをお待ちしています。どうぞよろしくお願いいたします。",
        "ご利用料金のお知らせです。今月分は3,200円です。\nお心当たりのない方はご連絡ください。",
        "請求書をお送りします。内容をご確認のうえお支払いください。\nこの件でまだ連絡をいただけていない場合は、下記へお電話ください。",
        "届きました。",
        "貸したお金、まだ返してもらっていません。\n今日中に連絡できますか?",
        "会費5,000円がまだ入金されていません。明日までにお願いします。\n来週の集まりには来ますか?",
        "こんなのが届きました。\nどうしたらいいですか。",
    ],
)
def test_the_senders_words_and_stories_stay(text: str) -> None:
    folded = normalise(text).text
    assert pasted(folded) == (0, len(folded))
