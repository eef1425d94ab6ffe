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
CREDITOR: Final = re.compile(
    r"(?<!この)(?:債権者|原債権者|旧債権者|委託者|委託元|譲渡人|請求者|申立人|申立債権者|原告|依頼者|依頼人|委任者|"
    r"通知人)"
    r"(?:名|は|が|である|の)?[ :(]{0,3}(?!契約|運営|当該|未公表|非開示|貴|元|会社|サイト|お客|守秘|不明|開示|"
    r"代理)[一-鿿ァ-ヶーa-z]{2,}"
)
NAMED_COMPANY: Final = re.compile(
    r"[一-鿿ァ-ヶーa-z]{2,12}(?:株式|有限|合同)会社|(?:株式|有限|合同)会社 ?[一-鿿ァ-ヶーa-z]{2,12}|\((?:株|"
    r"有)\) ?[一-鿿ァ-ヶーa-z]{2,12}"
)
OWED_TO: Final = re.compile(
    r"(?:会社|銀行|信販|カード|ファイナンス|(?:消費者)?金融|」|』)(?:様|社|殿)?(?:から|より|の|に対する)[^。\n]{0,12}"
    r"(?:譲|委託|委任|依頼|債権|代理人|残債|契約に)"
)
SERVICE: Final = re.compile(
    r"nhk|docomo|ドコモ|kddi|au(?![a-z])|ソフトバンク|softbank|ntt|amazon|アマゾン|dmm|netflix|u-next|spotify|"
    r"apple|google"
    r"|paypay|yahoo|楽天|メルカリ|電力|ガス|水道局|銀行|カード会社|「[^」\n]{2,20}」"
)
ORGANISATION: Final = re.compile(
    r"電力|ガス|水道局|nhk|ntt|docomo|ドコモ|kddi|au(?![a-z])|ソフトバンク|会社|銀行|カード|協会|センター|局|です。"
)
