"""The faces of a batch as a table, CSV and JSON."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clfer.analysis.batch import BatchFace, BatchPhoto, Verdict
from clfer.expressions import ordered
from clfer.models.checkpoint import Checkpoint
from clfer.spreadsheet import csv_text

BLOCKS = (1, 2, 3, 4)


def batch_table(photos: Sequence[BatchPhoto]) -> pd.DataFrame:
    """One row per face, the disagreements first, the widest before the others.

    Returns:
        Columns ``photo``, ``face`` (number from 1), ``left``, ``top``, ``width``, ``height``
        (pixels; empty for a whole image), ``score`` of the detector, ``agree``, ``divergence``
        (Jensen–Shannon, bits), and for each model ``m`` of ``a`` and ``b``: ``m_expression``,
        ``m_known``, ``m_probability``, ``m_attention_1`` … ``_4`` (empty without MSR) and
        ``m_p_<expression>`` for every expression of either model (empty where it lacks one).
        ``index`` of the frame: position of the face when all photos' faces are counted in order.
    """
    faces = [(photo.name, face) for photo in photos for face in photo.faces]
    names = ordered({n for _, face in faces for v in (face.a, face.b) for n in v.probabilities})
    table = pd.DataFrame([_row(name, face, names) for name, face in faces], columns=_columns(names))
    return table.sort_values(
        ["agree", "divergence", "photo", "face"],
        ascending=[True, False, True, True],
        kind="stable",
    )


def batch_csv(photos: Sequence[BatchPhoto]) -> str:
    """The table as CSV text with a header line; numbers in full precision."""
    return csv_text(batch_table(photos))


def batch_json(
    photos: Sequence[BatchPhoto], a: Checkpoint, b: Checkpoint, *, whole_image: bool
) -> str:
    """Models, photos and faces as JSON text, photos without a face and unreadable ones included."""
    models = {
        side: {"name": model.folder.name, "title": model.card.title, "sha256": model.sha256}
        for side, model in (("a", a), ("b", b))
    }
    content = {
        "models": models,
        "whole_image": whole_image,
        "photos": [
            {
                "photo": photo.name,
                "error": photo.error,
                "faces": [_face_json(face) for face in photo.faces],
            }
            for photo in photos
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _columns(names: Sequence[str]) -> list[str]:
    columns = ["photo", "face", "left", "top", "width", "height", "score", "agree", "divergence"]
    for side in ("a", "b"):
        columns += [f"{side}_expression", f"{side}_known", f"{side}_probability"]
        columns += [f"{side}_attention_{j}" for j in BLOCKS]
        columns += [f"{side}_p_{name}" for name in names]
    return columns


def _row(photo: str, face: BatchFace, names: Sequence[str]) -> dict[str, Any]:
    box = face.box or (np.nan,) * 4
    return {
        "photo": photo,
        "face": face.number,
        **dict(zip(("left", "top", "width", "height"), box, strict=True)),
        "score": np.nan if face.score is None else face.score,
        "agree": face.agree,
        "divergence": face.divergence,
        **_verdict_row("a", face.a, names),
        **_verdict_row("b", face.b, names),
    }


def _verdict_row(side: str, verdict: Verdict, names: Sequence[str]) -> dict[str, Any]:
    attention = verdict.attention or (np.nan,) * len(BLOCKS)
    return {
        f"{side}_expression": verdict.expression,
        f"{side}_known": verdict.known,
        f"{side}_probability": verdict.probability,
        **{f"{side}_attention_{j}": attention[j - 1] for j in BLOCKS},
        **{f"{side}_p_{name}": verdict.probabilities.get(name, np.nan) for name in names},
    }


def _face_json(face: BatchFace) -> dict[str, Any]:
    return {
        "face": face.number,
        "box": None if face.box is None else list(face.box),
        "score": face.score,
        "agree": face.agree,
        "divergence": face.divergence,
        "a": _verdict_json(face.a),
        "b": _verdict_json(face.b),
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "expression": verdict.expression,
        "known": verdict.known,
        "probabilities": verdict.probabilities,
        "attention": None if verdict.attention is None else list(verdict.attention),
    }
