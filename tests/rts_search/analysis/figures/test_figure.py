"""The colours of figures on both pages and for colour-blind readers, and the size that pages reserve for a figure."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rts_search.analysis import report
from rts_search.analysis.figures import FIGURES, HEIGHT, HEIGHTS, SweepView
from rts_search.analysis.figures.figure import COLOURS, HOVER, NEUTRAL, layout, wrapped
from rts_search.analysis.figures.landscape import drawn
from tests.rts_search.landscapes import landscape

STYLES = (Path(report.__file__).parent / "assets" / "style.css").read_text()
SEEN = {
    "all": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes, IEEE TVCG 15, 1291 (2009): linear RGB as people without one kind of cones see it."""
Colours = npt.NDArray[np.float64]


def linear(colours: tuple[str, ...]) -> Colours:
    shares = np.array([[int(one[place : place + 2], 16) / 255 for place in (1, 3, 5)] for one in colours])
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def luminance(colours: tuple[str, ...]) -> Colours:
    """Relative luminance, as WCAG 2.2 defines it."""
    return linear(colours) @ np.array([0.2126, 0.7152, 0.0722])


def oklab(rgb: Colours) -> Colours:
    """Björn Ottosson's Oklab, in which distances are about as large as they look."""
    cones = [[0.4122215, 0.5363325, 0.0514460], [0.2119035, 0.6806995, 0.1073970], [0.0883025, 0.2817188, 0.6299787]]
    light = [0.2104543, 0.7936178, -0.0040720]
    opponents = [light, [1.9779985, -2.4285922, 0.4505937], [0.0259040, 0.7827718, -0.8086758]]
    return np.cbrt(np.clip(rgb @ np.array(cones).T, 0, None)) @ np.array(opponents).T


@pytest.mark.parametrize("ground", re.findall(r"--ground: (#[0-9a-f]{6})", STYLES))
def test_every_colour_has_a_contrast_of_3_to_the_light_and_to_the_dark_page(ground: str) -> None:
    page = luminance((ground,))[0] + 0.05
    own = luminance((*COLOURS, NEUTRAL)) + 0.05
    assert (np.maximum(page, own) / np.minimum(page, own)).min() >= 3.0


@pytest.mark.parametrize("seen", SEEN)
def test_colour_blind_readers_tell_any_two_colours_apart(seen: str) -> None:
    places = oklab(np.clip(linear(COLOURS) @ np.array(SEEN[seen]).T, 0, 1))
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1) + np.eye(len(places))
    assert apart.min() > 0.065, "three times what one just sees, which is about 0.02"


def test_every_figure_has_the_height_that_the_pages_reserve(view: SweepView) -> None:
    drawn_ones = {name: draw(view) for name, draw in FIGURES.items() if name != "importances"}
    heights = {name: one.layout["height"] for name, one in drawn_ones.items() if one is not None}
    assert heights == {name: HEIGHTS.get(name, HEIGHT) for name in heights}
    flat = drawn(landscape())
    assert flat is not None
    assert flat.layout["height"] == HEIGHTS["landscape"]
    assert f".plot {{ min-height: {HEIGHT}px; }}" in STYLES
    for name, height in HEIGHTS.items():
        assert f'figure[data-figure$="/{name}"] .plot {{ min-height: {height}px; }}' in STYLES


def test_no_figure_has_a_width_of_its_own(view: SweepView) -> None:
    assert "width" not in layout("x", "y")
    assert all("width" not in one.layout for draw in (FIGURES["curves"], FIGURES["tree"]) if (one := draw(view)))


def test_the_legend_is_above_the_figure_where_no_axis_is() -> None:
    legend = layout("x", "y")["legend"]
    assert legend["y"] >= 1.0
    assert legend["yanchor"] == "bottom"


def test_long_labels_are_wrapped() -> None:
    lines = wrapped("trial 20: " + "radius sine 0.322 1.41 training, " * 4).split("<br>")
    assert len(lines) > 3
    assert max(map(len, lines)) <= HOVER
