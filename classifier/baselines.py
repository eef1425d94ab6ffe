"""What simpler and older means reach on the same notices, trained and judged in the same run as our model.

A list of words such as consumer centres publish, naive Bayes and fastText on words, and the Bayes filters of
bogofilter, SpamAssassin and rspamd with the settings they come with. Each reads the authored texts of the training
split, fugashi's words where it needs words, and ranks texts that none has seen. Nothing is tuned on them. A
tool that is not installed, or that fails, has a row that says so.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import ComplementNB

from classifier import rspamd
from classifier.corpus import Example
from classifier.errors import UnreadableInput
from classifier.measures import Bools, Floats, area, recall_at
from classifier.notice import Notice
from classifier.report import rate_text
from classifier.slots import seeded
from classifier.tokenise import words

if TYPE_CHECKING:
    from classifier.assessment import Assessor

Scorer = Callable[[Sequence[str]], Floats]
FROZEN: Final = "frozen test split"
OURS: Final = "scam-notice"
KEYWORDS: Final = (
    "訴訟", "裁判", "差押", "差し押さえ", "強制執行", "執行官", "法的手続", "法的措置", "未納", "未払い", "滞納",
    "延滞", "債権", "回収", "最終通告", "最終通知", "最終勧告", "告知", "本日中", "至急", "取り下げ", "退会", "解約料",
    "違約金", "登録料", "有料コンテンツ", "総合情報サイト", "個人情報保護", "身辺調査", "電子マネー", "ウイルス",
    "プリペイドカード", "コンビニ", "利用停止", "不正利用", "当選",
)  # fmt: skip
_HEAD: Final = ["", "AUC", "scams caught at 1% false alarms", "at 5%", "training", "a notice"]
_TIMEOUT: Final = 900.0
_BOGOFILTER: Final = ("bogofilter", "-C", "-d", ".", "-M")
_SPAMASSASSIN: Final = ("-L", "--configpath=.", "--siteconfigpath=.", "--prefspath=prefs", "--mbox")
_PLUGINS: Final = "".join(f"loadplugin Mail::SpamAssassin::Plugin::{name}\n" for name in ("Check", "Bayes"))
_RULES: Final = """\
use_bayes_rules 1
bayes_auto_learn 0
bayes_auto_expire 0
bayes_min_spam_num 1
bayes_min_ham_num 1
bayes_ignore_header X-Number
bayes_path {folder}/bayes
body ANY eval:check_bayes('0.00', '1.00')
tflags ANY learn
add_header all Bayes _BAYES_
"""
_ANSWER: Final = re.compile(rb"^X-Spam-Bayes: ([\d.]+)\nX-Number: (\d+)$", re.M)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A way to rank texts: `fit` takes texts, which of them are scams, and a folder of its own."""

    name: str
    fit: Callable[[Sequence[str], Bools, Path], Scorer]
    programs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    def installed(self) -> bool:
        """Whether all that it needs is on this machine."""
        return all(map(shutil.which, self.programs)) and all(map(find_spec, self.modules))


def benchmark(
    assessor: "Assessor",
    examples: Sequence[Example],
    labelled: Mapping[str, Sequence[Mapping[str, Any]]],
    share: float = 1.0,
) -> dict[str, Any]:
    """Baselines and our model on the examples' test split and on `labelled` records by name; ready for JSON.

    With a `share` in (0, 1) the baselines learn from, and all are judged on, that share of the examples' groups.
    Raises UnreadableInput where records lack one of the labels.
    """
    authored = [e for e in examples if e.origin == "authored" and seeded("share", e.group).random() < share]
    records = {FROZEN: [e.as_record() for e in authored if e.split == "test"], **labelled}
    scam = {name: np.array([r["label"] == "scam" for r in own]) for name, own in records.items()}
    for name, labels in scam.items():
        if labels.all() or not labels.any():
            raise UnreadableInput(f"{name}: holds one label only; a ranking needs scam and genuine notices")
    notices = {name: [Notice.from_mapping(dict(r)) for r in own] for name, own in records.items()}
    texts = {name: [_text(notice) for notice in own] for name, own in notices.items()}
    training = [e for e in authored if e.split == "train"]
    rows = [_row(baseline, training, texts, scam) for baseline in BASELINES]
    ours = {name: _judged(lambda own: assessor.judge(own).scores, own, scam[name]) for name, own in notices.items()}
    rows.append({"name": OURS, "problem": None, "training_seconds": None, "data": ours})
    return {
        "training": _counts(np.array([e.label == "scam" for e in training])),
        "model": {"version": assessor.versions.model, "training": assessor.card["data"]["authored_by_split"]["train"]},
        "data": {name: _counts(own) for name, own in scam.items()},
        "rows": rows,
    }


def _text(notice: Notice) -> str:
    headers = (("件名", notice.subject), ("差出人", notice.sender))
    return "".join(f"{name}:{value}\n" for name, value in headers if value) + notice.text


def _counts(scam: Bools) -> dict[str, int]:
    return {"scams": int(scam.sum()), "genuine": int((~scam).sum())}


def _row(
    baseline: Baseline, training: Sequence[Example], texts: Mapping[str, Sequence[str]], scam: Mapping[str, Bools]
) -> dict[str, Any]:
    row: dict[str, Any] = {"name": baseline.name, "problem": None, "training_seconds": None, "data": {}}
    if not baseline.installed():
        return row | {"problem": "not installed"}
    labels = np.array([e.label == "scam" for e in training])
    with tempfile.TemporaryDirectory(prefix="scam-notice-") as folder:
        try:
            start = time.perf_counter()
            score = baseline.fit([e.text for e in training], labels, Path(folder))
            row["training_seconds"] = round(time.perf_counter() - start, 2)
            row["data"] = {name: _judged(score, own, scam[name]) for name, own in texts.items()}
        except (ImportError, OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
            return row | {"problem": f"failed: {' '.join(str(error).split())}", "data": {}}
    return row


def _judged(score: Callable[[Sequence[Any]], Floats], items: Sequence[Any], scam: Bools) -> dict[str, Any]:
    start = time.perf_counter()
    scores = score(items)
    seconds = time.perf_counter() - start
    if len(scores) != len(items):
        raise ValueError(f"{len(scores)} answers to {len(items)} notices")
    return {
        "auc": area(scam, scores),
        "recall_at_1_percent_false_alarms": recall_at(scam, scores, 0.01),
        "recall_at_5_percent_false_alarms": recall_at(scam, scores, 0.05),
        "microseconds_per_notice": round(1e6 * seconds / len(items), 1),
    }


def keywords(training: Sequence[str], scam: Bools, folder: Path) -> Scorer:
    """How many different words of a fixed list a text holds; learns nothing."""
    return lambda texts: np.array([float(sum(word in text for word in KEYWORDS)) for text in texts])


def naive_bayes(training: Sequence[str], scam: Bools, folder: Path) -> Scorer:
    """Complement naive Bayes on counts of words; the log of the odds."""
    counter = CountVectorizer(analyzer=words)
    model = ComplementNB().fit(counter.fit_transform(training), scam)
    return lambda texts: np.asarray(np.diff(model.predict_log_proba(counter.transform(texts)))[:, 0])


def fasttext(training: Sequence[str], scam: Bools, folder: Path) -> Scorer:
    """fastText's supervised model on words and pairs of words; the log of the odds. One thread, the same each time."""
    import fasttext as tool

    path = folder / "training.txt"
    lines = (f"__label__{int(label)} {' '.join(words(text))}\n" for text, label in zip(training, scam, strict=True))
    path.write_text("".join(lines), encoding="utf-8")
    model = tool.train_supervised(str(path), wordNgrams=2, dim=50, epoch=25, lr=0.5, seed=1, thread=1, verbose=0)

    def score(texts: Sequence[str]) -> Floats:
        # model.predict of 0.9.3 fails with numpy 2; this is what it calls.
        found = [model.f.predict(" ".join(words(text)) + "\n", 2, 0.0, "strict") for text in texts]
        shares = [{label: share for share, label in pairs} for pairs in found]
        return np.array([np.log(s.get("__label__1", 1e-5)) - np.log(s.get("__label__0", 1e-5)) for s in shares])

    return score


def bogofilter(training: Sequence[str], scam: Bools, folder: Path) -> Scorer:
    """bogofilter's Bayes filter, without configuration files."""
    for option, chosen in (("-s", scam), ("-n", ~scam)):
        _run([*_BOGOFILTER, option], folder, _mbox(compress(training, chosen)))
    return lambda texts: np.array([float(line) for line in _run([*_BOGOFILTER, "-TT"], folder, _mbox(texts)).split()])


def spamassassin(training: Sequence[str], scam: Bools, folder: Path) -> Scorer:
    """SpamAssassin's Bayes classifier without its rules or the network; leaves an empty ~/.spamassassin behind."""
    (folder / "init.pre").write_text(_PLUGINS, encoding="ascii")
    (folder / "bayes.cf").write_text(_RULES.format(folder=folder), encoding="utf-8")
    for option, chosen in (("--spam", scam), ("--ham", ~scam)):
        (folder / "mails").write_bytes(_mbox(compress(training, chosen)))
        _run(["sa-learn", *_SPAMASSASSIN, option, "mails"], folder)

    def score(texts: Sequence[str]) -> Floats:
        # Its answers come in an order of their own, hence the numbers.
        answers = _run(["spamassassin", *_SPAMASSASSIN], folder, _mbox(texts))
        found = {int(number): float(share) for share, number in _ANSWER.findall(answers)}
        return np.array([found[number] for number in sorted(found)])

    return score


def rspamd_bayes(training: Sequence[str], scam: Bools, folder: Path) -> Scorer:
    """rspamd's Bayes classifier over HTTP, everything else of it off; it divides Japanese into words for itself.

    Spaced words instead of the raw text were tried on the calibration split (13,300 mails learnt, 436 scams and 641
    genuine texts): AUC 0.937 for 0.944, scams caught at 1% false alarms 47.0% for 47.7%. The raw text stays.
    """
    with rspamd.running(folder) as filter_:
        for text, label in zip(training, scam, strict=True):
            filter_.learn(rspamd.mail_of(text), scam=bool(label))

    def score(texts: Sequence[str]) -> Floats:
        with rspamd.running(folder) as filter_:
            return np.array([filter_.probability(rspamd.mail_of(text)) for text in texts])

    return score


BASELINES: Final = (
    Baseline("keywords", keywords),
    Baseline("naive Bayes on words", naive_bayes),
    Baseline("fastText", fasttext, modules=("fasttext",)),
    Baseline("bogofilter", bogofilter, programs=("bogofilter",)),
    Baseline("SpamAssassin Bayes", spamassassin, programs=("sa-learn", "spamassassin")),
    Baseline("rspamd Bayes", rspamd_bayes, programs=rspamd.PROGRAMS),
)


def _run(command: Sequence[str], folder: Path, given: bytes = b"") -> bytes:
    """What a mail filter prints; its folder is its home. 0, 1 and 2 are verdicts of bogofilter."""
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, env=surroundings, input=given, capture_output=True, timeout=_TIMEOUT)
    if done.returncode not in ((0, 1, 2) if command[0] == "bogofilter" else (0,)):
        raise subprocess.SubprocessError(f"{command[0]} ended with {done.returncode}")
    return done.stdout


def _mbox(texts: Iterable[str]) -> bytes:
    """Mails that differ in their words alone, twenty on an indented line: no line is too long or begins with From."""
    return "".join(
        f"From a@b.example Thu Jan  1 00:00:00 2026\nX-Number: {number}\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n"
        + "".join(f" {' '.join(own[at : at + 20])}\n" for at in range(0, len(own), 20))
        + "\n"
        for number, own in enumerate(map(words, texts))
    ).encode()


def report_text(report: Mapping[str, Any], *, markdown: bool = False) -> str:
    """A table for each set of notices, in columns or as Markdown."""
    training, model = report["training"], report["model"]
    lines = [
        f"baselines trained in this run on {training['scams']} scams and {training['genuine']} genuine texts; "
        f"{OURS} {model['version']} beforehand on {model['training']} and drawings of them"
    ]
    for name, counts in report["data"].items():
        lines.append(f"\n{name}: {counts['scams']} scams, {counts['genuine']} genuine\n")
        cells = [_HEAD, *(_cells(row, name) for row in report["rows"])]
        if markdown:
            cells.insert(1, ["---"] * len(_HEAD))
            lines += [f"| {' | '.join(row)} |" for row in cells]
        else:
            widths = [max(map(len, column)) + 2 for column in zip(*cells, strict=True)]
            lines += ["".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join(lines)


def _cells(row: Mapping[str, Any], name: str) -> list[str]:
    if row["problem"]:
        return [row["name"], row["problem"], "", "", "", ""]
    own, seconds = row["data"][name], row["training_seconds"]
    return [
        row["name"],
        "{value:.4f} (95% {low:.4f}-{high:.4f})".format(**own["auc"]),
        rate_text(own["recall_at_1_percent_false_alarms"]),
        rate_text(own["recall_at_5_percent_false_alarms"]),
        "-" if seconds is None else f"{seconds:.1f} s",
        f"{own['microseconds_per_notice']:,.0f} µs",
    ]
