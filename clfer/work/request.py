"""What a worker shall compute; its key names the result."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from clfer.data.faceset import fingerprint

if TYPE_CHECKING:
    from clfer.models.checkpoint import Checkpoint


class NamedFaces(Protocol):
    """The faces of a split, with or without their pixels."""

    @property
    def dataset(self) -> str:
        """Registry name of the data set."""

    @property
    def split(self) -> str:
        """The split."""

    @property
    def digests(self) -> Sequence[str]:
        """Hashes of the images, in the order of the split."""


@dataclass(frozen=True)
class Request:
    """A task with its arguments.

    Attributes:
        task: Name of the task.
        arguments: All that the result depends on, as JSON: the checkpoints' sha256, data set,
            split, epoch, parameters.
        places: Where these things lie on this machine, as JSON; not part of the key, so that a
            result is found again after a folder has moved.
    """

    task: str
    arguments: dict[str, Any]
    places: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """sha256 over the task and its arguments."""
        text = json.dumps([self.task, self.arguments], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> str:
        """The request as one line of text, for :meth:`from_json`."""
        return json.dumps([self.task, self.arguments, self.places])

    @classmethod
    def of_split(
        cls, task: str, checkpoint: "Checkpoint", faces: NamedFaces, root: str | None
    ) -> "Request":
        """A task on one model and all faces of a split.

        Args:
            task: Name of the task.
            checkpoint: The model.
            faces: The split, named by its content: a result is found without the pixels.
            root: Where the data set lies; needed to compute a result, not to find one.
        """
        arguments = {"sha256": checkpoint.sha256, **split_arguments(faces)}
        return cls(task, arguments, {"folder": str(checkpoint.folder), "root": root})

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """The inverse of :meth:`as_json`."""
        task, arguments, places = json.loads(text)
        return cls(task, arguments, places)


def split_arguments(faces: NamedFaces) -> dict[str, str]:
    """What names a split by its content in the arguments of a request."""
    return {
        "dataset": faces.dataset,
        "split": faces.split,
        "faces": fingerprint(faces.digests),
    }
