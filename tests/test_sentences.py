"""Clauses: what people would point at, in order, nothing lost, links left whole."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.sentences import clauses


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("未納です。至急ご連絡を", ["未納です。", "至急ご連絡を"]),
        ("一行目\n\n二行目です!", ["一行目", "二行目です!"]),
        ("確認は https://a.example/pay?id=1&x=2 から。", ["確認は https://a.example/pay?id=1&x=2 から。"]),
        ("本当ですか?はい", ["本当ですか?", "はい"]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_cut_where_people_would_cut(text: str, pieces: list[str]) -> None:
    joined = [text[start:end] for start, end in clauses(text)]
    assert [piece for piece in joined if piece.strip()] == pieces or "".join(joined) == "".join(pieces)


def test_long_sentences_are_cut_at_commas() -> None:
    text = "料金のお支払いが確認できないため、" * 5 + "ご連絡ください。"
    assert len(clauses(text)) > 3


@given(st.text(alphabet="あ未納料金。、!?\n 　https://.=1", max_size=200))
def test_everything_visible_is_in_exactly_one_clause(text: str) -> None:
    found = clauses(text)
    assert all(a < b for a, b in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    covered = {n for start, end in found for n in range(start, end)}
    assert all(n in covered for n, character in enumerate(text) if not character.isspace())
