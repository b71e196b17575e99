"""The methods of Table VII and newer ones, with the accuracies that were published for them."""

from functools import cache
from typing import Any, Literal

from clfer.experiments.paper import PaperRecord, paper_file, references

DataSet = Literal["rafdb", "sfew", "ferplus", "affectnet7", "affectnet"]


class PublishedMethod(PaperRecord):
    """One method with its published accuracies.

    Attributes:
        method: Name.
        network: Backbone; None where the source does not say.
        pretraining: Data of the initial weights, as the source spells it.
        extra_data: Trained with data beyond the training set.
        oversampling: Trained with rare expressions drawn more often.
        optimiser: Optimiser.
        year: Year as the source prints it.
        accuracy: Per cent by data set; AffectNet with 7 (``affectnet7``) or 8 expressions.
        second_hand: Data sets whose value was read in a list of results, not in a text of the
            method's authors.
        reference: The paper's reference, short.
        sources: Addresses of newer results.
        caveat: What makes the values hard to compare.
    """

    method: str
    network: str | None = None
    pretraining: str | None = None
    extra_data: bool = False
    oversampling: bool = False
    optimiser: str | None = None
    year: int | None = None
    accuracy: dict[DataSet, float]
    second_hand: tuple[DataSet, ...] = ()
    reference: str | None = None
    sources: tuple[str, ...] = ()
    caveat: str = ""


class PublishedBlock(PaperRecord):
    """Methods of one origin, in the order of their source, with notes on how to read them."""

    where: str
    title: str
    methods: tuple[PublishedMethod, ...]
    notes: tuple[str, ...]


@cache
def table7() -> PublishedBlock:
    """Table VII; its last two rows are named ``baseline`` and ``ours``."""
    return _block("table7")


@cache
def newer_results() -> PublishedBlock:
    """Results that the paper does not list, each with the addresses where they were read.

    Values known from no citable source are left out.
    """
    return _block("newer")


def _block(name: str) -> PublishedBlock:
    content = paper_file(name)
    return PublishedBlock(
        where=content["where"],
        title=content["title"],
        methods=tuple(map(_method, content["methods"])),
        notes=tuple(content["notes"]),
    )


def _method(told: dict[str, Any]) -> PublishedMethod:
    number = told.get("reference")
    reference = None if number is None else references()[number]
    several = {key: tuple(told.get(key, ())) for key in ("second_hand", "sources")}
    return PublishedMethod(**(told | several | {"reference": reference}))
