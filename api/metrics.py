"""Counts for `/metrics` (Prometheus). Labels come from closed lists; nothing a client sent is ever one.

The share of notices that nobody can decide is `rate(verdicts{verdict="undecidable"}) / rate(verdicts)`.
With several workers each writes its counts into PROMETHEUS_MULTIPROC_DIR, which `api.server` sets
before this module is imported, and any of them answers for all.
"""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

from classifier.result import Assessment

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

REQUESTS: Final = Counter(
    "scam_notice_requests", "Requests answered, by route template, method and status", ["route", "method", "status"]
)
LATENCY: Final = Histogram(
    "scam_notice_request_seconds", "Time from the request line to the last byte of the answer", ["route"],
    buckets=_SECONDS,
)  # fmt: skip
VERDICTS: Final = Counter("scam_notice_verdicts", "Notices judged, by verdict and channel", ["verdict", "channel"])
QUEUE: Final = Gauge("scam_notice_queue_depth", "Notices that wait or are being judged", multiprocess_mode="livesum")
REFUSED: Final = Counter("scam_notice_refused", "Requests refused because the service was full, by reason", ["reason"])
BAD_ROWS: Final = Counter("scam_notice_bad_rows", "Notices in batches, streams and files that could not be judged")
STORED: Final = Counter("scam_notice_stored", "Notices stored because their sender agreed")


def judged(assessment: Assessment) -> None:
    """Counts one verdict."""
    VERDICTS.labels(assessment.verdict, assessment.notice.channel).inc()


def answered(route: str, method: str, status: int, seconds: float) -> None:
    """Counts one request."""
    REQUESTS.labels(route, method, str(status)).inc()
    LATENCY.labels(route).observe(seconds)


def exposition() -> bytes:
    """All counts in Prometheus' text format, those of every worker together."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
