"""Azulejo tiles: the pictures of everything that has no photograph.

A tile is four-fold symmetric, like the tiles on the walls of Lisbon, Luís and Salvador: a rosette in the
middle, another shared by the four corners, leaves on the edges, and a frame that links them. A seed chooses
among them, so the same event has the same tile everywhere and for ever. Drawn with numbers only: nothing a
caller passes is copied into the SVG.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import cos, pi, sin
from typing import NamedTuple, TypeVar

VERSION = 1  # part of every tile's address, which is cached for ever: raise it when a drawing changes

T = TypeVar("T")

WIDTH, HEIGHT = 480, 320


class Palette(NamedTuple):
    """The glazes of one kiln, from the ground to the single warm accent."""

    ground: str
    pale: str
    mid: str
    deep: str
    accent: str


COBALT = Palette("#fbf8f0", "#cfdcf2", "#3f6cc4", "#173a85", "#e3a72f")
NIGHT = Palette("#15306e", "#294f9f", "#8fb0ea", "#f6f1e3", "#f0b840")
OCHRE = Palette("#fdf6e3", "#f6dc9c", "#d9941f", "#1d3f8a", "#b4432a")
LEAF = Palette("#f9f8ec", "#cfe3c4", "#3f8557", "#17503f", "#e0a32e")
BRICK = Palette("#fcf4ec", "#f3cdb6", "#c2573a", "#6f2219", "#1d4a94")
PLUM = Palette("#fbf5f5", "#e2cfe3", "#83508f", "#43225a", "#dda034")
RIVER = Palette("#f3faf7", "#bfe0dd", "#23848c", "#0c4a5b", "#e8a838")
STONE = Palette("#f5f1e6", "#d9d3c3", "#6f6d68", "#26272b", "#c68a1d")

DEFAULT_PALETTES = (COBALT, RIVER, OCHRE, NIGHT)

# What a family is painted in; a family that is not here (there may always be new ones) gets cobalt's company.
PALETTES: dict[str, tuple[Palette, ...]] = {
    # event categories
    "fado": (NIGHT, PLUM),
    "folklore": (BRICK, OCHRE),
    "cuisine": (OCHRE, BRICK),
    "festival": (OCHRE, BRICK, NIGHT),
    "language": (COBALT, RIVER),
    "business": (STONE, COBALT),
    "networking": (STONE, RIVER),
    "sports": (LEAF, STONE),
    "literature": (PLUM, COBALT),
    "arts": (PLUM, RIVER),
    "music": (NIGHT, BRICK),
    "dance": (BRICK, PLUM),
    "history": (COBALT, STONE),
    "religion": (PLUM, NIGHT),
    "community": (RIVER, COBALT),
    "education": (COBALT, LEAF),
    "family": (LEAF, OCHRE),
    # groups of business types
    "food": (OCHRE, COBALT, BRICK),
    "care": (PLUM, RIVER),
    "trades": (STONE, COBALT),
    "professional": (COBALT, STONE),
    "health": (RIVER, LEAF),
    "shops": (BRICK, COBALT),
    "culture": (NIGHT, PLUM),
    "travel": (RIVER, OCHRE),
    # nations
    "portugal": (COBALT, LEAF),
    "brasil": (LEAF, OCHRE),
    "angola": (BRICK, STONE),
    "mocambique": (LEAF, BRICK),
    "cabo-verde": (RIVER, COBALT),
    "guine-bissau": (OCHRE, LEAF),
    "sao-tome-e-principe": (LEAF, RIVER),
    "timor-leste": (BRICK, NIGHT),
    # the calçada: pavings of the town itself
    "town": (STONE,),
    "place": (STONE, RIVER, COBALT),
}
PAVED = frozenset({"town", "place", "business", "networking", "trades", "community"})


class Dice:
    """Choices that depend on a text and on nothing else."""

    def __init__(self, text: str) -> None:
        self._left = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest())

    def pick(self, options: Sequence[T]) -> T:
        self._left, chosen = divmod(self._left, len(options))
        return options[chosen]


def _at(radius: float, turn: float) -> str:
    """A point at a distance from the middle, ``turn`` of a full turn clockwise from the top."""
    x, y = radius * sin(2 * pi * turn), -radius * cos(2 * pi * turn)
    return f"{round(x, 1) + 0:g} {round(y, 1) + 0:g}"


def _petals(count: int, start: float, end: float, width: float, *, offset: float = 0.0) -> str:
    """The outline of ``count`` petals around the middle; ``width`` is in turns."""
    belly = start + (end - start) * 0.55
    return "".join(
        f"M{_at(start, turn)}Q{_at(belly, turn - width)} {_at(end, turn)}"
        f"Q{_at(belly, turn + width)} {_at(start, turn)}z"
        for turn in (offset + i / count for i in range(count))
    )


def _star(points: int, outer: float, inner: float, *, offset: float = 0.0) -> str:
    """The outline of a star."""
    corners = (_at(inner if i % 2 else outer, offset + i / (2 * points)) for i in range(2 * points))
    return "M" + "L".join(corners) + "z"


def _scallops(count: int, radius: float, *, offset: float = 0.0) -> str:
    """The outline of a round of small arcs, like the edge of lace."""
    bulge = radius * pi / count * 1.08
    ends = "".join(f"A{bulge:.1f} {bulge:.1f} 0 0 1 {_at(radius, offset + i / count)}" for i in range(1, count + 1))
    return f"M{_at(radius, offset)}{ends}z"


def _fill(path: str, colour: str) -> str:
    return f'<path d="{path}" fill="{colour}"/>'


def _line(path: str, colour: str, width: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _disc(radius: float, colour: str) -> str:
    return f'<circle r="{radius}" fill="{colour}"/>'


def _ring(radius: float, colour: str, width: float) -> str:
    return f'<circle r="{radius}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


# Rosettes, drawn around the middle in a circle of radius 34 and scaled where they are used.


def _marigold(p: Palette) -> str:
    return (
        _fill(_petals(8, 0, 34, 0.085), p.mid)
        + _fill(_petals(8, 6, 27, 0.045), p.pale)
        + _fill(_petals(8, 0, 24, 0.03, offset=1 / 16), p.deep)
        + _disc(7, p.accent)
        + _disc(2.6, p.deep)
    )


def _seal(p: Palette) -> str:
    return (
        _fill(_star(8, 34, 25.5), p.deep)
        + _fill(_star(8, 27, 20), p.ground)
        + _fill(_star(8, 23, 11, offset=1 / 16), p.mid)
        + _fill(_star(8, 14, 6), p.pale)
        + _disc(5, p.accent)
    )


def _quatrefoil(p: Palette) -> str:
    lobes = "".join(
        f'<circle cx="{x}" cy="{y}" r="15" fill="{p.mid}"/>' for x, y in ((0, -17), (17, 0), (0, 17), (-17, 0))
    )
    hearts = "".join(
        f'<circle cx="{x}" cy="{y}" r="9" fill="{p.pale}"/>' for x, y in ((0, -18), (18, 0), (0, 18), (-18, 0))
    )
    return (
        _fill(_petals(4, 6, 34, 0.06, offset=1 / 8), p.deep)
        + lobes
        + hearts
        + _fill(_petals(4, 4, 25, 0.055), p.deep)
        + _disc(6.5, p.accent)
    )


def _sun(p: Palette) -> str:
    return (
        _fill(_star(16, 34, 22), p.accent)
        + _disc(21, p.ground)
        + _fill(_petals(8, 4, 20, 0.07), p.mid)
        + _fill(_petals(8, 4, 17, 0.03, offset=1 / 16), p.deep)
        + _disc(4.5, p.accent)
    )


def _lace(p: Palette) -> str:
    return (
        _fill(_scallops(16, 30), p.mid)
        + _fill(_scallops(16, 26), p.ground)
        + _line(_petals(8, 5, 25, 0.075), p.deep, 1.8)
        + _fill(_petals(8, 10, 20, 0.04), p.pale)
        + _fill(_scallops(8, 7), p.deep)
        + _disc(3.6, p.accent)
    )


def _point(p: Palette) -> str:
    """A diamond point: the four facets of a cut stone, lit from the upper left."""
    return (
        f'<path d="M0-34L0 0H-34z" fill="{p.pale}"/><path d="M0-34L0 0H34z" fill="{p.mid}"/>'
        f'<path d="M0 34L0 0H-34z" fill="{p.mid}"/><path d="M0 34L0 0H34z" fill="{p.deep}"/>'
        + _line("M0-34L34 0L0 34L-34 0z", p.deep, 2)
        + _fill(_star(4, 12, 4.5), p.accent)
    )


def _camellia(p: Palette) -> str:
    return (
        _fill(_scallops(6, 28), p.mid)
        + _fill(_scallops(6, 21, offset=1 / 12), p.pale)
        + _line(_scallops(6, 21, offset=1 / 12), p.deep, 1.6)
        + _fill(_scallops(6, 13), p.mid)
        + _fill(_petals(6, 0, 13, 0.06, offset=1 / 12), p.deep)
        + _disc(4.5, p.accent)
    )


def _knot(p: Palette) -> str:
    loops = "".join(f'<ellipse rx="11" ry="31" transform="rotate({a})"/>' for a in (0, 45, 90, 135))
    return (
        f'<g fill="none" stroke="{p.mid}" stroke-width="4.5">{loops}</g>'
        f'<g fill="none" stroke="{p.ground}" stroke-width="1.2">{loops}</g>' + _disc(7, p.deep) + _disc(3.5, p.accent)
    )


ROSETTES: tuple[Callable[[Palette], str], ...] = (
    _marigold, _seal, _quatrefoil, _sun, _lace, _point, _camellia, _knot,
)  # fmt: skip


# Fields, the large shapes under the rosettes; tiles meet on their edges, 60 from the middle.


def _field_plain(p: Palette) -> str:
    return ""


def _field_discs(p: Palette) -> str:
    return _disc(52, p.pale) + _ring(52, p.mid, 2.5)


def _field_lozenge(p: Palette) -> str:
    return _fill("M0-60L60 0L0 60L-60 0z", p.pale) + _line("M0-54L54 0L0 54L-54 0z", p.mid, 2.2)


def _field_arcs(p: Palette) -> str:
    arcs = "".join(f"M{60 * x} 0A60 60 0 0 1 0 {60 * y}" for x, y in ((1, 1), (-1, -1)))
    arcs += "".join(f"M0 {60 * y}A60 60 0 0 1 {60 * x} 0" for x, y in ((-1, 1), (1, -1)))
    return _line(arcs, p.pale, 15) + _line(arcs, p.mid, 2.4)


def _field_cross(p: Palette) -> str:
    return _fill(
        "M-60-60L-16-44Q0-30 16-44L60-60L44-16Q30 0 44 16L60 60L16 44Q0 30-16 44L-60 60L-44 16Q-30 0-44-16z",
        p.pale,
    )


def _field_night(p: Palette) -> str:
    return f'<path d="M-60-60H60V60H-60z" fill="{p.deep}"/>' + _disc(55, p.ground) + _ring(50, p.mid, 2)


FIELDS: tuple[Callable[[Palette], str], ...] = (
    _field_plain, _field_discs, _field_lozenge, _field_arcs, _field_cross, _field_night,
)  # fmt: skip


# Edges: what sits where two tiles meet, drawn at the top and turned.


def _edge_leaves(p: Palette) -> str:
    return _fill("M0-60Q-20-52-24-36Q-6-40 0-60Q6-40 24-36Q20-52 0-60z", p.mid) + _fill(
        "M0-60Q-7-48 0-38Q7-48 0-60z", p.deep
    )


def _edge_lozenge(p: Palette) -> str:
    return _fill("M-15-60L0-45L15-60z", p.deep) + _fill("M-7-60L0-53L7-60z", p.accent)


def _edge_beads(p: Palette) -> str:
    return f'<g fill="{p.deep}"><circle cy="-60" r="7"/></g><circle cy="-45" r="3.2" fill="{p.accent}"/>'


def _edge_fleur(p: Palette) -> str:
    return _fill("M0-34Q-12-46 0-60Q12-46 0-34z", p.mid) + _line("M-18-60Q-18-46-5-44M18-60Q18-46 5-44", p.deep, 2.4)


def _edge_tendrils(p: Palette) -> str:
    return _line("M-38-56Q-20-36 0-52Q20-36 38-56", p.mid, 2.6) + f'<circle cy="-46" r="3.4" fill="{p.deep}"/>'


EDGES: tuple[Callable[[Palette], str], ...] = (
    _edge_leaves,
    _edge_lozenge,
    _edge_beads,
    _edge_fleur,
    _edge_tendrils,
)


def _azulejo(p: Palette, dice: Dice) -> tuple[str, str]:
    """One tile of 120, and the strength of the joints between tiles."""
    field, edge = dice.pick(FIELDS), dice.pick(EDGES)
    middle = dice.pick(ROSETTES)
    corner = dice.pick([rosette for rosette in ROSETTES if rosette is not middle])
    size = dice.pick((0.92, 1.04, 1.14)) if field is not _field_night else 1.0
    small = dice.pick((0.5, 0.62, 0.74))
    corners = "".join(f'<use href="#c" x="{x}" y="{y}"/>' for x in (-60, 60) for y in (-60, 60))
    turned = "".join(f'<use href="#e" transform="rotate({angle})"/>' for angle in (0, 90, 180, 270))
    drawing = (
        f'<defs><g id="c"><g transform="scale({small})">{corner(p)}</g></g><g id="e">{edge(p)}</g></defs>'
        f'<path d="M-60-60H60V60H-60z" fill="{p.ground}"/>{field(p)}{turned}{corners}'
        f'<g transform="scale({size})">{middle(p)}</g>'
    )
    return drawing, p.deep


def _calcada(p: Palette, dice: Dice) -> tuple[str, str]:
    """One stretch of 120 of wave paving, dark stone in light, as in Rossio, Manaus and Copacabana."""
    depth = dice.pick((14, 20, 26))
    dark = dice.pick((p.deep, p.deep, p.mid))
    wave = (
        f"M-60-30C-40 {-30 - depth}-20 {-30 - depth} 0-30S40 {-30 + depth} 60-30"
        f"V30C40 {30 + depth} 20 {30 + depth} 0 30S-40 {30 - depth}-60 30z"
    )
    stones = "".join(f"M-60 {y}H60M{y}-60V60" for y in range(-60, 61, 10))
    drawing = (
        f'<path d="M-60-60H60V60H-60z" fill="{p.ground}"/>{_fill(wave, dark)}'
        f'<path d="{stones}" stroke="{p.ground}" stroke-opacity=".28" stroke-width="1.1"/>'
        f'<path d="{stones}" stroke="{p.deep}" stroke-opacity=".13" stroke-width=".7"/>'
    )
    return drawing, ""


@lru_cache(maxsize=2048)
def tile_svg(family: str, seed: str) -> str:
    """The picture of something: a wall of tiles chosen by its family (category, type, region) and seed (its slug).

    The same two words give the same picture for ever, or until VERSION is raised.
    Less than 5 kB, about 1 kB compressed.
    """
    dice = Dice(f"{family}/{seed}")
    palette = dice.pick(PALETTES.get(family, DEFAULT_PALETTES))
    paved = family in PAVED and (family == "town" or dice.pick((True, False, False)))
    drawing, joint = (_calcada if paved else _azulejo)(palette, dice)
    side = dice.pick((120, 160, 160)) if not paved else 80
    # Glaze: no two fired tiles have quite the same tone.
    columns, rows = WIDTH // side, HEIGHT // side
    tones = "".join(
        f'<path d="M{side * dice.pick(range(columns))} {side * dice.pick(range(rows))}'
        f'h{side}v{side}h-{side}z" fill="{tone}"/>'
        for tone in ("#fff", "#000", "#fff")
    )
    joints = "".join(f"M{x} 0V{HEIGHT}" for x in range(0, WIDTH + 1, side)) + "".join(
        f"M0 {y}H{WIDTH}" for y in range(0, HEIGHT + 1, side)
    )
    surface = (
        f'<g opacity=".04">{tones}</g><path d="{joints}" stroke="#fff" stroke-opacity=".55" stroke-width="2"/>'
        f'<path d="{joints}" stroke="{joint}" stroke-opacity=".35"/>'
        if joint
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<defs><pattern id="t" width="{side}" height="{side}" patternUnits="userSpaceOnUse">'
        f'<g transform="translate({side / 2:g} {side / 2:g}) scale({side / 120:.4g})">{drawing}</g></pattern></defs>'
        f'<path d="M0 0H{WIDTH}V{HEIGHT}H0z" fill="url(#t)"/>{surface}</svg>'
    ).replace(" -", "-")
