"""What the first process of a run measures and writes: one history row and state an epoch."""

from dataclasses import dataclass
from typing import Any

import torch

import clfer
from clfer.config import Config
from clfer.methods.hash_coding import CODE_DIMENSION
from clfer.models.card import Card
from clfer.models.checkpoint import Checkpoint
from clfer.models.files import write_atomically
from clfer.training.epochs import TrainingFaces
from clfer.training.history import best_epoch
from clfer.training.measure import matched_references, measure_intensity, validate
from clfer.training.predictions import save_predictions
from clfer.training.relabelling import changes_table
from clfer.training.run_folder import RELABELLED, RunFolder
from clfer.training.state import TrainingState


@dataclass
class Recorder:
    """Measures the averaged model, alone, and keeps the run folder.

    Attributes:
        config: The run's configuration.
        run: Its folder.
        faces: Its faces.
        state: What changes while the run goes on.
        device: Where the averaged model is.
    """

    config: Config
    run: RunFolder
    faces: TrainingFaces
    state: TrainingState
    device: torch.device

    def measure(self, epoch: int) -> dict[str, Any]:
        """Columns of an epoch, counted from 0, from the validation faces; writes predictions."""
        before = self._snapshot(epoch)
        self.state.references = matched_references(before, self.faces.train, self.config.seed)
        model = self._snapshot(epoch)
        validation = validate(model, self.faces.valid)
        save_predictions(self.run.predictions(epoch + 1), validation.outputs)
        return validation.row | measure_intensity(model, self.faces.valid)

    def finish(self, row: dict[str, Any]) -> None:
        """Make an epoch last: state first, then its row, then away with what is not needed."""
        state = self.state
        state.epoch = row["epoch"]
        state.history.append(row)
        state.save(self.run.epoch_folder(state.epoch))
        self.write_relabelled()
        self.run.append_metrics(row)
        self.run.prune({state.epoch, state.epoch - 1, best_epoch(state.history)})

    def write_relabelled(self) -> None:
        """Write the table of the faces that SCN has relabelled; nothing without SCN."""
        if self.state.relabelled is not None:
            table = changes_table(self.state.relabelled, self.faces.train)
            write_atomically(self.run.path / RELABELLED, table.encode())

    def _snapshot(self, epoch: int) -> Checkpoint:
        """The averaged model as it would be published after this epoch."""
        card = card_of_epoch(self.run.path.name, self.config, self.faces, epoch + 1)
        average, references = self.state.average, self.state.references
        if references is None:
            references = torch.zeros(self.config.clfm.clusters, CODE_DIMENSION)
        return Checkpoint(
            folder=self.run.path,
            sha256="",
            card=card,
            network=average.network,
            objective=average.objective,
            references=references.to(self.device),
            device=self.device,
        )


def card_of_epoch(name: str, config: Config, faces: TrainingFaces, epoch: int) -> Card:
    """The card of the model after an epoch, counted from 1, without figures."""
    side = config.train.side_at(epoch - 1)
    return Card(
        name=name,
        title=config.method,
        dataset=config.data.name,
        classes=faces.train.classes,
        preprocess=faces.preprocess.model_copy(update={"side": side}),
        config=config,
        epoch=epoch,
        code_version=clfer.__version__,
        created="",
    )
