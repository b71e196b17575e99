"""The folder of a run: the one source of truth about it.

config.yaml                 the full configuration
status.json                 state, progress, process and heartbeat; replaced atomically
metrics.jsonl               one line per finished epoch, appended
epochs/0007/                everything to go on from, or to publish, after that epoch
predictions/0007.safetensors  validation logits and embeddings after that epoch
machines.jsonl              one line per start: device, precision, threads, versions
relabelled.csv              with SCN: name, from, to, epoch of every label changed
"""

import json
import os
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from clfer.config import Config, dump_config, parse_config
from clfer.errors import ConfigError
from clfer.models.files import write_atomically

CONFIG, STATUS, METRICS = "config.yaml", "status.json", "metrics.jsonl"
EPOCHS = "epochs"
RELABELLED = "relabelled.csv"


@dataclass(frozen=True)
class RunFolder:
    """Paths and records of one run.

    Attributes:
        path: The folder; created by :meth:`create`.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, config: Config, *, resume: bool) -> "RunFolder":
        """Open the folder of a run, new or to be resumed.

        A run without a finished epoch has nothing to lose: it gives way to a new one.

        Raises:
            ConfigError: the folder holds a run already and ``resume`` is off, or it holds a run
                with another configuration.
        """
        run = cls(path)
        if (path / CONFIG).is_file() and run.last_epoch():
            if not resume:
                raise ConfigError(
                    f"{path} already holds a run: use --resume to go on, or another folder."
                )
            if run.config() != config:
                raise ConfigError(
                    f"{path} holds a run with another configuration; resume it with its own "
                    f"preset and settings (see {path / CONFIG})."
                )
        else:
            try:
                (path / EPOCHS).mkdir(parents=True, exist_ok=True)
                (path / "predictions").mkdir(exist_ok=True)
                write_atomically(path / CONFIG, dump_config(config).encode())
            except OSError as error:
                raise ConfigError(f"{path} cannot be used for a run: {error.strerror}.") from error
        return run

    def config(self) -> Config:
        """The configuration that the run was started with."""
        path = self.path / CONFIG
        try:
            return parse_config(path.read_text("utf-8"), str(path))
        except OSError as error:
            raise ConfigError(f"{self.path} holds no run: {CONFIG} is missing.") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path} is damaged: it is not text.") from error

    def epoch_folder(self, epoch: int) -> Path:
        """Folder of the state after ``epoch``, counted from 1."""
        return self.path / EPOCHS / f"{epoch:04d}"

    def predictions(self, epoch: int) -> Path:
        """File of the validation logits and embeddings after ``epoch``."""
        return self.path / "predictions" / f"{epoch:04d}.safetensors"

    def last_epoch(self) -> int:
        """The last epoch with a whole state; 0 if there is none."""
        found = [int(p.name) for p in (self.path / EPOCHS).glob("[0-9]*") if p.is_dir()]
        return max(found, default=0)

    def prune(self, keep: set[int]) -> None:
        """Remove the states of all epochs but those to keep."""
        for folder in (self.path / EPOCHS).glob("[0-9]*"):
            if int(folder.name) not in keep:
                shutil.rmtree(folder)

    def set_aside(self, epoch: int) -> Path:
        """Move a damaged state out of the way, to ``epochs/damaged-0007``; returns that folder."""
        aside = self.path / EPOCHS / f"damaged-{epoch:04d}"
        shutil.rmtree(aside, ignore_errors=True)
        return self.epoch_folder(epoch).replace(aside)

    def sweep(self) -> None:
        """Remove what a process of this run, now gone, was writing when it ended."""
        files = [f".{name}.*" for name in (STATUS, METRICS, RELABELLED)]
        for pattern in (f"{EPOCHS}/.*", "predictions/.*", *files):
            for path in self.path.glob(pattern):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def read_metrics(self) -> list[dict[str, Any]]:
        """The rows of the finished epochs; a last line that is still being written is left out.

        Raises:
            ConfigError: a whole line is damaged.
        """
        path = self.path / METRICS
        try:
            lines = path.read_bytes().splitlines(keepends=True)
            return [json.loads(line) for line in lines if line.endswith(b"\n") and line.strip()]
        except OSError:
            return []
        except ValueError as error:
            raise ConfigError(
                f"{path} is damaged: remove it and resume the run, which writes it anew."
            ) from error

    def rewrite_metrics(self, rows: list[dict[str, Any]]) -> None:
        """Replace all metric rows, atomically."""
        text = "".join(json.dumps(row) + "\n" for row in rows)
        write_atomically(self.path / METRICS, text.encode())

    def append_metrics(self, row: dict[str, Any]) -> None:
        """Add the row of a finished epoch."""
        with (self.path / METRICS).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")

    def write_status(self, state: str, **fields: object) -> None:
        """Replace the status: ``queued``, ``running``, ``done``, ``failed`` or ``stopped``."""
        status = {
            "state": state,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "process_started": psutil.Process().create_time(),
            "heartbeat": time.time(),
            **fields,
        }
        write_atomically(self.path / STATUS, json.dumps(status, indent=1).encode())
