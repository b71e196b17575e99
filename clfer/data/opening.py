"""Open the images of a split one by one, and find those that no list names."""

from collections.abc import Callable, Collection, Iterator

from clfer.data.archive import Tree
from clfer.data.images import decode_face, digest, is_image, map_indices
from clfer.data.listing import Listing
from clfer.errors import DataError

Progress = Callable[[int, int], None]
"""Called with the images opened so far and the number of all."""

_REPORT_EVERY = 128


def open_all(
    listing: Listing, before: int, total: int, progress: Progress | None
) -> tuple[list[str], list[str]]:
    """Digest of every image, empty where it cannot be opened, and the reasons.

    Args:
        listing: One split.
        before: Images of the splits before it.
        total: Images of all splits.
        progress: Called once every :data:`_REPORT_EVERY` images and at the end.
    """

    def open_one(index: int) -> tuple[str, str]:
        try:
            data = listing.read(listing.files[index])
            decode_face(listing, index, data, 3)
        except DataError as error:
            return "", str(error)
        return digest(data), ""

    results = []
    for result in map_indices(open_one, len(listing.files)):
        results.append(result)
        last = len(results) == len(listing.files)
        if progress is not None and (last or len(results) % _REPORT_EVERY == 0):
            progress(before + len(results), total)
    return [hashed for hashed, _ in results], [reason for _, reason in results if reason]


def unlisted(tree: Tree, listings: Collection[Listing]) -> Iterator[str]:
    """Images that lie beside the listed ones but have no label."""
    listed = {file for listing in listings for file in listing.files}
    for folder in dict.fromkeys(listing.folder for listing in listings):
        files = tree.files(folder) if folder is not None else ()
        for file in files:
            if is_image(file) and file not in listed:
                yield f"{file} has no label: add a row to the list of labels or remove the file."
