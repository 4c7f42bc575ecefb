"""The slide: both files, no text beyond its place, and what it says."""

import io
import struct

import pytest

from csplatform.reports.slide import HEIGHT, WIDTH, Figured, Moved, Paper, Slide, _draw, draw_slide

LONG = "Wolfram & Wagner Maschinenbau " * 7
WORD = "W" * 200


def slide(name=LONG, moved=5):
    why = f"Watch → At risk; {name}'s rating went from very good to weak (-8.2); Active users went from 20% to 13%."
    return Slide(
        headline=f"{name} at risk", subtitle=name, heading="What moved", nothing="Nothing", footer=name,
        numbers=[Figured("€349k" if number else name, name, "bad") for number in range(5)],
        moved=[Moved(name, "-12.4", why, "bad")] * moved,
    )  # fmt: skip


@pytest.mark.parametrize("name", [LONG, WORD, "$x_1$ and \\frac", "Søren Ødegård", "你好", ""])
def test_no_text_leaves_its_place_or_runs_into_another(name):
    paper = Paper()
    _draw(slide(name), paper)
    boxes = []
    for text, width, _height in paper.texts:
        box = text.get_window_extent(paper.canvas.get_renderer())
        assert box.width <= width + 0.5, text.get_text()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= WIDTH - 30, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= HEIGHT, text.get_text()
        boxes.append(box)
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            wide = min(one.x1, other.x1) - max(one.x0, other.x0)
            high = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert wide <= 1 or high <= 2, "two texts lie on each other"


def test_both_files_are_what_they_say():
    pdf, png = draw_slide(slide(), kind="pdf"), draw_slide(slide(moved=0), kind="png")
    assert pdf.startswith(b"%PDF-")
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (1920, 1080)
    assert len(pdf) < 400_000
    assert io.BytesIO(pdf).getvalue().rstrip().endswith(b"%%EOF")


def test_a_leader_takes_the_slide_of_the_page_along(world):
    for kind, begins in (("pdf", b"%PDF-"), ("png", b"\x89PNG")):
        answer = world.visit.lena.get(f"/risk/monday/slide?format={kind}&segment=Enterprise")
        assert answer.status_code == 200
        assert answer.content.startswith(begins)
        assert f".{kind}" in answer["Content-Disposition"]
    assert world.visit.lena.get("/risk/monday/slide?format=gif").status_code == 400
    assert world.visit.charlie.get("/risk/monday/slide").status_code == 404
