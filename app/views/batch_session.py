"""The batch of this session: its photos and what two models say about them, in memory only."""

import hashlib
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

import logs
from clfer.analysis.batch import BatchFace, BatchPhoto, batch_faces
from clfer.analysis.crops import default_detector
from clfer.errors import ClferError
from clfer.faces import SAMPLES, DetectedFace, decode_image, load_sample
from clfer.faces.archive_photos import photos_in_archive
from components.picture import jpeg
from resources import Pair
from shared import is_shared

KEY = "batch"
STEP = 0.4
"""Seconds after which a step starts no further photo."""

MAX_PHOTOS, MAX_PHOTOS_SHARED = 2_000, 200
MAX_BYTES, MAX_BYTES_SHARED = 600_000_000, 60_000_000
"""Of one batch, on a machine of one's own and on a server that strangers share."""

KEPT_COMPARISONS = 4
"""Pairs of models whose results are kept; the oldest goes first."""

Comparison = tuple[str, str, bool]
"""sha256 of A and B, and whether the whole image is shown to them."""


@dataclass(frozen=True, eq=False)
class Given:
    """A photo as given.

    Attributes:
        name: What it is called; never a path.
        data: The encoded bytes.
        digest: Their sha256.
        error: Why there are none, where an archive's member cannot be read.
    """

    name: str
    data: bytes
    digest: str
    error: str | None = None


@dataclass(frozen=True, eq=False)
class Seen:
    """A photo that was looked at.

    Attributes:
        faces: What both models say.
        thumbnails: A data address per face.
        error: Why it cannot be read.
    """

    faces: tuple[BatchFace, ...] = ()
    thumbnails: tuple[str, ...] = ()
    error: str | None = None


class Batch:
    """Photos, faces found in them, and verdicts; one per session.

    Attributes:
        photos: All photos given, in order.
        refused: Sentences on files that gave no photos.
        whole: Whether the photos are face crops already.
        stopped: Whether the user stopped the work.
        round: Counts the fields for files, each of which is emptied by the next.
    """

    def __init__(self) -> None:
        self.photos: list[Given] = []
        self.refused: list[str] = []
        self.whole = False
        self.stopped = False
        self.round = 0
        self._found: dict[str, tuple[DetectedFace, ...]] = {}
        self._seen: OrderedDict[Comparison, dict[str, Seen]] = OrderedDict()
        self._seconds: deque[float] = deque(maxlen=20)

    def add_files(self, files: Sequence[UploadedFile]) -> None:
        """Take photos and zip archives of photos."""
        self.refused.clear()
        for file in files:
            try:
                if file.name.lower().endswith(".zip"):
                    for member in photos_in_archive(file.getvalue(), file.name):
                        self._add(member.name, member.data, member.error)
                else:
                    self._add(file.name, file.getvalue())
            except ClferError as error:
                logs.refused(error)
                self.refused.append(str(error))
        self._begin()

    def add_samples(self) -> None:
        """Take the samples that ship with the package."""
        for name in SAMPLES:
            stream = BytesIO()
            Image.fromarray(load_sample(name)).save(stream, format="PNG")
            self._add(name, stream.getvalue())
        self._begin()

    def clear(self) -> None:
        """Forget all photos and all that was derived from them."""
        self.photos.clear()
        self.refused.clear()
        self._found.clear()
        self._seen.clear()
        self._begin()

    def pending(self, pair: Pair) -> list[Given]:
        """Photos that these models have not seen yet."""
        seen = self._of(pair)
        return [photo for photo in self.photos if photo.digest not in seen]

    def step(self, pair: Pair) -> None:
        """Look at one photo, and at further ones while :data:`STEP` has not passed."""
        start = perf_counter()
        for photo in self.pending(pair):
            before = perf_counter()
            self._of(pair)[photo.digest] = self._look(pair, photo)
            self._seconds.append(perf_counter() - before)
            if perf_counter() - start > STEP:
                return

    def seconds_left(self, pair: Pair) -> float | None:
        """Time that the pending photos take at the pace of the last ones; None before any."""
        if not self._seconds:
            return None
        return len(self.pending(pair)) * sum(self._seconds) / len(self._seconds)

    def results(self, pair: Pair) -> list[tuple[Given, BatchPhoto]]:
        """The photos seen so far with their faces, in the order given."""
        seen = self._of(pair)
        return [
            (photo, BatchPhoto(photo.name, found.faces, found.error))
            for photo in self.photos
            if (found := seen.get(photo.digest)) is not None
        ]

    def thumbnails(self, pair: Pair) -> list[str]:
        """Data addresses of all faces, in the order of :meth:`results`."""
        seen = self._of(pair)
        found = [seen[photo.digest] for photo in self.photos if photo.digest in seen]
        return [address for photo in found for address in photo.thumbnails]

    def _begin(self) -> None:
        self.round += 1
        self.stopped = False

    def _add(self, name: str, data: bytes, error: str | None = None) -> None:
        size = sum(len(photo.data) for photo in self.photos) + len(data)
        most, largest = limits()
        if len(self.photos) >= most or size > largest:
            raise ClferError(
                f"{name} and what follows it was left out: a batch holds at most {most:,} "
                f"photos and {largest // 10**6} MB; clear it first."
            )
        mark = hashlib.sha256(data if error is None else error.encode()).hexdigest()
        self.photos.append(Given(name, data, mark, error))

    def _of(self, pair: Pair) -> dict[str, Seen]:
        key = (pair.a.sha256, pair.b.sha256, self.whole)
        seen = self._seen.setdefault(key, {})
        self._seen.move_to_end(key)
        while len(self._seen) > KEPT_COMPARISONS:
            self._seen.popitem(last=False)
        return seen

    def _look(self, pair: Pair, photo: Given) -> Seen:
        if photo.error is not None:
            return Seen(error=photo.error)
        try:
            pixels = decode_image(photo.data, name=photo.name)
            if not self.whole and photo.digest not in self._found:
                self._found[photo.digest] = tuple(default_detector().detect(pixels))
            found = None if self.whole else self._found[photo.digest]
            with logs.timed("photo explained") as said:
                faces = batch_faces(pair.a, pair.b, pixels, found)
                said["faces"] = len(faces)
        except ClferError as error:
            logs.refused(error)
            return Seen(error=str(error))
        return Seen(faces, tuple(jpeg(face.thumbnail, 96) for face in faces))


def limits() -> tuple[int, int]:
    """Photos and bytes that a batch holds at most."""
    if is_shared():
        return MAX_PHOTOS_SHARED, MAX_BYTES_SHARED
    return MAX_PHOTOS, MAX_BYTES


def current() -> Batch:
    """The batch of this session."""
    batch: Batch = st.session_state.setdefault(KEY, Batch())
    return batch
