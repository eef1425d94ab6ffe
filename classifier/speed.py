"""How fast it is, as ratios measured in one run, so that another machine gives about the same.

The yardstick is T: fugashi's `-Owakati` parse and split over the same texts, on one core. Work within the process
is measured by processor time, in turns with the yardstick, and the median of the turns is taken.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final

from classifier import corpus
from classifier.assessment import Assessor
from classifier.chunks import json_line
from classifier.file_speed import COLD_START, files_lines, measure_files
from classifier.http_speed import CONNECTIONS, measure_http
from classifier.notice import Notice
from classifier.tokenise import words_of_whole

_TURNS: Final = 3
_CHUNK: Final = 500
_ONE_AT_A_TIME: Final = 200


def measure(rows: int, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Every ratio, ready for JSON; `rows` is the length of the long file that is compared with one of 1,000."""
    notices = [Notice(e.text, e.channel) for e in corpus.build(_written(("calibration", "test")))]
    texts = [notice.text for notice in notices]
    report: dict[str, Any] = {
        "texts": len(texts),
        "mean_characters": round(statistics.mean(map(len, texts)), 1),
        "processors": os.cpu_count(),
    }
    say("within the process")
    report |= _within(Assessor.load(), notices)
    say("cold start")
    report["cold_start"] = _cold_start()
    report["files"] = measure_files(rows, say)
    say("rspamd and our service over HTTP")
    report["http"] = measure_http(texts)
    return report


def _written(splits: tuple[str, ...]) -> list[corpus.Authored]:
    return [record for record in corpus.read_authored() if corpus.split_of(record.group) in splits]


def _within(assessor: Assessor, notices: Sequence[Notice]) -> dict[str, Any]:
    """Microseconds a text of each way, and how many times as fast as T it is."""
    texts = [notice.text for notice in notices]
    chunks = [notices[start : start + _CHUNK] for start in range(0, len(notices), _CHUNK)]
    few = notices[:: max(1, len(notices) // _ONE_AT_A_TIME)]
    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "T": (len(texts), lambda: [words_of_whole(text) for text in texts]),
        "batch": (len(texts), lambda: [assessor.assess_many(chunk) for chunk in chunks]),
        "batch_to_json": (
            len(texts),
            lambda: [json_line(a.to_dict()) for chunk in chunks for a in assessor.assess_many(chunk)],
        ),
        "one": (len(few), lambda: [assessor.assess_many([notice]) for notice in few]),
    }
    if find_spec("fasttext"):
        predict = _fasttext()
        ways["fasttext"] = (len(texts), lambda: [predict(text) for text in texts])
    spent: dict[str, list[float]] = {name: [] for name in ways}
    assessor.assess_many(few)
    for _ in range(_TURNS):
        for name, (count, way) in ways.items():
            start = time.process_time()
            way()
            spent[name].append((time.process_time() - start) / count)
    taken = {name: statistics.median(own) for name, own in spent.items()}
    return {
        "microseconds": {name: round(1e6 * seconds, 1) for name, seconds in taken.items()},
        "times_T": {name: round(taken["T"] / seconds, 3) for name, seconds in taken.items()},
        "batch_times_fasttext": round(taken["fasttext"] / taken["batch"], 3) if "fasttext" in taken else None,
    }


def _fasttext() -> Callable[[str], object]:
    """Bare `predict` on raw text: characters two to four, trained in this run on authored texts."""
    import fasttext  # type: ignore[import-untyped,unused-ignore]

    with tempfile.TemporaryDirectory(prefix="scam-notice-") as folder:
        path = Path(folder) / "training.txt"
        examples = islice(corpus.build(_written(("train",))), 3000)
        lines = (f"__label__{e.label} {' '.join(e.text.split())}\n" for e in examples)
        path.write_text("".join(lines), encoding="utf-8")
        model = fasttext.train_supervised(str(path), minn=2, maxn=4, dim=50, epoch=5, thread=1, verbose=0)
    # model.predict of 0.9.3 fails with numpy 2; this is what it calls.
    return lambda text: model.f.predict(text.replace("\n", " ") + "\n", 1, 0.0, "strict")


def _cold_start() -> dict[str, float]:
    """Seconds of a fresh process to its first answer, and of one that imports scikit-learn and nothing else."""
    spent: dict[str, list[float]] = {"answer": [], "sklearn": []}
    for _ in range(_TURNS):
        for name, code in (("answer", COLD_START), ("sklearn", "import sklearn")):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            spent[name].append(time.perf_counter() - start)
    taken = {name: statistics.median(own) for name, own in spent.items()}
    return {name: round(seconds, 3) for name, seconds in taken.items()} | {
        "ratio": round(taken["answer"] / taken["sklearn"], 2)
    }


def report_text(report: Mapping[str, Any]) -> str:
    """A line a figure."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterable[str]:
    def line(title: str, shown: str) -> str:
        return f"{title:42s}{shown}"

    yield f"{report['texts']:,} texts of {report['mean_characters']} characters, {report['processors']} processors"
    for name, title in (
        ("T", "T, fugashi -Owakati parse and split"),
        ("batch", "assessments in batch, one core"),
        ("batch_to_json", "the same, written as JSON"),
        ("one", "one notice at a time"),
        ("fasttext", "fastText, bare predict on raw text"),
    ):
        if name in report["microseconds"]:
            yield line(title, f"{report['microseconds'][name]:8,.1f} µs a text {report['times_T'][name]:8.3f} T")
    against = report["batch_times_fasttext"]
    yield line(
        "batch against fastText", "fastText is not installed" if against is None else f"{against:.3f} times as fast"
    )
    cold = report["cold_start"]
    yield line("cold start to the first answer", f"{cold['answer']:.2f} s, {cold['ratio']:.2f} of import sklearn")
    yield from (line(title, shown) for title, shown in files_lines(report["files"]))
    yield from _http_lines(report["http"], line)


def _http_lines(http: Mapping[str, Any], line: Callable[[str, str], str]) -> Iterable[str]:
    if http["problem"]:
        yield line("over HTTP against rspamd's Bayes", http["problem"])
        return
    for connections in CONNECTIONS:
        own = http["connections"][str(connections)]
        for name, title in (("rspamd", "rspamd's Bayes over HTTP"), ("ours", "POST /v1/assessments")):
            figures = own[name]
            yield line(
                f"{title}, {connections} connection{'s' * (connections > 1)}",
                f"{figures['requests_a_second']:8,.1f} requests/s, {figures['processor_ms']:.2f} ms of processor each, "
                f"p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms",
            )
        shown = f"{own['times_rspamd']:.3f} times the requests, {own['processor_time_to_rspamd']:.2f} of the processor"
        yield line("ours to rspamd's", f"{shown} time a request")
    yield line("memory, rspamd with redis, and ours", "{rspamd} and {ours} MiB".format(**http["mebibytes"]))
