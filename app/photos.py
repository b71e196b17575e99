"""The photo of this session: decoded once, faces found once, a region chosen, crops per model."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import logs
import memory
import state
from clfer.analysis.crops import (
    Box,
    CroppedFace,
    crop_face,
    crop_region,
    default_detector,
    whole_face,
)
from clfer.analysis.predict import FacePrediction, predict_cropped
from clfer.data.faceset import FaceSet
from clfer.faces import SAMPLES, DetectedFace, decode_image, load_sample
from clfer.models.checkpoint import Checkpoint

CROP = "crop"
WHOLE = "whole"

KEPT = 2
"""Photos that a session remembers decoded; one may take 120 MB."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        digest: sha256 of its pixels, the key of all that is derived from it.
        title: What it is called on the page.
        pixels: uint8 RGB ``[H, W, 3]``.
        faces: The faces found, largest first.
    """

    digest: str
    title: str
    pixels: NDArray[np.uint8]
    faces: tuple[DetectedFace, ...]


@dataclass(frozen=True)
class Region:
    """The part of a photo that is explained.

    Attributes:
        choice: The number of a face from ``"1"``, ``"crop"`` or ``"whole"``.
        box: Left, top, width, height in pixels; only for a crop by hand.
    """

    choice: str
    box: Box | None = None


@dataclass(frozen=True, eq=False)
class Subject:
    """What the view is about: a region of a photo."""

    photo: Photo
    region: Region

    @property
    def key(self) -> tuple[object, ...]:
        """All that identifies the pixels shown to a model."""
        return self.photo.digest, self.region


def from_sample(name: str) -> Photo:
    """A sample of the package, with its faces; it is no user's photo, so all sessions share it."""
    return _sample(name)


def from_bytes(data: bytes, name: str) -> Photo:
    """A photo as uploaded or taken; ``name`` is only shown, never used as a path.

    Raises:
        ImageError: it cannot be read.
    """

    def decode() -> Photo:
        memory.give_back()  # what earlier photos have left
        with logs.timed("photo read") as said:
            photo = _photo(decode_image(data, name=name), name)
            said["faces"] = len(photo.faces)
        return photo

    return state.remembered(("upload", hashlib.sha256(data).hexdigest()), decode, KEPT)


def from_face(faces: FaceSet, index: int) -> Photo:
    """A face of a data set; it is framed already, so no face is looked for in it."""
    pixels = faces.images[index]
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    title = f"{faces.names[index]}, labelled {faces.classes[faces.labels[index]]}"
    return Photo(_digest(pixels), title, pixels, ())


def manual_box(photo: Photo, across: int, down: int, size: int) -> Box:
    """A square in pixels of the photo.

    Args:
        photo: Gives the size.
        across: Centre in percent of the width.
        down: Centre in percent of the height.
        size: Side in percent of the shorter side.
    """
    height, width = photo.pixels.shape[:2]
    side = size / 100 * min(width, height)
    return (across / 100 * width - side / 2, down / 100 * height - side / 2, side, side)


def prediction(checkpoint: Checkpoint, subject: Subject) -> FacePrediction:
    """The model's verdict on the subject, made once per session."""

    def predict() -> FacePrediction:
        count, model = len(subject.photo.faces), checkpoint.sha256[:12]
        with logs.timed("photo explained", faces=count, model=model):
            return predict_cropped(checkpoint, [cropped(checkpoint, subject)])[0]

    return state.remembered(("prediction", checkpoint.sha256, *subject.key), predict)


def cropped(checkpoint: Checkpoint, subject: Subject) -> CroppedFace:
    """The subject as the model wants to see it.

    Raises:
        ImageError: the region is empty or far from square.
    """
    photo, region = subject.photo, subject.region
    if region.choice == WHOLE:
        return whole_face(checkpoint, photo.pixels)
    if region.box is not None:
        return crop_region(checkpoint, photo.pixels, region.box)
    return crop_face(checkpoint, photo.pixels, photo.faces[int(region.choice) - 1])


@st.cache_resource(max_entries=len(SAMPLES), show_spinner=False)
def _sample(name: str) -> Photo:
    return _photo(load_sample(name), name.capitalize())


def _photo(pixels: NDArray[np.uint8], title: str) -> Photo:
    return Photo(_digest(pixels), title, pixels, tuple(default_detector().detect(pixels)))


def _digest(pixels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(pixels.tobytes() + repr(pixels.shape).encode()).hexdigest()
