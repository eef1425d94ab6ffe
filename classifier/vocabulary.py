"""The closed word lists of the design: channels, document kinds, schemes, verdicts, stances.

Every other module, the API, the database and the corpus use these words and no others.
"""

from typing import Final, Literal, get_args

Channel = Literal["postcard", "letter", "sms", "email", "popup", "chat", "unknown"]
Label = Literal["scam", "genuine"]
Verdict = Literal["scam_likely", "suspicious", "no_scam_signs", "undecidable"]
# Where a score lies between the cut-offs.
Band = Literal["high", "middle", "low"]
Stance = Literal["do_not_respond", "verify_independently", "answer_by_deadline", "nothing_special"]
Severity = Literal["strong", "medium", "weak"]
DocumentKind = Literal[
    "court_paper",
    "tax_notice",
    "pension_notice",
    "utility_bill",
    "lender_demand",
    "collector_letter",
    "lawyer_letter",
    "invoice",
    "delivery_notice",
    "account_notice",
    "government_notice",
    "otp",
    "unpaid_fee_claim",
    "police_claim",
    "blackmail",
    "support_warning",
    "prize_or_grant",
    "loan_offer",
    "warning_article",
    "consultation",
    "advertisement",
    "personal",
    "business_mail",
    "other",
]

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
DOCUMENT_KINDS: Final[tuple[DocumentKind, ...]] = get_args(DocumentKind)
STANCES: Final[tuple[Stance, ...]] = get_args(Stance)

VERDICT_LABELS: Final[dict[Verdict, str]] = {
    "scam_likely": "詐欺の疑いが強い",
    "suspicious": "不審な点がある",
    "no_scam_signs": "目立った不審点はない",
    "undecidable": "判断できない",
}

SCHEME_LABELS: Final[dict[str, str]] = {
    "litigation_postcard": "訴訟はがき",
    "court_impersonation": "裁判所のなりすまし",
    "court_process_abuse": "本物の裁判手続の悪用",
    "unpaid_content": "未納料金の架空請求",
    "telecom_impersonation": "通信会社のなりすまし",
    "collector_lawyer": "債権回収・弁護士のなりすまし",
    "tax_impersonation": "税金のなりすまし",
    "utility_impersonation": "電気・ガス・水道のなりすまし",
    "pension_nhk_civic": "年金・NHK・国勢調査のなりすまし",
    "one_click": "ワンクリック請求",
    "sextortion": "性的な画像などによる脅迫",
    "prepaid_instruction": "電子マネーを買わせる手口",
    "delivery_smishing": "宅配のなりすまし",
    "account_phishing": "銀行・カード・通販のなりすまし",
    "securities_phishing": "証券会社のなりすまし",
    "mynumber_harvest": "マイナンバー・暗証番号を聞き出す手口",
    "grant_refund": "給付金・還付金・返金の手口",
    "support_popup": "偽の警告画面(サポート詐欺)",
    "fake_police_regulator": "ニセ警察・ニセ役所",
    "impersonated_debt": "なりすましによる借金",
    "advance_fee": "前払い金をとる手口",
    "goods_inspection_business": "送り付け・点検・法人への請求",
}

# Families whose text is itself genuine: a real court or a real lender sends it (domain F03, F20).
GENUINE_TEXT_SCHEMES: Final = frozenset({"court_process_abuse", "impersonated_debt"})
