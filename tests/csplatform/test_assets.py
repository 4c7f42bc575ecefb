import json
import re
from pathlib import Path

import plotly.offline

from csplatform import assets

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "package-lock.json").read_text())


def test_the_page_draws_with_the_plotly_that_python_was_made_for():
    locked = LOCK["packages"]["node_modules/plotly.js-basic-dist-min"]["version"]
    assert locked == plotly.offline.get_plotlyjs_version()


def test_the_lock_pins_every_package_and_names_no_registry():
    assert "http" not in json.dumps([entry.get("resolved", "") for entry in LOCK["packages"].values()])
    assert all("integrity" in entry for name, entry in LOCK["packages"].items() if name)


def test_every_vendored_file_that_a_page_or_style_asks_for_is_brought():
    asked = set()
    for file in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/css/*.css")]:
        asked |= set(re.findall(r"vendor/([\w./-]+)", file.read_text()))

    assert asked == set(assets.FILES.values())


def test_what_is_brought_names_no_source_map():
    for target in assets.FILES.values():
        assert b"sourceMappingURL" not in (assets.VENDOR / target).read_bytes()
