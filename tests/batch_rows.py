"""A few notices over and over as files, and the command that reads them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TEXTS = [
    "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。",
    "市役所収税課です。納付のことでお伝えしたいことがあります。",
    "明日の会議は10時からに変わりました。よろしくお願いします。",
    "お荷物のお届けにあがりましたが不在の為持ち帰りました。",
]


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_jsonl(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            record = {"no": number, "text": f"{TEXTS[number % len(TEXTS)]}({number})", "channel": "sms"}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def scam_notice(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "classifier", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **options)
