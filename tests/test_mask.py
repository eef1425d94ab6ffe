"""Nothing that belongs to a person survives masking, and the rest of the text does."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.jp import in_ as my_number

from classifier.mask import LABELS, mask

# text, what stands there afterwards
CASES = [
    ("マイナンバーは1234 5678 9018です", "マイナンバーは〔マイナンバー〕です"),
    ("マイナンバー１２３４－５６７８－９０１８", "マイナンバー〔マイナンバー〕"),
    ("1234\n5678\n9018", "〔マイナンバー〕"),
    ("受付番号1234 5678 9012", "受付番号1234 5678 9012"),  # the check digit is wrong
    ("カード4111-1111-1111-1111まで", "カード〔カード番号〕まで"),
    ("４１１１　１１１１　１１１１　１１１１", "〔カード番号〕"),
    ("4111111111111111 5500000000000004", "〔カード番号〕 〔カード番号〕"),
    ("5412 7512 3412 3451", "5412 7512 3412 3451"),  # Luhn says no
    ("お問い合わせ 03-0000-0000 担当", "お問い合わせ 〔電話番号〕 担当"),
    ("０９０ー０００１ー０００２", "〔電話番号〕"),
    ("03(0000)0001", "〔電話番号〕"),
    ("+81 90 0000 0001", "〔電話番号〕"),
    ("0 9 0 1 2 3 4 5 6 7 8", "〔電話番号〕"),
    ("188と#9110に電話", "188と#9110に電話"),  # desks for everybody
    ("普通 7654321", "普通 〔口座番号〕"),
    ("口座番号:765-4321 ヤマダ タロウ様", "口座番号:〔口座番号〕 〔名前〕様"),
    ("記号 12345 番号 12345671", "記号 〔口座番号〕"),
    ("管理番号(わ)ま312 298,000円 2026年11月22日", "管理番号(わ)ま312 298,000円 2026年11月22日"),
    ("taro.yamada@mail.exampleまで", "〔メールアドレス〕まで"),
    ("ＴＡＲＯ＠ｍａｉｌ．ｅｘａｍｐｌｅ", "〔メールアドレス〕"),
    ("https://nouzei.example/p", "https://nouzei.example/p"),  # evidence, nobody's
    ("山田太郎様", "〔名前〕様"),
    ("〔名前〕様債務者様", "〔名前〕様債務者様"),
    ("鈴木 花子 殿", "〔名前〕 殿"),
    ("山田のぞみ様", "〔名前〕様"),
    ("ご契約の佐藤様、", "ご契約の〔名前〕様、"),
    ("やまだ はなこさま へ", "〔名前〕さま へ"),
    ("山\u200b田\u200b太郎様", "〔名前〕様"),
    ("ﾔﾏﾀﾞ ﾀﾛｳ様", "〔名前〕様"),
    ("田中 ご本人様", "〔名前〕 ご本人様"),
    ("お客様、皆様、ご契約者様、会員の皆様へ", "お客様、皆様、ご契約者様、会員の皆様へ"),
    ("同様の仕様、模様、様々な様子、宮殿", "同様の仕様、模様、様々な様子、宮殿"),
    # named by their place, without 様
    ("債務者 山田太郎 本日中に", "債務者 〔名前〕 本日中に"),
    ("債務者 長谷川 太郎", "債務者 〔名前〕"),
    ("債務者 山田太郎", "債務者 〔名前〕"),
    ("債務者\u3000山田\u3000太郎", "債務者\u3000〔名前〕"),
    ("債務者 株式会社サンプル", "債務者 株式会社サンプル"),
    ("債務者 サンプル商事", "債務者 サンプル商事"),
    ("氏名：山田 花子", "氏名：〔名前〕"),
    ("氏名 山田花子 住所 東京都", "氏名 〔名前〕 住所 東京都"),
    ("お名前：佐藤", "お名前：〔名前〕"),
    ("お名前 佐藤", "お名前 〔名前〕"),
    ("契約者名 鈴木一郎", "契約者名 〔名前〕"),
    ("ご契約者名：ヤマダ タロウ", "ご契約者名：〔名前〕"),
    ("フリガナ ヤマダ タロウ", "フリガナ 〔名前〕"),
    ("債務者\n山田太郎", "債務者\n〔名前〕"),
    ("債務者は、債権者に対し", "債務者は、債権者に対し"),
    ("債務者 山田太郎は、債権者に", "債務者 〔名前〕は、債権者に"),
    ("債務者 山田さくらは、", "債務者 〔名前〕、"),
    ("被告 田中健人(昭和40年生)", "被告 〔名前〕(昭和40年生)"),
    ("氏名 住所 電話番号", "氏名 住所 電話番号"),
    ("氏名 電話番号 生年月日", "氏名 電話番号 生年月日"),
    ("お名前 電話番号をお知らせください", "お名前 電話番号をお知らせください"),
    ("契約者 番号 12345", "契約者 番号 12345"),
    ("〒100-0013 東京都千代田区1-2-3 山田太郎", "〒100-0013 東京都千代田区1-2-3 〔名前〕"),
    ("〒100-0000\n東京都千代田区1-2-3\n山田 太郎", "〒100-0000\n東京都千代田区1-2-3\n〔名前〕"),
    (
        "〒100-0000\n東京都千代田区1-2-3 サンプルマンション101号室 山田太郎",
        "〒100-0000\n東京都千代田区1-2-3 サンプルマンション101号室 〔名前〕",
    ),
    ("〒100-0000 東京都千代田区霞が関1-1-1\n法務省管轄支局", "〒100-0000 東京都千代田区霞が関1-1-1\n法務省管轄支局"),
    ("〒100-0000 東京都千代田区1-1-1 訴訟管理課", "〒100-0000 東京都千代田区1-1-1 訴訟管理課"),
    ("〒100-0000 東京都千代田区1-1-1\n国民訴訟通達センター", "〒100-0000 東京都千代田区1-1-1\n国民訴訟通達センター"),
    ("〒1000000 新宿区1-2-3\n山田花子\nTEL 03", "〒1000000 新宿区1-2-3\n〔名前〕\nTEL 03"),
    ("〒231-0000 横浜市中区\n日本大通1-2\n木村 拓郎", "〒231-0000 横浜市中区\n日本大通1-2\n〔名前〕"),
    ("債権者 山田太郎", "債権者 山田太郎"),
    ("口座名義 山田太郎", "口座名義 山田太郎"),
    ("名義人 山田太郎", "名義人 山田太郎"),
    ("債務者 住所 東京都", "債務者 住所 東京都"),
    ("ご本人 確認のため", "ご本人 確認のため"),
    ("会員 各位", "会員 各位"),
    ("会員 登録料金", "会員 登録料金"),
    ("会員 有料動画", "会員 有料動画"),
    ("購入者 限定特典", "購入者 限定特典"),
    ("被告 損害賠償金", "被告 損害賠償金"),
    ("債務者 財産差押", "債務者 財産差押"),
    ("契約者 様のもとへ、", "契約者 様のもとへ、"),
    ("本人 以外には、", "本人 以外には、"),
    ("ご利用者様 ご確認ください", "ご利用者様 ご確認ください"),
    ("債務者 代表取締役 山田太郎", "債務者 代表取締役 〔名前〕"),
    ("債務者の氏名 山田太郎", "債務者の氏名 〔名前〕"),
    ("被告 東京都", "被告 東京都"),
    ("被告 厚生労働省", "被告 厚生労働省"),
    ("納税義務者 山田 太郎 殿", "納税義務者 〔名前〕 殿"),
    ("世帯主 中村義行", "世帯主 〔名前〕"),
    ("氏名 必ず記入してください", "氏名 必ず記入してください"),
    ("お名前 ご住所を入力", "お名前 ご住所を入力"),
    ("契約者 株式会社山田", "契約者 株式会社山田"),
    ("相手方 山田 花子 住所", "相手方 〔名前〕 住所"),
    ("氏名:住所:電話番号:", "氏名:住所:電話番号:"),
    ("氏名：及川 ひかる", "氏名：〔名前〕"),
]


@pytest.mark.parametrize(("text", "left"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_what_is_left(text: str, left: str) -> None:
    assert mask(text).text == left


_PARTS = [
    "債務者", "氏名", "契約者名", "お名前", ":", "：", " ", "\u3000", "\n", "〒100-0013", "1-2-3", "号室", "山田",
    "太郎", "さくら", "ヤマダ", "・", "株式会社", "住所", "は", "、", "様", "ﾔﾏﾀﾞ", "佐藤", "03-0000-0000",
    "a@b.example", "東京都",
]  # fmt: skip
_GAPS = st.sampled_from(["", "-", " ", "\u3000", "ー", "\n"])
_BESIDE = st.text(st.sampled_from("あ様の、請求 \n円番号a"), max_size=12)


@st.composite
def _numbers(draw: st.DrawFn) -> tuple[str, str]:
    """(bare digits, as written) of a My Number or card."""
    if draw(st.booleans()):
        body = f"{draw(st.integers(0, 10**11 - 1)):011d}"
        bare = body + my_number.calc_check_digit(body)
    else:
        body = draw(st.sampled_from("3456")) + f"{draw(st.integers(0, 10**14 - 1)):014d}"
        bare = body + luhn.calc_check_digit(body)
    gap = draw(_GAPS)
    written = gap.join(re.findall("....", bare))
    if draw(st.booleans()):
        written = written.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return bare, written


@settings(max_examples=300, deadline=None)
@given(_numbers(), _BESIDE, _BESIDE)
def test_no_checked_number_survives(number: tuple[str, str], before: str, after: str) -> None:
    bare, written = number
    left = mask(before + written + after).text
    assert bare not in re.sub(r"\D", "", left)
    assert written not in left


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("0123456789-ー +@.a山田様殿 お客の\n口座記号番普通"), max_size=80)
    | st.lists(st.sampled_from(_PARTS), max_size=14).map("".join)
)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(_PARTS), max_size=14).map("".join))
def test_what_is_masked_is_all_that_changes(text: str) -> None:
    masked = mask(text)
    pieces = re.split("|".join(map(re.escape, LABELS.values())), masked.text)
    place = 0
    for piece in pieces:
        place = text.index(piece, place) + len(piece)


def test_phones_of_every_written_form() -> None:
    for form in ("0{0}-{1}-{2}", "0{0}({1}){2}", "(0{0}){1}-{2}", "0{0} {1} {2}", "0{0}{1}{2}", "0{0}.{1}.{2}"):
        for parts in (("90", "0000", "0001"), ("3", "0000", "0001"), ("120", "000", "001"), ("467", "00", "0001")):
            text = "電話は" + form.format(*parts) + "です"
            assert mask(text).text == "電話は〔電話番号〕です", text
