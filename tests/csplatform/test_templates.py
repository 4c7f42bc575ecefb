"""Rules that every template keeps: a fragment names its context, nothing is inline that the security policy refuses."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
TAGS = re.compile(r"{%.*?%}")  # the arguments of a tag are not attributes
INLINE = re.compile(r"""\s(?:style=["']|on[a-z]+=["']|hx-on)|<script(?![^>]*\b(?:src|nonce)=)|javascript:""")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_template_holds_inline_style_or_script(path):
    assert not INLINE.search(TAGS.sub("", path.read_text()))


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.name.startswith("_")], ids=name)
def test_the_first_line_of_a_fragment_names_its_context(path):
    assert re.match(r"\{# .*[Cc]ontext: .*#\}\n", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_icon_named_in_a_template_is_drawn(path):
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/img/icons.svg").read_text()))
    named = set(re.findall(r'_icon\.html" with name="([^"]+)"', path.read_text()))
    assert named <= drawn
