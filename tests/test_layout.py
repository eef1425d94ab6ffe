"""Layout is drawn for both labels alike, changes white space and 「」 only, and marks keep their words."""

import random

from hypothesis import given
from hypothesis import strategies as st

from classifier import corpus, layout

LETTER = (
    "拝啓\n平素より格別のお引き立てをいただき\n厚く御礼申し上げます。さて「利用料金」の件です。\n\n"
    "・会員番号 1234\n・金額 3,000円\n敬具"
)


def words_of(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and c not in "「」")


@given(st.integers(0, 400))
def test_words_stay(seed: int) -> None:
    new = layout.relaid(LETTER, random.Random(seed))
    assert words_of(new) == words_of(LETTER)


@given(st.text(alphabet="あ未納。、「」\n ・:1料金のお支払い", max_size=120), st.integers(0, 50), st.data())
def test_stretches_move_with_their_words(text: str, seed: int, data: st.DataObject) -> None:
    new = layout.relaid(text, random.Random(seed))
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    ((a, b),) = layout.moved(text, new, [(start, end)])
    assert words_of(new[a:b]) == words_of(text[start:end])


def test_marks_of_the_corpus_still_stand_on_their_words() -> None:
    for example in corpus.build(corpus.read_authored([corpus.NOTICES / "mails-c.jsonl"])):
        for mark in example.flags:
            if mark.start is not None and mark.end is not None:
                assert example.text[mark.start : mark.end].strip()
