"""Whether a change of code changed any answer: every assessment of the corpus, written down and compared.

    python tests/answers.py write BEFORE      # on the old code
    python tests/answers.py compare BEFORE    # on the new: says how many answers differ, and in what

Everything but the score has to be equal to the last character; of the scores, the largest difference is said.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from classifier import Assessor, Notice, corpus

CHUNK = 500


def answers() -> dict[str, tuple[float, dict[str, str]]]:
    """By id: the score, and a digest of every other field."""
    assessor = Assessor.load()
    examples = list(corpus.build(corpus.read_authored()))
    found = {}
    for start in range(0, len(examples), CHUNK):
        part = examples[start : start + CHUNK]
        assessments = assessor.assess_many([Notice(e.text, e.channel) for e in part])
        for example, assessment in zip(part, assessments, strict=True):
            fields = {name: digest(value) for name, value in assessment.to_dict().items() if name != "versions"}
            fields.pop("score")
            found[example.id] = (assessment.score, fields)
    return found


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(rounded(value), ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def rounded(value: Any) -> Any:
    """Probabilities to nine digits: the last bits of a sum are the processor's."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def main(verb: str, path: Path) -> int:
    now = answers()
    if verb == "write":
        path.write_text(json.dumps(now), encoding="utf-8")
        print(f"{path}: {len(now)} answers")
        return 0
    before = json.loads(path.read_text(encoding="utf-8"))
    if before.keys() != now.keys():
        print("the corpus is another one: write it down anew")
        return 1
    differing = Counter(name for key in now for name, value in now[key][1].items() if before[key][1][name] != value)
    largest = max(abs(now[key][0] - before[key][0]) for key in now)
    print(f"{len(now)} answers: fields that differ: {dict(differing) or 'none'}; scores differ by at most {largest:g}")
    return bool(differing) or largest > 1e-9


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
