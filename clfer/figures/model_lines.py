"""Colours of models on shared axes: A, B, and further histories C, D, and so on."""

from clfer.figures.theme import Theme, palette


def model_colour(letter: str, theme: Theme) -> str:
    """Colour of a model or history.

    A and B have their own everywhere. The further ones alternate between the accent and the text
    colour, which stand for no model, expression, block or group; the letter tells them apart.
    """
    colours = palette(theme)
    if letter == "A":
        return colours.models["A"]
    if letter == "B":
        return colours.models["B"]
    return colours.accent if ord(letter) % 2 else colours.text
