"""One slide as PDF and PNG: a headline, a few numbers, and what moved with its reasons, to be read from the back of a
room.

Every text is measured with the font it is drawn in, wrapped, and cut with an ellipsis where its place ends, so that no
name runs into its neighbour. The font (DejaVu Sans) comes with the library: no machine needs one. The library is
loaded with the first slide, because a process that draws none should not wait for it.
"""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, DPI = 960, 540, 144  # points, 16:9; the PNG is 1920 x 1080
MARGIN = 44
INK, QUIET, LINE = "#1a1a1f", "#494953", "#d0d0d9"
TONES = {"bad": "#b42318", "good": "#1a7f37", "": INK}
MEDIA = {"pdf": "application/pdf", "png": "image/png"}
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Figured:
    """One number of the slide. ``tone``: good, bad or nothing; the words say it too."""

    value: str
    label: str
    tone: str = ""


@dataclass(frozen=True)
class Moved:
    """One account that moved: by how much, and why in words."""

    name: str
    change: str
    reason: str
    tone: str = ""


@dataclass(frozen=True)
class Slide:
    """What is drawn: at most five numbers and five that moved; ``nothing`` stands where none did."""

    headline: str
    subtitle: str
    numbers: Sequence[Figured]
    heading: str
    moved: Sequence[Moved]
    nothing: str
    footer: str


def draw_slide(slide: Slide, *, kind: str) -> bytes:
    """The slide as a file of this kind (MEDIA)."""
    from matplotlib import rc_context

    with rc_context({"font.family": "DejaVu Sans"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a sign that the font lacks is drawn as a box
        paper = Paper()
        _draw(slide, paper)
        content = io.BytesIO()
        about = {"Title": slide.headline} | ({"CreationDate": None} if kind == "pdf" else {})
        paper.figure.savefig(content, format=kind, dpi=DPI, metadata=about)
    return content.getvalue()


class Paper:
    """A page whose places are given in points from its upper left corner."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)
        self.texts: list[tuple[Any, float, float]] = []  # with the width and height that each may take

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """How wide a line of text is, in points."""
        from matplotlib.font_manager import FontProperties

        font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
        return float(self.canvas.get_renderer().get_text_width_height_descent(text, font, False)[0])

    def write(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float,
        width: float,
        lines: int = 1,
        bold: bool = False,
        colour: str = INK,
    ) -> int:
        """Write text from its upper left corner into a place of this width and at most so many lines; how many it
        took."""
        found = self.lines(text, size=size, width=width, most=lines, bold=bold)
        for number, line in enumerate(found):
            drawn = self.figure.text(
                x / WIDTH,
                1 - (y + number * size * 1.25) / HEIGHT,
                line,
                size=size,
                weight="bold" if bold else "normal",
                color=colour,
                va="top",
                parse_math=False,
            )
            self.texts.append((drawn, width, size * 1.5))
        return len(found)

    def lines(self, text: str, *, size: float, width: float, most: int, bold: bool = False) -> list[str]:
        """Text in lines that fit the width, the last cut where there would be more."""
        words, line = text.split(), ""
        found: list[str] = []
        while words:
            longer = f"{line} {words[0]}".strip()
            if self.width(longer, size, bold) <= width:
                line = longer
                words.pop(0)
            elif len(found) == most - 1:
                return [*found, self.cut(" ".join([line, *words]).strip(), size=size, width=width, bold=bold)]
            elif line:
                found.append(line)
                line = ""
            else:  # one word, longer than the line
                line = self.cut(words[0], size=size, width=width, bold=bold, end="")
                words[0] = words[0][len(line) :]
                found.append(line)
                line = ""
        return [*found, line] if line else found

    def cut(self, text: str, *, size: float, width: float, bold: bool, end: str = ELLIPSIS) -> str:
        """As much of the text as fits with the ellipsis behind it; at least one letter."""
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width(text[:middle].rstrip() + end, size, bold) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return (text[:low].rstrip() + end) if end else text[:low]

    def rule(self, y: float) -> None:
        """A thin line across the page."""
        from matplotlib.lines import Line2D

        place = 1 - y / HEIGHT
        self.figure.add_artist(
            Line2D([MARGIN / WIDTH, 1 - MARGIN / WIDTH], [place, place], color=LINE, linewidth=1)
        )


def _draw(slide: Slide, paper: Paper) -> None:
    inner = WIDTH - 2 * MARGIN
    taken = paper.write(slide.headline, MARGIN, 34, size=27, width=inner, lines=2, bold=True)
    y = 34 + taken * 34 + 6
    paper.write(slide.subtitle, MARGIN, y, size=14, width=inner, colour=QUIET)
    y += 38
    numbers = slide.numbers[:5]
    step = inner / max(len(numbers), 1)
    for place, one in enumerate(numbers):
        x = MARGIN + place * step
        paper.write(one.value, x, y, size=28, width=step - 14, bold=True, colour=TONES[one.tone])
        paper.write(one.label, x, y + 38, size=13, width=step - 14, lines=2, colour=QUIET)
    y += 86
    paper.rule(y)
    paper.write(slide.heading, MARGIN, y + 12, size=17, width=inner, bold=True)
    y += 44
    if not slide.moved:
        paper.write(slide.nothing, MARGIN, y, size=16, width=inner, colour=QUIET)
    room = HEIGHT - 34 - y
    for place, row in enumerate(slide.moved[: max(1, min(5, int(room // 44)))]):
        top = y + place * 44
        paper.write(row.name, MARGIN, top, size=16, width=250, lines=2, bold=True)
        paper.write(row.change, MARGIN + 264, top, size=17, width=86, bold=True, colour=TONES[row.tone])
        paper.write(row.reason, MARGIN + 360, top, size=14, width=inner - 360, lines=2, colour=INK)
    paper.write(slide.footer, MARGIN, HEIGHT - 24, size=11, width=inner, colour=QUIET)


__all__ = ["MEDIA", "Figured", "Moved", "Slide", "draw_slide"]
