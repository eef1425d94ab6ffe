"""How senders, creditors and receivers are called in notices: expressions over the folded text."""

import re
from typing import Final

BRANDS: Final = re.compile(
    r"国税|e-tax|税務署|年金機構|nhk|総務省|警察|裁判所|マイナ|デジタル庁|三井住友|三菱ufj|みずほ|ゆうちょ|りそな|"
    r"楽天"
    r"|paypay|イオン|jcb|visa|docomo|ドコモ|au(?![a-z])|kddi|ソフトバンク|softbank|ntt|ヤマト|佐川|日本郵便|郵便局"
    r"|amazon|アマゾン|apple|アップル|google|microsoft|netflix|sbi|野村|大和証券|マネックス|etc|えきねっと|電力|ガス"
    r"|水道局|銀行|信用金庫|証券|カード|庁|市役所"
)
ADDRESSEE: Final = re.compile(
    r"(?:^|"
    r"[\s>:「『(、。,/※■●・])(?P<name>[一-鿿々ァ-ヶーぁ-ん●*〇○×a-z]{1,8}(?: ?[一-鿿々ぁ-んァ-ヶー●*〇○×a-z]{1,8})?)"
    r" ?(?:\([^)\n]{1,12}\) ?)?(?:様|殿|さま|御中|さん|くん|ちゃん|先生|社長)(?=$|[\s、。,)」』!への])"
)
NOBODY: Final = re.compile(
    r"(?:客|者|員|主|各位|皆|みな|方|本人|ユーザー|ゲスト|オーナー|貴|お取引先|家族|世帯|担当|先|の|は|を|に|が|"
    r"会社|ご?利用|持ち|契約)$"
)
NAMELESS: Final = frozenset({"お客", "会員", "貴方", "あなた", "皆", "各位", "本人", "奥", "他社", "どちら", "神"})
NAMED_COMPANY: Final = re.compile(
    r"[一-鿿ァ-ヶーa-z]{2,12}(?:株式|有限|合同)会社|(?:株式|有限|合同)会社 ?[一-鿿ァ-ヶーa-z]{2,12}|\((?:株|"
    r"有)\) ?[一-鿿ァ-ヶーa-z]{2,12}"
)
