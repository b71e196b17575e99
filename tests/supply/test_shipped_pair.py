"""What the app shows of the shipped pair at once was made for this very pair."""

from ship_pair import PAIR, shipped_requests

from clfer.models.checkpoint import load_checkpoint
from clfer.paths import checkpoints_dir
from clfer.work.results import FOLDER


def test_pictures_and_groups_of_the_shipped_pair_are_there_and_nothing_else() -> None:
    requests = shipped_requests(*(load_checkpoint(checkpoints_dir() / name) for name in PAIR))
    expected = {f"{request.task}/{request.key}.npz" for request in requests}
    place = checkpoints_dir() / FOLDER
    assert {path.relative_to(place).as_posix() for path in place.rglob("*.npz")} == expected
