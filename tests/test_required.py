"""What an expression requires of a text: nothing that can match may be ruled out."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from classifier import corpus
from classifier.flag_scale import _expressions
from classifier.notice import Notice
from classifier.patterns import Encoded, PatternSet
from classifier.reading import Reading
from classifier.required import required, starts

CASES = (
    ("未納", [[{"未納"}]]),
    ("(?:未納|滞納)料金を?.{0,9}訴訟", [[{"訴訟"}, {"未納料金", "滞納料金"}]]),
    ("差し?押さ?え", [[{"差し押さえ", "差押さえ", "差し押え", "差押え"}]]),
    ("督促|督促状|訴状", [[{"督促"}], [{"督促状"}], [{"訴状"}]]),
    ("(?:督促状|督促)です", [[{"督促状です", "督促です"}]]),
    ("[一-鿿]{0,9}裁判[0-2]", [[{"裁判0", "裁判1", "裁判2"}]]),
    (r"^(?P<m>本日)中\b", [[{"本日中"}]]),
    ("(?:あ|いい){2}", [[{"ああ", "あいい", "いいあ", "いいいい"}]]),
    ("(?:訴訟){1,3}", [[{"訴訟"}]]),
    # What may match any text
    ("(?:未納)?", [[]]),
    ("(?i)bitcoin", [[]]),
    ("(?i:bitcoin)", [[]]),
    ("[[:alpha:]]円", [[]]),
    ("未納{,3}", [[]]),
    (r"\pLa", [[]]),
)


@pytest.mark.parametrize(("expression", "ways"), CASES, ids=[case[0] for case in CASES])
def test_required(expression: str, ways: list[list[set[str]]]) -> None:
    found = [sorted((set(choice) for choice in way), key=sorted) for way in required(expression)]
    assert found == [sorted(way, key=sorted) for way in ways]


STARTS = (
    ("未納料金", [({"未納料金"}, 0, 0)]),
    ("[^家]?(?:職場|会社)に.{0,9}電話", [({"職場に", "会社に"}, 0, 1)]),
    ("(?:督促状|督促).{0,3}です", [({"督促"}, 0, 0)]),
    ("(?:^|[^a-z])(?P<m>bc[0-9]{9}|訴状)", [({"bc"}, 0, 0), ({"訴状"}, 0, 0), ({"bc"}, 1, 1), ({"訴状"}, 1, 1)]),
    ("お?[一-鿿]{2,4}裁判", [({"裁判"}, 2, 5)]),
    (r"\d{1,2}月分?$", [({"月"}, 1, 2)]),
    # May start too far from a literal, anywhere, or where Python and RE2 disagree
    ("[一-鿿]+裁判", []),
    (".{0,99}裁判", []),
    ("(?:未納|.)料", [({"未納料"}, 0, 0), ({"料"}, 1, 1)]),
    ("[一-鿿]", []),
    ("(?i)bitcoin", []),
    (r"裁判\S", []),
    (r"裁判[円$]", []),
)


@pytest.mark.parametrize(("expression", "places"), STARTS, ids=[case[0] for case in STARTS])
def test_starts(expression: str, places: list[tuple[set[str], int, int]]) -> None:
    assert [(set(start.literals), start.least, start.most) for start in starts(expression)] == places


WHERE = (
    "督促.{0,4}訴訟",
    r"(?:^|[^a-z])(?P<m>bc1|円)\s?\d?",
    "[訴督]{0,3}訴訟(?:で|に)?",
    "督促(?:$|状)",
    "(?:督|督促)促?状?",
    "督促|訴",
)


@given(text=st.text(alphabet="督促状訴訟でにbc1a円 \v\n٣", max_size=60), times=st.sampled_from((1, 50)))
def test_places_are_those_of_re2(text: str, times: int) -> None:
    """Few places to start from or many, and whatever Python alone takes for a space, a digit or an end."""
    candidates = PatternSet(WHERE).candidates(encoded := Encoded(text * times))
    for number, expression in enumerate(WHERE):
        matches = list(re2.finditer(expression, encoded.text))
        places = [match.span(1) if "P<m>" in expression else match.span() for match in matches]
        assert list(candidates.places(number) if number in candidates.numbers else ()) == places


def test_no_match_is_ruled_out() -> None:
    """Every tenth authored text: the set finds what the expressions find one by one."""
    expressions = _expressions()
    patterns, alone = PatternSet(expressions), [re2.compile(expression) for expression in expressions]
    found = 0
    for example in list(corpus.build(corpus.read_authored()))[::10]:
        text = Encoded(Reading(Notice(example.text)).squeezed.text)
        matching = [n for n, pattern in enumerate(alone) if pattern.search(text.data) is not None]
        assert list(patterns.spans(text)) == matching, example.id
        found += len(matching)
    assert found > 1000
