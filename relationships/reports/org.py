"""The org chart of an account: who reports to whom, what should be known and is not, and where everything is drawn.

Three steps, each plain data: `org_rule` says which boxes the account plan asks for (main contact, champion, a peer of
theirs, two levels of leadership above) and adds an empty one for each that nobody fills; `org_chart` hangs people under
whom they report to; `org_layout` gives every box a place, leaves of a broad team stacked in columns, and folds whole
branches of a chart that would become too wide to read. No Django.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Point = tuple[float, float]

DEPTH = 12
WIDTH, HEIGHT, FOURTH = 216, 76, 20  # a box of three lines, and what a fourth one takes
GAP, DROP, STACK, RAIL = 18, 44, 12, 22
MARGIN, HEAD = 14, 34
BESIDE, FEW = (
    4,
    14,
)  # so many leaves stand side by side in a chart of few people; in a larger one they are stacked
ROOM = (1900, 1400)  # a chart of this size is legible on a screen as a whole; a larger one is folded
FOLDS = [(deep, tall) for deep in (3, 2, 1, 0) for tall in (700, 1100, 1600)]
LOOSE = 5  # columns of those who have no place in the tree
TOP = re.compile(
    r"\b(ceo|chief executive|founder|owner|proprietor|president|managing director|geschäftsführer(in)?|gérante?)\b",
    re.IGNORECASE,
)
NOT_TOP = re.compile(
    r"\bvice[ -]|\b(product|process|data|service|system|technical|business) owner\b", re.IGNORECASE
)
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
THIN, THICK = set("iljtfrI.,:;'!|()[] -"), set("mwMWGOQ@%")


def org_rule(
    people: Sequence[Row], *, contact: Any = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the account plan asks of an org chart, and the people with an empty box for whatever is missing.

    people: {id, reports_to, role, title, left (whether they left)}. contact: the id of the main contact, or None.
    Returns (checks, rows). checks: {key: contact | champion | peer | leader1 | leader2, state: known | empty |
    not_needed, ids}; above the head of a company nobody is missing. An empty box is a row {id: "seat:<key>", seat: key,
    reports_to, of: the id of whom it stands above or beside, or None}; rows that hang under one are copies.
    """
    rows: dict[Any, dict[str, Any]] = {row["id"]: dict(row) for row in people}
    here = {key: row for key, row in rows.items() if not row.get("left")}
    champion = next((key for key, row in here.items() if row.get("role") == "champion"), None)
    contact = contact if contact in here else None
    checks = [_check("contact", [contact] if contact is not None else [])]
    checks.append(_check("champion", [champion] if champion is not None else []))
    if champion is None:
        middle: Any = "seat:champion"
        above = here[contact]["reports_to"] if contact is not None else None
        rows[middle] = _seat("champion", above if above in here else None, contact)
    else:
        middle = champion
    if contact is None:
        rows["seat:contact"] = _seat("contact", None, None)
    first = _leader(rows, here, middle, "leader1", checks)
    if first is not None:
        _leader(rows, here, first, "leader2", checks)
    else:
        checks.append({"key": "leader2", "state": "not_needed", "ids": []})
    _peers(rows, here, middle, first, checks)
    return checks, list(rows.values())


def _check(key: str, ids: Sequence[Any]) -> dict[str, Any]:
    return {"key": key, "state": "known" if ids else "empty", "ids": list(ids)}


def _seat(key: str, reports_to: Any, of: Any) -> dict[str, Any]:
    return {"id": f"seat:{key}", "seat": key, "reports_to": reports_to, "of": of}


def _leader(
    rows: dict[Any, dict[str, Any]],
    here: Mapping[Any, Row],
    below: Any,
    key: str,
    checks: list[dict[str, Any]],
) -> Any:
    """Whoever leads ``below``: a person, or an empty box that is put there; None where nobody needs to."""
    above = rows[below]["reports_to"]
    if above in here and above != below:
        checks.append(_check(key, [above]))
        return above
    if is_top(rows[below].get("title") or ""):
        checks.append({"key": key, "state": "not_needed", "ids": []})
        return None
    made = _seat(key, None, None if str(below).startswith("seat:") else below)
    if above in rows:  # who led them left: the empty box takes that place
        made["reports_to"] = rows[above]["reports_to"] if rows[above]["reports_to"] in here else None
    rows[made["id"]] = made
    rows[below]["reports_to"] = made["id"]
    checks.append(_check(key, []))
    return made["id"]


def _peers(
    rows: dict[Any, dict[str, Any]],
    here: Mapping[Any, Row],
    middle: Any,
    first: Any,
    checks: list[dict[str, Any]],
) -> None:
    """Those who report to the same person as the champion; an empty box where there is none."""
    if first is None:
        checks.append({"key": "peer", "state": "not_needed", "ids": []})
        return
    beside = [key for key in here if key != middle and rows[key]["reports_to"] == first]
    checks.append(_check("peer", beside))
    if not beside:
        rows["seat:peer"] = _seat("peer", first, None if str(middle).startswith("seat:") else middle)


def is_top(title: str) -> bool:
    """Whether a title is that of the head of a company, above whom nobody is missing."""
    return bool(TOP.search(NOT_TOP.sub("", title))) and not NOT_TOP.search(title)


def org_chart(people: Iterable[Row]) -> dict[str, Any]:
    """Who reports to whom, as nested nodes {person, children}, each in the order given.

    people: any mapping with `id` and `reports_to` (an id or None). Returns {roots: those with someone under or over
    them, unplaced: those with neither}. A circle of reports is cut at its first person; below DEPTH levels all hang
    side by side, so that drawing it can never run away.
    """
    nodes: dict[Any, dict[str, Any]] = {row["id"]: {"person": row, "children": []} for row in people}
    parent = {key: node["person"].get("reports_to") for key, node in nodes.items()}
    depth = {key: _depth(key, parent) for key in nodes}
    roots = []
    for key, node in nodes.items():
        above = parent[key]
        if above not in nodes or depth[key] == 0:
            roots.append(node)
            continue
        while depth[above] >= DEPTH:
            above = parent[above]
        nodes[above]["children"].append(node)
    return {
        "roots": [node for node in roots if node["children"]],
        "unplaced": [node["person"] for node in roots if not node["children"]],
    }


def _depth(key: Any, parent: dict[Any, Any]) -> int:
    """Levels above a person; a circle is opened at the person where it is first entered, who becomes a root."""
    seen = [key]
    while parent.get(seen[-1]) in parent:
        above = parent[seen[-1]]
        if above in seen:
            parent[above] = None
            break
        seen.append(above)
    return len(seen) - 1 if parent.get(seen[-1]) not in parent else _depth(key, parent)


@dataclass
class _Block:
    """Boxes that keep their places among one another, from (0, 0) on; ``tops`` are where a line from above arrives."""

    width: float
    height: float
    tops: list[float]
    boxes: list[tuple[Row, float, float]] = field(default_factory=list)
    lines: list[list[Point]] = field(default_factory=list)

    def take(self, other: "_Block", x: float, y: float) -> None:
        self.boxes += [(row, left + x, top + y) for row, left, top in other.boxes]
        self.lines += [[(left + x, top + y) for left, top in line] for line in other.lines]


def org_layout(people: Iterable[Row], edges: Iterable[Row] = (), *, lines: int = 3) -> dict[str, Any]:
    """Where every box of an org chart stands, in pixels, and every line.

    people: as for `org_chart`. edges: {source, target (ids), kind, strength 1..3}. lines: of text in a box, 3 or 4.
    Returns {width, height, box {width, height}, boxes [{row, x, y}], lines [an SVG
    path], edges [{row, path}], loose (where those without a place begin, or None)}; an edge to somebody who is not
    drawn is left out.
    """
    rows = list(people)
    beside = BESIDE if len(rows) <= FEW else 1
    tall = HEIGHT + (FOURTH if lines > 3 else 0)
    tree = org_chart(rows)
    whole = _forest(tree["roots"], tall, beside, None)
    if _size(whole) > 1:
        folded = (_forest(tree["roots"], tall, beside, fold) for fold in FOLDS)
        whole = min(whole, *folded, key=_size)
    loose = None
    if tree["unplaced"]:
        loose = whole.height + (HEAD if tree["roots"] else 0)
        _add_loose(whole, tree["unplaced"], tall, loose)
    boxes: list[dict[str, Any]] = [
        {"row": row, "x": x + MARGIN, "y": y + MARGIN} for row, x, y in whole.boxes
    ]
    return {
        "width": math.ceil(whole.width) + 2 * MARGIN,
        "height": math.ceil(whole.height) + 2 * MARGIN,
        "box": {"width": WIDTH, "height": tall},
        "boxes": boxes,
        "lines": [_path([(x + MARGIN, y + MARGIN) for x, y in line]) for line in whole.lines],
        "edges": _edges(edges, {box["row"]["id"]: (box["x"], box["y"]) for box in boxes}, tall),
        "loose": None if loose is None or not tree["roots"] else loose + MARGIN,
    }


def _size(block: _Block) -> float:
    """How much larger than legible as a whole."""
    return max(block.width / ROOM[0], block.height / ROOM[1])


def _forest(roots: Sequence[Row], tall: float, beside: int, fold: tuple[int, int] | None) -> _Block:
    whole = _Block(0, 0, [])
    for node in roots:
        block = _place(node, tall, beside, fold)
        whole.take(block, whole.width + (GAP * 2 if whole.width else 0), 0)
        whole.width += block.width + (GAP * 2 if whole.width else 0)
        whole.height = max(whole.height, block.height)
    return whole


def _place(node: Row, tall: float, beside: int, fold: tuple[int, int] | None) -> _Block:
    """A person with everybody under them; more than ``beside`` leaves are stacked. ``fold``: under whom so many levels
    down everybody is listed, in columns of what height."""
    children = node["children"]
    if not children:
        return _Block(WIDTH, tall, [WIDTH / 2], [(node["person"], 0, 0)])
    deeper = None if fold is None else (fold[0] - 1, fold[1])
    leaves = [child for child in children if not child["children"]]
    if fold is not None and fold[0] == 0:
        parts = [_hung([_listed(child, tall) for child in children], tall, fold[1])]
    elif len(leaves) > beside or (len(leaves) > 2 and len(leaves) < len(children)):
        parts = [_place(child, tall, beside, deeper) for child in children if child["children"]]
        parts.append(_stack([leaf["person"] for leaf in leaves], tall))
    else:
        parts = [_place(child, tall, beside, deeper) for child in children]
    below = sum(part.width for part in parts) + GAP * (len(parts) - 1)
    block = _Block(max(WIDTH, below), tall + DROP + max(part.height for part in parts), [])
    x, tops = (block.width - below) / 2, []
    for part in parts:
        block.take(part, x, tall + DROP)
        tops += [x + top for top in part.tops]
        x += part.width + GAP
    middle = min(max((tops[0] + tops[-1]) / 2, WIDTH / 2), block.width - WIDTH / 2)
    block.tops = [middle]
    block.boxes.insert(0, (node["person"], middle - WIDTH / 2, 0))
    half = tall + DROP / 2
    for top in tops:
        block.lines.append([(middle, tall), (middle, half), (top, half), (top, tall + DROP)])
    return block


def _stack(people: Sequence[Row], tall: float) -> _Block:
    """A broad team: columns of boxes."""
    deep = min(len(people), max(4, round(math.sqrt(1.6 * len(people)))))
    parts = [_Block(WIDTH, tall, [], [(person, 0, 0)]) for person in people]
    return _hung(parts, tall, deep * (tall + STACK) - STACK)


def _hung(parts: Sequence[_Block], tall: float, most: float) -> _Block:
    """Columns of blocks, none higher than ``most`` unless one block is, each hanging on a rail at its left."""
    block = _Block(0, 0, [])
    left, top, wide = 0.0, 0.0, 0.0
    for part in parts:
        if top and top + part.height > most:
            left, top, wide = left + RAIL + wide + GAP, 0.0, 0.0
        if not top:
            block.tops.append(left + RAIL / 3)
        block.take(part, left + RAIL, top)
        middle = top + tall / 2
        block.lines.append([(left + RAIL / 3, 0), (left + RAIL / 3, middle), (left + RAIL, middle)])
        wide = max(wide, part.width)
        block.width = max(block.width, left + RAIL + wide)
        block.height = max(block.height, top + part.height)
        top += part.height + STACK
    return block


def _listed(node: Row, tall: float) -> _Block:
    """A person with everybody under them as a list, each level further in."""
    block = _Block(WIDTH, tall, [], [(node["person"], 0, 0)])
    if node["children"]:
        below = _hung([_listed(child, tall) for child in node["children"]], tall, math.inf)
        block.take(below, 0, tall + STACK)
        block.lines.append([(RAIL / 3, tall), (RAIL / 3, tall + STACK)])
        block.width = max(WIDTH, below.width)
        block.height = tall + STACK + below.height
    return block


def _add_loose(whole: _Block, people: Sequence[Row], tall: float, start: float) -> None:
    """Those who report to nobody and lead nobody, in a grid below the tree."""
    across = max(LOOSE, int((whole.width + GAP) // (WIDTH + GAP)))
    across = min(across, len(people))
    for place, person in enumerate(people):
        row, column = divmod(place, across)
        whole.boxes.append((person, column * (WIDTH + GAP), start + row * (tall + GAP)))
    whole.width = max(whole.width, across * (WIDTH + GAP) - GAP)
    whole.height = start + math.ceil(len(people) / across) * (tall + GAP) - GAP


def _edges(edges: Iterable[Row], places: Mapping[Any, Point], tall: float) -> list[dict[str, Any]]:
    drawn = []
    for edge in edges:
        if edge["source"] in places and edge["target"] in places and edge["source"] != edge["target"]:
            drawn.append({"row": edge, "path": _curve(places[edge["source"]], places[edge["target"]], tall)})
    return drawn


def _curve(start: Point, end: Point, tall: float) -> str:
    """A bow from the border of one box to that of another, to the right as seen in its direction."""
    (ax, ay), (bx, by) = ((x + WIDTH / 2, y + tall / 2) for x, y in (start, end))
    far = math.hypot(bx - ax, by - ay) or 1.0
    bend = min(60.0, 0.18 * far)
    control = ((ax + bx) / 2 + bend * (by - ay) / far, (ay + by) / 2 - bend * (bx - ax) / far)
    first, last = _border((ax, ay), control, tall), _border((bx, by), control, tall)
    return f"M{_n(first[0])} {_n(first[1])}Q{_n(control[0])} {_n(control[1])} {_n(last[0])} {_n(last[1])}"


def _border(middle: Point, towards: Point, tall: float) -> Point:
    """Where the way from the middle of a box to a point leaves the box, and a little further."""
    dx, dy = towards[0] - middle[0], towards[1] - middle[1]
    scale = min(
        (WIDTH / 2 + 3) / abs(dx) if dx else math.inf, (tall / 2 + 3) / abs(dy) if dy else math.inf, 1.0
    )
    return middle[0] + dx * scale, middle[1] + dy * scale


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def fitted(text: object, pixels: float, size: float = 13) -> str:
    """The text on one line, cut by an ellipsis where it would be wider than so many pixels; fit for XML."""
    flat = " ".join(ILLEGAL.sub("", str(text if text is not None else "")).split())
    room, used = pixels / size, 0.0
    for place, sign in enumerate(flat):
        used += _wide(sign)
        if used > room:
            return flat[: max(place - 1, 0)].rstrip() + "…"
    return flat


def _wide(sign: str) -> float:
    """How wide a sign is, in parts of the size of the type: about what a sans serif takes."""
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.05
    if sign in THIN:
        return 0.33
    return 0.85 if sign in THICK else 0.68 if sign.isupper() else 0.56
