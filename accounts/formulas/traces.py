"""Words that name one person, found in texts and taken out of them.

>>> traces = Traces(["dana@lark.test", "Dana Ortiz"])
>>> traces.without("Ask Dana Ortiz <Dana@Lark.test>, not Jordana Ortiz.")
'Ask erased <erased>, not Jordana Ortiz.'
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

MARK = "erased"
SHORTEST = 3


def words_of(
    *, names: Iterable[str] = (), emails: Iterable[str] = (), phones: Iterable[str] = ()
) -> list[str]:
    """What a person is called, each once; a telephone number of digits alone may be any number and is left out."""
    said = [" ".join(name.split()) for name in names]
    said += [email.strip() for email in emails]
    said += [
        phone.strip() for phone in phones if sum(one.isdigit() for one in phone) >= 7 and not phone.isdigit()
    ]
    return list({word.lower(): word for word in said if len(word) >= SHORTEST}.values())


def is_telling(word: str) -> bool:
    """Whether a word means this person wherever it stands: a given name alone does not."""
    return any(not (letter.isalnum() or letter in "'-.") for letter in word) or "@" in word


def spellings(words: Iterable[str]) -> list[str]:
    """The words, and how they stand in addresses of the web and in JSON."""
    found: dict[str, None] = {}
    for word in words:
        for one in (word, word.replace("@", "%40"), word.replace(" ", "+"), word.replace(" ", "%20")):
            found[one] = None
        found[word.replace("\\", "\\\\").replace('"', '\\"')] = None
    return list(found)


class Traces:
    """Finds words that name somebody, whatever their case, where no letter or digit stands beside them."""

    def __init__(self, words: Collection[str]) -> None:
        either = (
            "|".join(re.escape(word) for word in sorted(spellings(words), key=len, reverse=True)) or "(?!)"
        )
        self.anywhere = re.compile(either, re.IGNORECASE)
        self.alone = re.compile(rf"(?<![^\W_])(?<![^\W_][._+-])(?:{either})(?![^\W_])", re.IGNORECASE)

    def may_be_in(self, packed: bytes) -> bool:
        """Whether bytes that hold texts may name the person; quick, and sometimes wrongly so."""
        return self.anywhere.search(packed.decode("utf-8", "replace")) is not None

    def names(self, value: Any) -> bool:
        """Whether a value, or any value in it, names the person."""
        if isinstance(value, str):
            return self.alone.search(value) is not None
        if isinstance(value, dict):
            return any(self.names(one) for pair in value.items() for one in pair)
        return isinstance(value, list) and any(self.names(one) for one in value)

    def without(self, value: Any) -> Any:
        """The value with the words taken out of every text in it."""
        if isinstance(value, str):
            return self.alone.sub(MARK, value)
        if isinstance(value, dict):
            return {name: self.without(one) for name, one in value.items()}
        return [self.without(one) for one in value] if isinstance(value, list) else value
