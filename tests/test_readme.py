"""The README is true: its commands run, its settings and targets exist."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.settings import Settings
from classifier.batch import assess_file, work_of
from classifier.columns import Columns

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVICE = (ROOT / "api" / "README.md").read_text(encoding="utf-8")
JAPANESE = (ROOT / "README.ja.md").read_text(encoding="utf-8")
TEXT = "【重要】未納料金があります。本日中にご連絡ください。"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def commands(text: str) -> list[str]:
    lines = [line.split("#")[0].strip() for block in blocks(text, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("scam-notice ") and not line.startswith("scam-notice serve")]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    (tmp_path / "notice.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "in.csv").write_text(f"番号,本文,受信日\n1,{TEXT},2026-11-16\n", encoding="utf-8-sig")
    for name in ("october.csv", "november.csv"):
        (tmp_path / name).write_text(f"番号,本文\n1,{TEXT}\n", encoding="utf-8-sig")
    (tmp_path / "受付一覧.csv").write_text(f"番号,本文\n1,{TEXT}\n", encoding="cp932")
    labelled = f'{{"text": "{TEXT}", "label": "scam"}}\n{{"text": "明日は10時です。", "label": "genuine"}}\n'
    (tmp_path / "labelled.jsonl").write_text(labelled, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", sorted({*commands(README), *commands(JAPANESE)}))
def test_commands_run(command: str, workplace: Path) -> None:
    # SpamAssassin alone takes two minutes for all texts.
    share = ["--share", "0.05"] if command.startswith("scam-notice benchmark") else []
    done = subprocess.run(
        [sys.executable, "-m", "classifier", *shlex.split(command)[1:], *share],
        cwd=workplace,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or done.stderr


@pytest.mark.parametrize("code", [*blocks(README, "python"), *blocks(JAPANESE, "python")])
def test_python_examples_run(code: str, workplace: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=workplace, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", README + JAPANESE + SERVICE) + re.findall(
        r"^(?:\$ )?make ([a-z-]+)", README + JAPANESE + SERVICE, re.M
    ):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert phony
    for target in phony[1].split():
        assert re.search(rf"^{target}\s+\S", shown, re.M), target


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        row = next((line for line in SERVICE.splitlines() if line.startswith(f"| `SCAM_NOTICE_{name.upper()}`")), None)
        assert row, name
        value = field.get_default(call_default_factory=True)
        value = value.get_secret_value() if isinstance(value, SecretStr) else value
        default = "" if value is None else str(value)
        assert default in row


def test_the_example_is_real(workplace: Path) -> None:
    """The output shown at the top is what the command prints, versions aside."""
    shown = blocks(README, "console")[0]
    head, _, body = shown.partition("\n")
    assert head == "$ scam-notice assess --channel sms notice.txt"
    source = (ROOT / "tests" / "readme_notice.txt").read_text(encoding="utf-8")
    (workplace / "notice.txt").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "classifier", "assess", "--channel", "sms", "notice.txt"],
        cwd=workplace, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip
    real = [line.rstrip() for line in done.stdout.splitlines()]
    for line in body.splitlines():
        # The probability moves with every training; the rest is what the command says.
        if line.strip() and line.strip() != "…" and "詐欺の確率" not in line:
            assert line.rstrip() in real, line


def test_files_named_in_the_readme_exist() -> None:
    for name in re.findall(r"`((?:classifier|api|datasets|tests)/[\w./]*)`", README):
        assert (ROOT / name).exists(), name


def test_batch_reads_what_excel_writes(workplace: Path) -> None:
    summary = assess_file(workplace / "受付一覧.csv", workplace / "結果.csv", work_of(Columns("本文")))
    assert summary.rows == 1
    assert summary.errors == 0
