"""The example in the package docstring is a test of its own."""

import doctest

from health import formulas


def test_the_larkspur_example_of_the_docstring_holds() -> None:
    result = doctest.testmod(formulas)
    assert result.attempted > 10
    assert result.failed == 0
