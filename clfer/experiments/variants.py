"""The methods that the tables compare, as changes to a configuration."""

from collections.abc import Mapping
from typing import Any

Changes = Mapping[str, Any]
"""Values by dotted key."""


def parts(*, msr: bool, clfm: bool, clbs: bool) -> Changes:
    """A combination of the paper's modules (Table IV)."""
    return {"model.msr": msr, "clfm.enabled": clfm, "clbs.enabled": clbs}


def both(option: str, value: str) -> Changes:
    """The whole method with one option of CLFM and CLBS."""
    return {**OURS, f"clfm.{option}": value, f"clbs.{option}": value}


BASELINE = parts(msr=False, clfm=False, clbs=False)
OURS = parts(msr=True, clfm=True, clbs=True)
TITLES = {"scn": "SCN", "simsiam": "SimSiam", "rul": "RUL", "eac": "EAC"}
"""How methods are spelled whose key in a table of the paper is not their name."""

SCN: Changes = {**BASELINE, "scn.enabled": True}
SIMSIAM: Changes = {**BASELINE, "simsiam.enabled": True}
RUL: Changes = {**BASELINE, "rul.enabled": True}
EAC: Changes = {**BASELINE, "eac.enabled": True, "augment.erase": 1.0}
"""A part of every face is erased, as the method asks for."""

CLASS_CENTRES: Changes = {**OURS, "clbs.centres": "classes", "clfm.enabled": False}
"""Eq. 12: a class centre needs a label, which a channel of a feature map has not."""

DEPARTURES: Changes = {
    "model.normalise_fusion": True,
    "clfm.stop_gradient": True,
    "clbs.stop_gradient": True,
}
"""Where the models that ship depart from the paper's words: LayerNorm on f' and W = 0 at the start
(Eq. 8), and deep centroids that are constants for the gradient (Eq. 6, 7)."""

LITERAL: Changes = {**OURS, **dict.fromkeys(DEPARTURES, False)}
"""The whole method as preset ``paper`` reads it, under whatever recipe."""

OPTIONS: Mapping[str, Changes] = {
    "spherical clusters": both("clustering", "spherical"),
    "balanced clusters": both("clustering", "balanced"),
    "InfoNCE over groups": both("contrast", "infonce"),
    "learned layer pairs": both("pairs", "learned"),
    "distillation": {**OURS, "distil.enabled": True},
    "supervised layers": {**OURS, "supervision.enabled": True},
}
"""What the paper leaves to future work (Sec. V), each alone beside the whole method.

Supervised layers are not in its list: in our runs the fusion leaves the deepest block nearly
without gradient.
"""
