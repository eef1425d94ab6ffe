"""From authored texts to a bundle: build, fit, calibrate, judge, write. Deterministic.

Train groups fit the model, calibration groups the sigmoid, test groups give the card's figures; no
group is ever in two of them. A second run on the same inputs trains nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from classifier import corpus, courtesy, furniture
from classifier.bundle import DEFAULT_BUNDLE, library_versions, read_manifest, save_bundle
from classifier.corpus import Example
from classifier.errors import BundleMismatch, BundleMissing
from classifier.flag_reader import FlagReader
from classifier.knowledge import KNOWLEDGE
from classifier.measures import figures
from classifier.model import BASE_RATE, NoticeModel
from classifier.model_card import card_text
from classifier.noise import cut_short, disturb
from classifier.notice import Notice
from classifier.policy import Cutoffs
from classifier.reading import Reading
from classifier.slots import seeded

VARIANTS: Final = 2
# People paste the part that frightens them.
_CUT_SHARE: Final = 0.15
# What a wrong verdict costs, in units of "a genuine notice called suspicious": calling a genuine demand a
# scam may cost somebody their salary or their case; saying nothing about a scam may cost their savings.
COSTS: Final = {
    "genuine_scam_likely": 60.0,
    "genuine_suspicious": 6.0,
    "scam_suspicious": 8.0,
    "scam_no_scam_signs": 60.0,
}
_SOURCES: Final = (
    "absence_reader.py",
    "absences.py",
    "beginnings.py",
    "contacts.py",
    "detectors.py",
    "names.py",
    "narration.py",
    "patterns.py",
    "perceptron.py",
    "green_flags.py",
    "red_flags.py",
    "corpus.py",
    "courtesy.py",
    "layout.py",
    "measures.py",
    "features.py",
    "flag_reader.py",
    "furniture.py",
    "model.py",
    "model_card.py",
    "noise.py",
    "normalise.py",
    "readers.py",
    "reading.py",
    "required.py",
    "scorers.py",
    "sentences.py",
    "slots.py",
    "sparse_rows.py",
    "terms.py",
    "tokenise.py",
    "train.py",
    "vocabulary.py",
    "word_vectors.py",
)
_KNOWLEDGE: Final = ("contacts.toml", "glyphs.toml", "green_flags.toml", "red_flags.toml")


def cutoffs_from_costs() -> Cutoffs:
    """The probabilities at which the cheaper verdict changes (expected cost, calibrated score).

    scam_likely where (1-p)·genuine_scam_likely < p·scam_suspicious + (1-p)·genuine_suspicious;
    suspicious where (1-p)·genuine_suspicious + p·scam_suspicious < p·scam_no_scam_signs.
    """
    high = COSTS["genuine_scam_likely"] - COSTS["genuine_suspicious"]
    low = COSTS["genuine_suspicious"]
    return Cutoffs(
        suspicious=low / (low + COSTS["scam_no_scam_signs"] - COSTS["scam_suspicious"]),
        scam_likely=high / (high + COSTS["scam_suspicious"]),
    )


def train(target: Path = DEFAULT_BUNDLE, say: Callable[[str], None] = print, *, force: bool = False) -> bool:
    """Writes the bundle at `target`; False where it is already there for the same inputs."""
    inputs = inputs_hash()
    if not force and _up_to_date(target, inputs):
        say(f"{target}: up to date, nothing to train")
        return False
    records = corpus.read_authored()
    examples = list(corpus.build(records, variants=VARIANTS))
    parts = {split: [e for e in examples if e.split == split] for split in corpus.SPLITS}
    fitting = parts["train"]
    calibrating = [e for e in parts["calibration"] if e.origin == "authored"]
    testing = [e for e in parts["test"] if e.origin == "authored"]
    say(f"{len(records)} authored texts; fitting {len(fitting)} (composed ones included)")
    # Fits run beside each other; threads of their own would only wait for each other.
    with threadpool_limits(1):
        model, flag_reader = _fitted(fitting)
    say(f"calibrating on {len(calibrating)}, testing on {len(testing)}")
    model.calibrate(readings(calibrating), [e.label for e in calibrating])
    cutoffs = cutoffs_from_costs()
    judgement = model.judge(readings(testing))
    card = {
        "name": "scam-notice",
        "base_rate": BASE_RATE,
        "cutoffs": {"suspicious": round(cutoffs.suspicious, 6), "scam_likely": round(cutoffs.scam_likely, 6)},
        "costs": COSTS,
        "data": _describe(records, parts),
        "frozen_test": figures(
            np.array([e.label == "scam" for e in testing]),
            judgement.scores,
            cutoffs,
        ),
        "libraries": library_versions(),
        "weaknesses": [
            "本物そっくりに書かれた短い連絡は、文章だけでは見分けられない",
            "実在する会社からの、知らない契約の請求は、本物の請求として読む",
            "画像・音声・日本語以外の文章は読まない",
        ],
        "reproduce": "make train",
    }
    save_bundle(target, {"model": model, "flags": flag_reader}, card, inputs, card_text(card))
    say(f"{target}: written")
    return True


def _fitted(examples: Sequence[Example]) -> tuple[NoticeModel, FlagReader]:
    """The model, and the flag reader fitted on the authored texts as written."""
    model = NoticeModel()
    matrix = model.features.fit_transform(readings([_as_others_write(e) for e in examples]))
    # Threads read it: none of them may have to put its columns in order.
    matrix.sum_duplicates()
    authored = [n for n, e in enumerate(examples) if e.origin == "authored"]
    own = [examples[n] for n in authored]
    with ThreadPoolExecutor(1) as beside:
        unseen = beside.submit(
            model.unseen,
            matrix[authored],
            [e.label for e in own],
            [e.document_kind for e in own],
            [e.group for e in own],
        )
        model.fit_matrix(
            matrix,
            [e.label for e in examples],
            [e.document_kind for e in examples],
            [e.scheme for e in examples],
            [e.origin == "composed" for e in examples],
        )
        odds, kinds = unseen.result()
    reader = FlagReader(model.features.meanings_)
    return model, reader.fit(readings(own), [marks_of(e) for e in own], [absent_of(e) for e in own], odds, kinds)


def marks_of(example: Example) -> list[tuple[str, int, int]]:
    """The marks that have a place."""
    return [(m.flag, m.start, m.end) for m in example.flags if m.start is not None and m.end is not None]


def absent_of(example: Example) -> list[str]:
    """The marks of what is missing."""
    return [m.flag for m in example.flags if m.start is None]


def readings(examples: Sequence[Example]) -> list[Reading]:
    """What the model reads of examples."""
    return [Reading(Notice(e.text, e.channel)) for e in examples]


def inputs_hash() -> str:
    """SHA-256 over everything that a trained bundle depends on, whatever the checkout's place or history."""
    here = Path(__file__).resolve().parent
    files = [*sorted(corpus.NOTICES.glob("*.jsonl")), corpus.POOLS]
    files += [here / name for name in _SOURCES] + [KNOWLEDGE / name for name in _KNOWLEDGE]
    digest = hashlib.sha256(repr(sorted(library_versions().items())).encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _up_to_date(target: Path, inputs: str) -> bool:
    try:
        return bool(read_manifest(target)["inputs"] == inputs)
    except (BundleMissing, BundleMismatch):
        return False


def _as_others_write(example: Example) -> Example:
    """In manners and with furniture that do not know the label; composed texts disturbed too, some others cut short.

    Marks lose their places.
    """
    rng = seeded("courtesy", example.id)
    text = furniture.drawn(courtesy.drawn(example.text, rng), rng)
    if example.origin == "composed":
        text = disturb(text, seeded("noise", example.id))
    elif rng.random() < _CUT_SHARE:
        text = cut_short(text, rng)
    return replace(example, text=text, flags=())


def _describe(records: Sequence[corpus.Authored], parts: dict[str, list[Example]]) -> dict[str, Any]:
    return {
        "authored": len(records),
        "labels": dict(Counter(r.label for r in records)),
        "authored_by_split": {s: sum(e.origin == "authored" for e in part) for s, part in parts.items()},
        "groups": len({r.group for r in records}),
    }
