"""A model of a run as a checkpoint in memory, without publishing it."""

from functools import lru_cache

import torch

from clfer.config import Config
from clfer.methods.hash_coding import CODE_DIMENSION
from clfer.models.checkpoint import Checkpoint
from clfer.training.epochs import TrainingFaces
from clfer.training.learner import Learner
from clfer.training.recorder import card_of_epoch
from clfer.training.run_folder import RunFolder
from clfer.training.state import load_average


def load_run_model(run: RunFolder, epoch: int) -> Checkpoint:
    """The averaged model of a run after an epoch whose state is kept, on the CPU.

    Raises:
        CheckpointError: the state of that epoch is missing or damaged.
        DataError: the faces of the run, which give the normalisation, cannot be read.
    """
    return run_model(run, epoch, _faces(run.config().model_dump_json()))


def run_model(run: RunFolder, epoch: int, faces: TrainingFaces) -> Checkpoint:
    """The same of a run whose faces are at hand.

    Raises:
        CheckpointError: the state of that epoch is missing or damaged.
    """
    config = run.config()
    learner = Learner(config, len(faces.train.classes))
    references = load_average(run.epoch_folder(epoch), learner)
    learner.eval().requires_grad_(False)
    if references is None:
        references = torch.zeros(config.clfm.clusters, CODE_DIMENSION)
    return Checkpoint(
        folder=run.path,
        sha256="",
        card=card_of_epoch(run.path.name, config, faces, epoch),
        network=learner.network,
        objective=learner.objective,
        references=references,
        device=torch.device("cpu"),
    )


@lru_cache(maxsize=2)
def _faces(config: str) -> TrainingFaces:
    return TrainingFaces.load(Config.model_validate_json(config))
