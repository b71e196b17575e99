"""Plain text as LaTeX source that pdflatex sets as it stands."""

import re
import unicodedata

from clfer.errors import ClferError


class LatexError(ClferError):
    """A text has a character that pdflatex cannot set."""


_MATH = {
    **dict.fromkeys("×✗✕", r"\times"),
    **dict.fromkeys("μµ", r"\mu"),
    "✓": r"\checkmark", "★": r"\bigstar", "±": r"\pm", "−": "-", "·": r"\cdot",
    "°": r"^{\circ}", "′": "'", "≤": r"\leq", "≥": r"\geq", "≈": r"\approx", "≠": r"\neq",
    "→": r"\rightarrow", "←": r"\leftarrow", "↔": r"\leftrightarrow", "↑": r"\uparrow",
    "↓": r"\downarrow", "⇒": r"\Rightarrow", "∞": r"\infty", "√": r"\surd", "∑": r"\sum",
    "∈": r"\in", "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta",
    "ε": r"\varepsilon", "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "κ": r"\kappa",
    "λ": r"\lambda", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma",
    "τ": r"\tau", "φ": r"\varphi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega",
    "Γ": r"\Gamma", "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Σ": r"\Sigma",
    "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega",
    **{sub: f"_{{{digit}}}" for digit, sub in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{sup: f"^{{{digit}}}" for digit, sup in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}  # fmt: skip

# Brackets and stars are braced: at the start of a row they would be read as options of "\\".
_TEXT = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}", "[": "{[}", "]": "{]}", "*": "{*}", "–": r"\textendash{}",
    "—": r"\textemdash{}", "…": r"\ldots{}", "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}", "‘": r"\textquoteleft{}", "’": r"\textquoteright{}",
    "„": r"\quotedblbase{}",
    "•": r"\textbullet{}", "†": r"\textdagger{}", "‡": r"\textdaggerdbl{}", "§": r"\S{}",
    "½": r"\textonehalf{}", "\u2060": "{}", "\u00a0": "~", "\u202f": r"\,", "\u2009": r"\,",
    "‑": "-",
}  # fmt: skip

# Pairs that TeX would set as one sign; a word joiner between them becomes an empty group.
_LIGATURE = re.compile(r"([-',])(?=\1)")
_LETTERS = frozenset("ÆæØøŒœŁłß")


def escaped(text: str) -> str:
    """The text as LaTeX source; line breaks and tabs become spaces.

    ``\\checkmark`` and ``\\bigstar`` need the package amssymb, quotes the encoding T1.

    Raises:
        LatexError: a character is neither ASCII, an accented Latin letter nor one of the signs
            of this project.
    """
    return "".join(map(_source, _LIGATURE.sub("\\g<0>\u2060", text)))


def _source(character: str) -> str:
    if character in _TEXT:
        return _TEXT[character]
    if character in _MATH:
        return f"${_MATH[character]}$"
    if character in "\t\r\n":
        return " "
    if (character.isascii() and character.isprintable()) or _accented(character):
        return character
    raise LatexError(
        f"pdflatex cannot set {character!r} (U+{ord(character):04X}): rename what contains it, "
        f"or take the table as CSV."
    )


def _accented(character: str) -> bool:
    """Letters that the encoding T1 composes from a basic Latin letter and an accent."""
    if character in _LETTERS:
        return True
    base = unicodedata.normalize("NFD", character)[0]
    return "À" <= character <= "ſ" and base.isascii() and base.isalpha() and character != base
