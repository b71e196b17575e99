import io
import re
import subprocess
import sys
from functools import cache

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from patience import PATIENCE
from PIL import Image

from clfer.experiments.printed import (
    ONE_COLUMN,
    TWO_COLUMNS,
    BarPanel,
    Bars,
    Heatmap,
    Line,
    LinePanel,
    PrintedFigure,
    Scatter,
    bar_panels,
    heatmaps,
    image_grid,
    line_panels,
    scatter_grid,
    to_pdf,
    to_png,
)
from clfer.experiments.printed.style import print_style
from clfer.experiments.printed.text import text_width, wrapped
from clfer.expressions import BASIC_EXPRESSIONS, EXPRESSIONS
from clfer.figures.theme import palette

RANDOM = np.random.default_rng(3)
NAMES = BASIC_EXPRESSIONS[:4]
SHARES = RANDOM.uniform(0, 100, (4, 4))
CHANGES = RANDOM.uniform(-20, 20, (4, 4))
POINTS = Scatter(RANDOM.normal(size=(40, 2)), [EXPRESSIONS[i % 8] for i in range(40)])
FACE = RANDOM.integers(0, 255, (12, 12), dtype=np.uint8)
MAP = RANDOM.uniform(size=(6, 6))


def bars() -> Figure:
    baseline = Bars("baseline", [20.0, None, 80.44], [(10.0, 30.0), (0.0, 0.0), (79.0, 90.0)])
    panel = BarPanel(["neutral", "happiness", "a long name of a group"], [baseline,
                     Bars("ours", [60.06, 70.0, 98.0])], "recall (%)", "(a) RAF-DB")  # fmt: skip
    return bar_panels([panel])


def lines() -> Figure:
    epochs = list(range(1, 6))
    one = Line("baseline", epochs, [5, 4, 3, 2, 1], [4, 3, 2, 1, 0.5], [6, 5, 4, 3, 2])
    panel = LinePanel(
        [one, Line("ours", epochs, [3, 2, 1, 0.5, 0.1])], "epoch", "loss", "(a) train"
    )
    logarithmic = LinePanel([one], "epoch", "loss", "(b) test", log=True, marks=[(4, "paper")])
    return line_panels([panel, logarithmic])


def heat() -> Figure:
    panels = [Heatmap(SHARES, NAMES, NAMES, name) for name in ("baseline", "ours")]
    change = Heatmap(CHANGES, NAMES, NAMES, "change", difference=True)
    return heatmaps(
        [*panels, change], highest=100, x="recognised as", y="labelled", decimals=1, across=3
    )


def scatter() -> Figure:
    return scatter_grid([[POINTS, POINTS], [None, POINTS]], ["baseline", "ours"], ["1", "40"])


def images() -> Figure:
    cells = [[FACE, MAP, MAP], [FACE, None, MAP]]
    return image_grid(cells, ["baseline", "CL + MSR"], ["face", "block 1", "block 2"])


DRAWINGS = {"bars": bars, "lines": lines, "heat": heat, "scatter": scatter, "images": images}
WIDTHS = {"bars": ONE_COLUMN, "lines": ONE_COLUMN, "heat": TWO_COLUMNS, "scatter": TWO_COLUMNS,
          "images": ONE_COLUMN}  # fmt: skip


def printed(name: str) -> PrintedFigure:
    return PrintedFigure(name, f"Caption with α of {name}.", "The finding.", DRAWINGS[name])


@cache
def drawn(name: str) -> Figure:
    with print_style():
        figure = DRAWINGS[name]()
        FigureCanvasAgg(figure).draw()
    return figure


@cache
def pdf_of(name: str) -> bytes:
    return to_pdf(printed(name))


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize("name", DRAWINGS)
def test_files_are_the_same_each_time_and_have_the_size_of_print(name):
    pdf, png = pdf_of(name), to_png(printed(name), dpi=50)
    assert pdf == to_pdf(printed(name))
    picture = Image.open(io.BytesIO(png))
    assert picture.width == pytest.approx(50 * WIDTHS[name], abs=1)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf)
    assert float(box[1]) == pytest.approx(72 * WIDTHS[name], abs=0.1)
    assert picture.height / picture.width == pytest.approx(float(box[2]) / float(box[1]), abs=0.02)


@pytest.mark.parametrize("name", DRAWINGS)
def test_pdf_embeds_its_fonts_and_no_time(name):
    pdf = pdf_of(name)
    assert b"/FontFile2" in pdf  # TrueType, fonttype 42
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_lies_beyond_the_edge(name):
    figure = drawn(name)
    with print_style():
        box = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer(), bbox_extra_artists=None)
    width, height = figure.get_size_inches()
    assert box.x0 > -0.01
    assert box.y0 > -0.01
    assert box.x1 < width + 0.01
    assert box.y1 < height + 0.01


def test_png_carries_caption_and_finding():
    text = Image.open(io.BytesIO(to_png(printed("bars"), dpi=30))).text
    assert text["Title"] == "Caption with α of bars."
    assert text["Description"] == "The finding."


def test_settings_of_the_process_are_left_alone_and_do_not_matter():
    before = to_png(printed("bars"), dpi=30)
    with mpl.rc_context({"font.size": 20, "axes.edgecolor": "red"}):
        kept = dict(mpl.rcParams)
        assert to_png(printed("bars"), dpi=30) == before
        assert dict(mpl.rcParams) == kept


def test_pyplot_and_windows_stay_away():
    code = "import sys, clfer.experiments.printed; sys.exit('matplotlib.pyplot' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=False, timeout=PATIENCE)
    assert ran.returncode == 0


def test_bars_have_their_height_number_interval_and_colour():
    axes = drawn("bars").axes[0]
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == [20.0, 80.44, 60.06, 70.0, 98.0]
    assert texts(drawn("bars")) == ["20.0", "80.4", "60.1", "70.0", "98.0"]
    assert [list(line.get_ydata()) for line in axes.lines] == [[10.0, 30.0], [79.0, 90.0]]
    models = palette("light").models
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == (
        2 * [models["A"]] + 3 * [models["B"]]
    )
    assert axes.get_ylim()[0] == 0.0


def test_heat_maps_say_every_number_dark_on_light_and_light_on_dark():
    figure = drawn("heat")
    wanted = [f"{value:.1f}" for value in SHARES.ravel()]
    changes = [f"{value:z.1f}".replace("-", "−") for value in CHANGES.ravel()]
    assert texts(figure) == 2 * wanted + changes
    for text, value in zip(figure.axes[0].texts, SHARES.ravel(), strict=True):
        assert (text.get_color() == "white") == (value > 55)
    strong = 0.55 * np.abs(CHANGES).max()
    for text, value in zip(figure.axes[2].texts, CHANGES.ravel(), strict=True):
        assert (text.get_color() == "white") == (abs(value) > strong)
    # Names of the rows stand once where both matrices share them.
    names = [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes]
    assert names[0] == list(NAMES)
    assert not any(names[1] + names[2])


def test_a_difference_is_white_at_zero_and_alike_on_both_sides():
    image = drawn("heat").axes[2].images[0]
    assert image.norm.vmin == -image.norm.vmax == -np.abs(CHANGES).max()
    assert to_hex(image.cmap(image.norm(0.0))) in ("#ffffff", "#fffefe", "#fefeff")
    models = palette("light").models
    assert to_hex(image.cmap(0.0)) == models["A"]
    assert to_hex(image.cmap(1.0)) == models["B"]


def test_a_logarithmic_axis_has_plain_numbers():
    labels = [label.get_text() for label in drawn("lines").axes[1].get_yticklabels()]
    assert labels
    assert all(float(label) > 0 for label in labels)


def test_expressions_keep_the_colours_of_the_app():
    figure = drawn("scatter")
    (legend,) = figure.legends
    colours = {
        text.get_text(): to_hex(handle.get_color())
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    assert colours == palette("light").expressions
    drawn_points = [sum(len(c.get_offsets()) for c in axes.collections) for axes in figure.axes]
    assert drawn_points == [40, 40, 0, 40]


def test_pictures_keep_their_place_and_pixels():
    shown = [axes.images[0].get_array() if axes.images else None for axes in drawn("images").axes]
    assert [one is None for one in shown] == [False] * 4 + [True, False]
    np.testing.assert_array_equal(shown[0], FACE)
    np.testing.assert_array_equal(shown[1], MAP)


@settings(max_examples=20, deadline=None)
@given(st.text("abW +/", max_size=40), st.floats(0.2, 1.5))
def test_titles_break_between_words_and_fit_where_they_can(text, inches):
    lines = wrapped(text, inches).split("\n")
    squeezed = re.sub(r"\s", "", text)
    assert re.sub(r"\s", "", "".join(lines)) == squeezed
    longest = max(map(text_width, re.split(r"(?<=[ +/])", text)), default=0.0)
    assert all(text_width(line) <= max(inches, longest) + 0.01 for line in lines)
