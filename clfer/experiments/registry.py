"""All items, in the order of the paper."""

from functools import cache
from importlib import import_module

from clfer.errors import ConfigError
from clfer.experiments.item import Item

_MODULES = {
    "table1": "tables.complexity",
    "table2": "tables.partial_labels",
    "table3": "tables.removed_expression",
    "table4": "tables.ablation",
    "table5": "tables.weights",
    "table6": "tables.centres",
    "table7": "tables.published",
    "table8": "tables.seeds",
    "fig1": "drawings.gradients",
    "fig5": "drawings.gradients",
    "fig6": "drawings.confusion",
    "fig7": "drawings.removed_maps",
    "fig8": "drawings.clusters",
    "fig9": "drawings.embeddings",
    "fig10": "drawings.group_maps",
    "fig11": "drawings.block_maps",
    "fig12": "drawings.losses",
    "robustness": "drawings.robustness",
    "cross-data": "tables.cross_data",
    "methods": "tables.methods",
    "options": "tables.options",
    "literal": "tables.literal",
}
"""Module below ``clfer.experiments`` of every item; each has a tuple ``ITEMS``."""


def item_names() -> tuple[str, ...]:
    """Names of all items."""
    return tuple(_MODULES)


@cache
def find_item(name: str) -> Item:
    """The item of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in _MODULES:
        raise ConfigError(
            f"There is no item '{name}': choose one of {', '.join(_MODULES)}, or all."
        )
    items: tuple[Item, ...] = import_module(f"clfer.experiments.{_MODULES[name]}").ITEMS
    return next(item for item in items if item.name == name)


def find_items(names: str) -> tuple[Item, ...]:
    """One item by its name, or ``all``; raises as :func:`find_item`."""
    return tuple(map(find_item, item_names() if names == "all" else (names,)))
