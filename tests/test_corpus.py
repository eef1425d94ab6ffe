"""Authored texts: marks become offsets, slots are drawn the same everywhere, splits divide no group."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from classifier import corpus
from classifier.errors import CorpusError
from classifier.knowledge import flag_ids
from classifier.slots import SlotDrawer

POOLS = corpus.load_pools(corpus.POOLS)


@pytest.fixture(scope="module")
def examples() -> list[corpus.Example]:
    return list(corpus.build(corpus.read_authored()))


@pytest.mark.parametrize(
    ("marked", "plain", "marks"),
    [
        ("a[[seizure_threat|差押]]b", "a差押b", [("seizure_threat", 1, 3)]),
        ("[[a,b|x]]", "x", [("a", 0, 1), ("b", 0, 1)]),
        ("[[a|x[[b|y]]z]]", "xyz", [("a", 0, 3), ("b", 1, 2)]),
        ("[x] [[a|😀]]", "[x] 😀", [("a", 4, 5)]),
        ("nothing", "nothing", []),
    ],
)
def test_marks(marked: str, plain: str, marks: list[tuple[str, int, int]]) -> None:
    text, found = corpus.extract_marks(marked)
    assert text == plain
    assert [(m.flag, m.start, m.end) for m in found] == marks


@pytest.mark.parametrize("broken", ["[[a|x", "x]]", "[[a|x]]y]]"])
def test_broken_marks_are_refused(broken: str) -> None:
    with pytest.raises(CorpusError):
        corpus.extract_marks(broken)


GOOD = {
    "id": "t-1", "label": "scam", "channel": "sms", "scheme": "unpaid_content", "document_kind": "unpaid_fee_claim",
    "author": "t", "text": "未納です {{tel}}",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"label": "spam"}, "label"),
        ({"channel": "fax"}, "channel"),
        ({"scheme": None}, "scheme"),
        ({"label": "genuine"}, "no scheme"),
        ({"scheme": "impersonated_debt"}, "scheme"),
        ({"document_kind": "letter"}, "document_kind"),
        ({"text": "{{nowhere}}"}, "unknown slot"),
        ({"text": "[[no_such_flag|x]]"}, "unknown flag"),
        ({"text": "{{tel:fax}}"}, "tel:fax"),
        ({"absent": ["seizure"]}, "absent"),
        ({"green": ["G99"]}, "green"),
        ({"era": [2020, 2010]}, "era"),
        ({"typo": 1}, "unknown field"),
    ],
)
def test_a_bad_line_is_named(change: dict[str, object], says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("\n" + json.dumps({**GOOD, **change}) + "\n", encoding="utf-8")
    problems = corpus.problems(path)
    assert len(problems) == 1
    assert problems[0].startswith("x.jsonl:2: ")
    assert says in problems[0]


def test_raw_contacts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({**GOOD, "text": "03-1234-5678へ"}), encoding="utf-8")
    assert "write a slot" in corpus.problems(path)[0]


def test_the_same_slot_is_the_same_thing_in_one_text() -> None:
    drawer = SlotDrawer(POOLS, "seed", (2020, 2020))
    assert drawer.draw("{{bank}}") == drawer.draw("{{bank}}")
    assert drawer.draw("{{bank}}") != drawer.draw("{{bank#2}}")
    assert drawer.draw("{{person}}").startswith(drawer.draw("{{surname}}"))


def test_draws_do_not_depend_on_order_or_machine() -> None:
    one, two = SlotDrawer(POOLS, "s", (2018, 2020)), SlotDrawer(POOLS, "s", (2018, 2020))
    slots = ["{{date}}", "{{yen:1000-9000}}", "{{url:bank~fake}}", "{{tel}}", "{{person}}"]
    assert [one.draw(s) for s in slots] == list(reversed([two.draw(s) for s in reversed(slots)]))
    # A fixed drawing: it changes only when somebody changes how slots are drawn.
    assert re.fullmatch(r"(平成|令和)\d+年\d+月\d+日", one.draw("{{date}}"))


def test_build_is_deterministic(examples: list[corpus.Example]) -> None:
    again = list(corpus.build(corpus.read_authored()))
    assert [e.as_record() for e in again] == [e.as_record() for e in examples]


def test_marks_lie_inside_their_text(examples: list[corpus.Example]) -> None:
    for example in examples:
        for mark in example.flags:
            if mark.start is not None and mark.end is not None:
                assert 0 <= mark.start < mark.end <= len(example.text), example.id


def test_no_group_is_divided(examples: list[corpus.Example]) -> None:
    splits = defaultdict(set)
    for example in examples:
        splits[example.group].add(example.split)
    assert not {group for group, found in splits.items() if len(found) > 1}


def test_every_family_and_kind_is_there(examples: list[corpus.Example]) -> None:
    from classifier.vocabulary import DOCUMENT_KINDS, SCHEME_LABELS

    assert {e.scheme for e in examples} - {None} == set(SCHEME_LABELS)
    assert {e.document_kind for e in examples} == set(DOCUMENT_KINDS)
    assert sum(e.label == "scam" for e in examples) >= 250
    assert sum(e.label == "genuine" for e in examples) >= 350


def test_no_example_given_for_checking_was_trained_on(examples: list[corpus.Example]) -> None:
    """The twelve acceptance texts stay out of the corpus, near-copies included."""
    from tests.test_examples import EXAMPLES

    def grams(text: str) -> set[str]:
        flat = re.sub(r"[\s\d]", "", text)
        return {flat[i : i + 5] for i in range(len(flat) - 4)}

    judged = [(case["id"], grams(str(case["text"]))) for case in EXAMPLES]
    for example in examples:
        own = grams(example.text)
        for name, other in judged:
            assert len(own & other) < 0.35 * max(1, len(own | other)), (example.id, name)


@pytest.mark.parametrize("split", ["calibration", "test"])
def test_a_second_reading_covers_its_groups_and_stays_within_their_texts(split: str) -> None:
    records = {record.id: record for record in corpus.read_authored()}
    lines = (corpus.DATASETS / "flags" / f"{split}-read.jsonl").read_text(encoding="utf-8").splitlines()
    read = {entry["id"]: entry["flags"] for entry in map(json.loads, lines)}
    # Authors who wrote after the reading have none.
    authors = {records[id_].author for id_ in read}
    own = {id_ for id_, r in records.items() if r.author in authors and corpus.split_of(r.group) == split}
    assert set(read) == own
    for id_, marks in read.items():
        [example] = corpus.build([records[id_]])
        assert {mark["flag"] for mark in marks} <= flag_ids()
        assert all(mark["start"] is None or 0 <= mark["start"] < mark["end"] <= len(example.text) for mark in marks)
