"""What a worker shall compute; its key names the result."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


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
    def from_json(cls, text: str) -> "Request":
        """The inverse of :meth:`as_json`."""
        task, arguments, places = json.loads(text)
        return cls(task, arguments, places)
