import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clfer.experiments.latex import LatexError, escaped
from clfer.experiments.table import Column, ResultTable, to_csv, to_latex, to_markdown
from clfer.spreadsheet import safe_cell

SIGNS = "×✓αβμµνρ₂±−–—…“”’%&#$_{}\\^~<>|\"`[]*'-,éüß"
TEXT = st.text(st.sampled_from(SIGNS) | st.characters(min_codepoint=32, max_codepoint=126))
VALUES = st.none() | TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw: st.DrawFn, cell: st.SearchStrategy = VALUES) -> ResultTable:
    width = draw(st.integers(1, 4))
    titles = draw(st.lists(TEXT.filter(bool), min_size=width, max_size=width, unique=True))
    decimals = draw(st.lists(st.none() | st.integers(0, 3), min_size=width, max_size=width))
    columns = tuple(map(Column, titles, decimals))
    rows = draw(st.lists(st.tuples(*[cell] * width), max_size=4))
    return ResultTable("any", draw(TEXT), columns, tuple(rows), (draw(TEXT),))


def small(**changes) -> ResultTable:
    columns = (Column("Method"), Column("Accuracy", 2, "%"), Column("n"))
    rows = (("a", 85.777, 3137), ("b", 92.2101, 14_494_703), ("c", 92.2099, None))
    return ResultTable(**{"name": "t", "caption": "C", "columns": columns, "rows": rows} | changes)


@given(tables())
def test_csv_gives_every_value_back(table):
    header, *rows = csv.reader(io.StringIO(to_csv(table), newline=""))
    assert header == [safe_cell(column.heading) for column in table.columns]
    # A lone empty cell is written as a quoted empty string, so no row is lost.
    assert len(rows) == len(table.rows)
    for read, row in zip(rows, table.rows, strict=True):
        for text, value in zip(read, row, strict=True):
            wanted = "" if value is None else safe_cell(value)
            assert ("" if value is None else type(value)(text)) == wanted


def plain(source: str) -> str:
    """What TeX prints for a source of text: read again by an independent, naive reader."""
    assert not re.search(r"--|''|,,", source), "a ligature would change the text"
    names = {"textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~",
             "textless": "<", "textgreater": ">", "textbar": "|", "textquotedbl": '"',
             "textasciigrave": "`"}  # fmt: skip
    out, i = "", 0
    while i < len(source):
        word = re.compile(r"\\([A-Za-z]+)\{\}").match(source, i)
        if word:
            out, i = out + names[word[1]], word.end()
        elif source[i] == "\\":
            assert source[i + 1] in "{}$&#%_"
            out, i = out + source[i + 1], i + 2
        elif source[i] in "{}":
            i += 1
        else:
            assert source[i] not in '$&#%_^~<>|"`', "a special character is not escaped"
            out, i = out + source[i], i + 1
    return out


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_latex_prints_the_ascii_text_it_was_given(text):
    assert plain(escaped(text)) == text


@given(tables())
def test_latex_keeps_groups_math_and_columns_in_balance(table):
    source = to_latex(table)
    bare = re.sub(r"\\[{}$&#%_]", "", source)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    begins = re.findall(r"\\begin\{([^}]*)\}", source)
    assert begins[::-1] == re.findall(r"\\end\{([^}]*)\}", source)
    body = source[source.index(r"\toprule") : source.index(r"\bottomrule")]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + len(table.rows)
    for row in rows:
        assert re.sub(r"\\&", "", row).count("&") == len(table.columns) - 1
        # What follows the end of a row must not be read as its optional argument.
        assert not row.lstrip().startswith(("[", "*"))


@given(tables())
def test_markdown_has_one_cell_per_column_in_every_row(table):
    lines = [line for line in to_markdown(table).split("\n") if line.startswith("| ")]
    assert len(lines) == 2 + len(table.rows)
    for line in lines:
        bare = re.sub(r"\\.", "", line)
        assert bare.count("|") == len(table.columns) + 1


def test_every_sign_of_the_paper_can_be_set():
    assert escaped("α₂ = β × 5 %, ✓") == (r"$\alpha$$_{2}$ = $\beta$ $\times$ 5 \%, $\checkmark$")
    assert all(character.isascii() for character in escaped("×✓αβγμµνρσϕ−–—…±".replace("ϕ", "φ")))


@pytest.mark.parametrize("character", ["你", "\x00", "😀", "ħ"])
def test_a_character_pdflatex_lacks_is_named(character):
    with pytest.raises(LatexError, match=f"U\\+{ord(character):04X}"):
        escaped(f"face {character}")


def test_numbers_are_rounded_grouped_and_gaps_are_dashes():
    text = to_markdown(small())
    assert "| a | 85.78 | 3137 |" in text
    assert "14,494,703" in text
    assert text.count("–") == 1
    assert to_latex(small(rows=(("a", -0.001, -3),))).count("& 0.00 & $-$3 ") == 1


def test_the_best_value_is_bold_with_its_printed_ties():
    assert to_markdown(small(), best=["Accuracy"]).count("**92.21**") == 2
    assert to_latex(small(), best=["Accuracy"]).count(r"\textbf{92.21}") == 2
    with pytest.raises(KeyError):
        to_latex(small(), best=["accuracy"])


def test_wide_tables_span_both_columns_of_a_page():
    wide = small(rows=(("x" * 70, 1.0, 1),))
    assert to_latex(wide).count("{table*}") == 2
    assert to_latex(small()).count("{table}") == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Table 1"},
        {"columns": ()},
        {"columns": (Column("a"), Column("a"), Column("b"))},
        {"rows": (("a", 1.0),)},
        {"rows": (("a", float("nan"), 1),)},
    ],
)
def test_impossible_tables_are_refused(changes):
    with pytest.raises(ValueError, match=r"[Tt]able"):
        small(**changes)


def test_names_are_neither_links_nor_formulas():
    columns = (Column("name"), Column("accuracy", decimals=2))
    table = ResultTable("t", "Caption", columns, (("=HYPERLINK(1)", 1.0), ("![x](http://y)", -2.0)))
    assert to_csv(table).splitlines()[1:] == ["'=HYPERLINK(1),1.0", "![x](http://y),-2.0"]
    assert r"!\[x\](http://y)" in to_markdown(table)
