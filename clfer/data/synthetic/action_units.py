"""Facial action units (FACS) and how the seven expressions are made of them.

The combinations follow the prototypes of Ekman and Friesen's Facial Action Coding System:
happiness 6+12(+25), sadness 1+4+15(+17), surprise 1+2+5+26/27, fear 1+2+4+5+20+25/26,
anger 4+5+7+23/24 or with bared teeth, disgust 9+10(+15/16/17).
"""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class ActionUnits:
    """Strength of each action unit, 0 (absent) to 1 (maximal)."""

    au1: float = 0.0
    """Inner brow raiser."""
    au2: float = 0.0
    """Outer brow raiser."""
    au4: float = 0.0
    """Brow lowerer."""
    au5: float = 0.0
    """Upper lid raiser."""
    au6: float = 0.0
    """Cheek raiser."""
    au7: float = 0.0
    """Lid tightener."""
    au9: float = 0.0
    """Nose wrinkler."""
    au10: float = 0.0
    """Upper lip raiser."""
    au12: float = 0.0
    """Lip corner puller."""
    au15: float = 0.0
    """Lip corner depressor."""
    au16: float = 0.0
    """Lower lip depressor."""
    au17: float = 0.0
    """Chin raiser."""
    au20: float = 0.0
    """Lip stretcher."""
    au23: float = 0.0
    """Lip tightener."""
    au24: float = 0.0
    """Lip pressor."""
    au25: float = 0.0
    """Lips part."""
    au26: float = 0.0
    """Jaw drop."""
    au27: float = 0.0
    """Mouth stretch."""


AU_NAMES: tuple[str, ...] = tuple(f.name for f in fields(ActionUnits))

_PROTOTYPES: dict[str, tuple[tuple[float, ActionUnits], ...]] = {
    "neutral": ((1.0, ActionUnits()),),
    "happiness": (
        (0.30, ActionUnits(au6=0.8, au12=1.0)),
        (0.45, ActionUnits(au6=0.9, au12=1.0, au25=0.8)),
        (0.25, ActionUnits(au6=1.0, au12=0.95, au25=1.0, au26=0.6)),
    ),
    "surprise": (
        (0.5, ActionUnits(au1=1.0, au2=1.0, au5=0.8, au25=0.7, au26=1.0)),
        (0.5, ActionUnits(au1=1.0, au2=1.0, au5=1.0, au25=0.8, au26=0.5, au27=0.8)),
    ),
    "sadness": (
        (0.5, ActionUnits(au1=1.0, au4=0.6, au15=1.0)),
        (0.5, ActionUnits(au1=1.0, au4=0.7, au7=0.3, au15=0.9, au17=0.8)),
    ),
    "anger": (
        (0.4, ActionUnits(au4=1.0, au5=0.6, au7=0.7, au23=0.8, au24=0.4)),
        (0.3, ActionUnits(au4=1.0, au5=0.5, au7=0.8, au17=0.6, au24=1.0)),
        (0.3, ActionUnits(au4=1.0, au5=0.7, au7=0.7, au10=0.5, au16=0.6, au23=0.6, au25=1.0)),
    ),
    "disgust": (
        (0.4, ActionUnits(au4=0.3, au7=0.5, au9=1.0, au10=0.9, au15=0.4, au17=0.4)),
        (0.3, ActionUnits(au4=0.3, au7=0.4, au9=1.0, au10=1.0, au15=0.6)),
        (0.3, ActionUnits(au4=0.3, au7=0.5, au9=0.9, au10=1.0, au16=0.5, au25=0.6)),
    ),
    "fear": (
        (0.5, ActionUnits(au1=1.0, au2=0.6, au4=0.7, au5=1.0, au20=1.0, au25=0.7)),
        (0.5, ActionUnits(au1=1.0, au2=0.6, au4=0.7, au5=1.0, au20=0.9, au25=0.8, au26=0.6)),
    ),
}

_RELATIVE_NOISE = 0.15
_BACKGROUND_NOISE = 0.05


def sample_action_units(expression: str, intensity: float, rng: np.random.Generator) -> ActionUnits:
    """Draw the action units of one face.

    One of the expression's prototypes is chosen, scaled by ``intensity`` (0 to 1), varied by
    15 % per unit, and every unit gets a little activity of its own, as real faces have.
    """
    variants = _PROTOTYPES[expression]
    chosen = rng.choice(len(variants), p=[weight for weight, _ in variants])
    prototype = np.array([getattr(variants[chosen][1], name) for name in AU_NAMES])
    varied = prototype * intensity * (1.0 + _RELATIVE_NOISE * rng.standard_normal(len(AU_NAMES)))
    noise = _BACKGROUND_NOISE * np.abs(rng.standard_normal(len(AU_NAMES)))
    strengths = np.clip(varied + noise, 0.0, 1.0)
    return ActionUnits(**{n: float(s) for n, s in zip(AU_NAMES, strengths, strict=True)})
