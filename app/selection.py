"""The one selection that all views share: models, faces, epoch, and the faces picked."""

from dataclasses import dataclass

import streamlit as st

import folders
import resources
import state
from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.scoring import (
    PUBLISHED_SPLIT,
    published_scores,
    snapshot_epochs,
    snapshot_scores,
)
from clfer.data import load_faces, needs_root
from clfer.data.faceset import FaceSet, fingerprint
from clfer.errors import CheckpointError
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side
from clfer.work.request import Request
from clfer.work.results import find_result, load_result
from clfer.work.scoring import score_request
from resources import Pair

GET_MODELS = (
    "No trained model is installed: put checkpoint folders into checkpoints/ or name their folder "
    "in CLFER_CHECKPOINTS; train your own with 'clfer train --preset scratch --dataset ferplus "
    "--root FOLDER --run FOLDER'."
)


@dataclass(frozen=True)
class Selection:
    """What is compared, and on which faces.

    Attributes:
        pair: Models A and B.
        dataset: Registry name of the data set.
        split: The split.
        root: Where the data set lies; None while that is unknown, or not needed.
        epoch: The epoch looked at; None where no table was published for these faces.
    """

    pair: Pair
    dataset: str
    split: str
    root: str | None
    epoch: int | None

    def model(self, side: Side) -> Checkpoint:
        """The model of a side."""
        return self.pair.a if side == "A" else self.pair.b

    @property
    def has_pixels(self) -> bool:
        """Whether the faces themselves can be had."""
        return self.root is not None or not needs_root(self.dataset)


def pair() -> Pair:
    """The chosen models, loaded on the chosen device.

    Raises:
        CheckpointError: none is installed, or its weights do not fit its card.
    """
    cards = resources.installed().sound
    if not cards:
        raise CheckpointError(GET_MODELS)
    names = st.session_state[state.MODEL_A], st.session_state[state.MODEL_B]
    device = st.session_state[state.DEVICE]
    a, b = (resources.load(cards[name], device) for name in names)
    return Pair(a, b)


def current() -> Selection:
    """The selection as the sidebar and the address have it.

    Raises:
        CheckpointError: see :func:`pair`.
    """
    models = pair()
    dataset, split = st.session_state[state.DATASET], st.session_state[state.SPLIT]
    kept = epochs(models, dataset, split)
    epoch = state.adopt(state.EPOCH, kept, kept[-1]) if kept else None
    return Selection(models, dataset, split, folders.root(dataset), epoch)


def epochs(models: Pair, dataset: str, split: str) -> tuple[int, ...]:
    """Epochs of which scores on these faces ride with a model, in order."""
    found: set[int] = set()
    for model in (models.a, models.b):
        if _published(model, dataset, split):
            found.update(_epochs(model.sha256, str(model.folder), model))
    return tuple(sorted(found))


def epoch_of(selection: Selection, side: Side) -> int:
    """The epoch that a side shows: the one looked at, or the nearest before it that was kept.

    Where the epochs end each model stands as it was published, which is its best epoch.
    """
    model = selection.model(side)
    if selection.epoch is None or not _published(model, selection.dataset, selection.split):
        return model.card.epoch
    if selection.epoch == epochs(selection.pair, selection.dataset, selection.split)[-1]:
        return model.card.epoch
    kept = _epochs(model.sha256, str(model.folder), model)
    return max((e for e in kept if e <= selection.epoch), default=kept[0])


def faces(selection: Selection) -> FaceSet | None:
    """The faces of the split, shared by all sessions; None while their root is unknown.

    Raises:
        DataError: the root cannot be read.
    """
    if not selection.has_pixels:
        return None
    place = selection.root
    return _faces(selection.dataset, place, selection.split, folders.stamp(place))


def scores(selection: Selection, side: Side) -> ScoredFaces | None:
    """What a model says about the faces; None where that must be computed first.

    Raises:
        DataError: the root cannot be read.
    """
    model = selection.model(side)
    if _published(model, selection.dataset, selection.split):
        epoch = epoch_of(selection, side)
        return _published_scores(model.sha256, str(model.folder), epoch, model)
    request = scoring(selection, side)
    return None if request is None else _computed_scores(request)


def scoring(selection: Selection, side: Side) -> Request | None:
    """The request that computes a model's scores; None without pixels."""
    found = faces(selection)
    if found is None:
        return None
    return score_request(selection.model(side), found, selection.root)


def comparison(selection: Selection) -> Comparison | None:
    """A and B face by face; None where scores must be computed first.

    Raises:
        DataError: the root cannot be read, or the models share no expression.
    """
    a, b = scores(selection, "A"), scores(selection, "B")
    if a is None or b is None:
        return None
    models = (selection.pair.a.sha256, a.epoch, selection.pair.b.sha256, b.epoch)
    content = (fingerprint(a.digests), fingerprint(b.digests))
    return _compared((*models, a.dataset, a.split, *content), a, b)


def picked() -> list[str]:
    """Names of the faces picked in any view."""
    return list(st.session_state.get(state.PICKED, []))


def picked_why() -> str:
    """What the faces picked have in common, in words."""
    return str(st.session_state.get(state.PICKED_WHY, ""))


def pick(names: list[str], why: str) -> None:
    """Pick faces; every view shows them."""
    st.session_state[state.PICKED] = list(names)
    st.session_state[state.PICKED_WHY] = why


def _published(model: Checkpoint, dataset: str, split: str) -> bool:
    known = (model.card.dataset, PUBLISHED_SPLIT)
    return known == (dataset, split) and (model.folder / "faces.parquet").is_file()


@st.cache_resource(max_entries=16, show_spinner=False)
def _epochs(sha256: str, folder: str, _model: Checkpoint) -> tuple[int, ...]:
    return snapshot_epochs(_model)


@st.cache_resource(max_entries=4, show_spinner="Reading the faces")
def _faces(dataset: str, place: str | None, split: str, stamp: int) -> FaceSet:
    return load_faces(dataset, place, split)


@st.cache_resource(max_entries=12, show_spinner=False)
def _published_scores(sha256: str, folder: str, epoch: int, _model: Checkpoint) -> ScoredFaces:
    if epoch == _model.card.epoch:
        published = published_scores(_model)
        assert published is not None  # its file was there a moment ago
        return published
    return snapshot_scores(_model, epoch)


def _computed_scores(request: Request) -> ScoredFaces | None:
    path = find_result(request)
    return None if path is None else _read_scores(request.key, path.stat().st_mtime_ns, request)


@st.cache_resource(max_entries=8, show_spinner=False)
def _read_scores(key: str, stamp: int, _request: Request) -> ScoredFaces | None:
    arrays = load_result(_request)
    return None if arrays is None else ScoredFaces.from_arrays(arrays)


@st.cache_resource(max_entries=12, show_spinner=False)
def _compared(key: tuple[object, ...], _a: ScoredFaces, _b: ScoredFaces) -> Comparison:
    return compare(_a, _b)
