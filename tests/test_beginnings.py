"""Expressions tried only where they can begin find what `re` finds."""

import re

import pytest

from classifier import corpus, detectors, due_dates
from classifier.beginnings import Beginning
from classifier.notice import Notice
from classifier.reading import Reading

CASES = (
    (r"(?:ab)?c|[d-f]\d", "abc c d1 ed2 f"),
    (r"(?:(?<!x)|(?<=xx))a\d?", "a xa xxa1 aa"),
    (r"^ *[わワ]\d", "わ1 ワ2\n  わ3"),
    (r"(?P<m>[\s-])a+|\]b", " a-aa]b ]]b"),
)


@pytest.mark.parametrize(("expression", "text"), CASES)
def test_same_matches(expression: str, text: str) -> None:
    expected = [match.span() for match in re.finditer(expression, text, re.MULTILINE)]
    assert [match.span() for match in Beginning(expression, re.MULTILINE).finditer(text)] == expected
    assert expected


@pytest.mark.parametrize("expression", ["a?", "[^a]b", ".b", "(?i)a", "a|", r"\Db"])
def test_what_may_begin_with_anything_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="may begin with anything"):
        Beginning(expression)


def test_the_project_s_own_over_authored_texts() -> None:
    own = [(m.__name__, n, e) for m in (detectors, due_dates) for n, e in vars(m).items() if isinstance(e, Beginning)]
    texts = [Reading(Notice(e.text)).normalised.text for e in list(corpus.build(corpus.read_authored()))[::20]]
    for module, name, beginning in own:
        plain = beginning._expression
        for text in texts:
            found = [match.span() for match in beginning.finditer(text)]
            assert found == [match.span() for match in plain.finditer(text)], (module, name, text)
    assert len(own) >= 8
