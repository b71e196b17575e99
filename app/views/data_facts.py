"""What the Data view shows of a data set, in caches shared by all sessions."""

import streamlit as st

import folders
from clfer.analysis.data_summary import (
    ClassBalance,
    VoteAmbiguity,
    class_balance,
    vote_ambiguity,
)
from clfer.data.faceset import FaceSet, fingerprint
from clfer.data.labels import load_labels, load_votes


def balance(dataset: str, root: str | None) -> ClassBalance:
    """Faces per split and expression.

    Raises:
        DataError: the root cannot be read or is no such data set.
    """
    return _balance(dataset, root, folders.stamp(root))


def ambiguity(faces: FaceSet, root: str | None) -> VoteAmbiguity:
    """Entropy of the votes on the faces of a FER+ split.

    Raises:
        DataError: the root cannot be read.
    """
    return _ambiguity(fingerprint(faces.digests), faces.split, root, folders.stamp(root), faces)


@st.cache_resource(max_entries=8, show_spinner="Reading the labels")
def _balance(dataset: str, root: str | None, stamp: int) -> ClassBalance:
    return class_balance(*load_labels(dataset, root))


@st.cache_resource(max_entries=8, show_spinner="Reading the votes")
def _ambiguity(
    content: str, split: str, root: str | None, stamp: int, _faces: FaceSet
) -> VoteAmbiguity:
    names, votes = load_votes(root, split)
    return vote_ambiguity(names, votes, _faces.names)
