"""Two edits put together without losing a word, and mentions found where they are meant."""

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.formulas import mentions, merge, merging, spans

TEXTS = st.text(alphabet="ab \n.", max_size=40)


@pytest.mark.parametrize("module", [merging, mentions])
def test_the_examples_in_the_docs_are_true(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


def test_edits_of_different_lines_are_put_together():
    merged = merge("one\ntwo\nthree\n", "ONE\ntwo\nthree\n", "one\ntwo\nTHREE\nfour\n")
    assert merged.text == "ONE\ntwo\nTHREE\nfour\n"
    assert merged.clean


def test_edits_of_different_words_of_one_line_are_put_together():
    merged = merge(
        "Meet on Monday with Dana", "Meet on Tuesday with Dana", "Meet on Monday with Dana and Eli"
    )
    assert merged.text == "Meet on Tuesday with Dana and Eli"
    assert merged.clean


def test_where_both_changed_the_same_words_both_stand_and_it_is_said():
    merged = merge("Meet on Monday.", "Meet on Tuesday.", "Meet on Friday.")
    assert not merged.clean
    (piece,) = [piece for piece in merged.pieces if piece.kind == "both"]
    assert (piece.base, piece.yours, piece.theirs) == ("Monday.", "Tuesday.", "Friday.")
    assert merged.text == "Meet on Friday. Tuesday."


def test_what_one_removed_and_the_other_changed_stays():
    assert merge("Call Dana", "Call", "Call Dana!").text == "Call Dana!"


def test_what_one_removed_and_the_other_left_alone_is_gone():
    assert merge("a\nb\nc", "a\nc", "a\nb\nc").text == "a\nc"


def test_two_lines_added_at_the_end_both_stand():
    assert merge("a", "a\nmine", "a\ntheirs").text == "a\ntheirs\nmine"


@given(base=TEXTS, yours=TEXTS, theirs=TEXTS)
def test_a_side_that_changed_nothing_takes_the_other_and_no_new_word_is_lost(base, yours, theirs):
    assert merge(base, yours, base).text == yours
    assert merge(base, base, theirs).text == theirs
    assert merge(base, yours, yours).text == yours
    merged = merge(base, yours, theirs)
    assert "".join(piece.text for piece in merged.pieces) == merged.text
    assert "".join(piece.yours for piece in merged.pieces) == yours
    assert "".join(piece.theirs for piece in merged.pieces) == theirs
    for word in set(re.findall(r"\w+", yours + " " + theirs)) - set(re.findall(r"\w+", base)):
        assert word in merged.text


def test_texts_that_compare_slowly_are_taken_as_a_whole():
    one, other = "b\na\n" * 950 + "c", "a\nb\n\n" * 600
    merged = merge("a\n" * 1900, one, other)
    assert "both" in {piece.kind for piece in merged.pieces}
    assert "".join(piece.yours for piece in merged.pieces) == one


WORDS = ["Alice", "Alice Hill", "alice@northwind.test", "bo"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Alice please look", ["Alice"]),
        ("thanks @alice hill!", ["Alice Hill"]),
        ("(@Bo) and @alice@northwind.test.", ["bo", "alice@northwind.test"]),
        ("@Alice's idea", ["Alice"]),
        ("@Alice, @bo\n@alice", ["Alice", "bo", "Alice"]),
        ("mail bo@bo.test", []),
        ("https://social.test/@bo", []),
        ("@bob @bo_x @bo.smith @Alicent", []),
        ("@", []),
    ],
)
def test_a_mention_is_an_at_and_the_longest_word_that_is_known(text, found):
    assert [span.word for span in spans(text, WORDS)] == found
    assert all(text[span.start] == "@" for span in spans(text, WORDS))
