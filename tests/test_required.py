"""What an expression requires of a text: nothing that can match may be ruled out."""

import pytest
import re2

from classifier import corpus
from classifier.flag_scale import _expressions
from classifier.notice import Notice
from classifier.patterns import Encoded, PatternSet
from classifier.reading import Reading
from classifier.required import required

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
