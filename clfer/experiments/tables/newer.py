"""Results that the paper does not list, each with the addresses where they were read."""

from clfer.experiments.paper import DATA_SETS
from clfer.experiments.published import newer_results
from clfer.experiments.table import Column, ResultTable

_PLACES = ("rafdb", "sfew", "ferplus", "affectnet7", "affectnet")


def newer_table(name: str) -> ResultTable:
    """A row per method and network; addresses are numbered in the notes."""
    block = newer_results()
    addresses = list(dict.fromkeys(one for method in block.methods for one in method.sources))
    places = [p for p in _PLACES if any(p in method.accuracy for method in block.methods)]
    rows = []
    for method in block.methods:
        accuracy = {str(place): value for place, value in method.accuracy.items()}
        listed = ", ".join(DATA_SETS[place] for place in method.second_hand)
        sources = ", ".join(str(addresses.index(one) + 1) for one in method.sources)
        rows.append(
            (
                *(method.method, method.network, method.pretraining, method.year),
                *(accuracy.get(place) for place in places),
                *(listed or None, sources, method.caveat or None),
            )
        )
    columns = (
        *(Column("method"), Column("network"), Column("pre-training"), Column("year")),
        *(Column(DATA_SETS[place], 2, "%") for place in places),
        *(Column("† on"), Column("sources"), Column("remark")),
    )
    numbered = (f"Source {i}: {one}" for i, one in enumerate(addresses, start=1))
    return ResultTable(name, block.title, columns, tuple(rows), (*block.notes, *numbered))
