"""The photo card: sample, upload or camera; the face, a crop by hand, or the whole image."""

import streamlit as st

import state
from clfer.errors import ClferError
from clfer.faces import SAMPLES
from components import picture, section
from photos import CROP, WHOLE, Photo, Region, Subject, from_bytes, from_sample, manual_box

SOURCES = {
    "Samples": ":material/photo_library: Samples",
    "Upload": ":material/upload: Upload",
    "Camera": ":material/photo_camera: Camera",
}
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
PRIVACY = "Photos stay in memory and are never written to disk."


def render() -> Subject | None:
    """Draw the card; None while there is nothing to explain."""
    state.adopt(state.SOURCE, list(SOURCES), "Samples")
    source = st.segmented_control(
        "Photo from",
        list(SOURCES),
        format_func=SOURCES.__getitem__,
        key=state.SOURCE,
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    try:
        photo = _photo(source or "Samples")
    except ClferError as error:
        st.error(str(error), icon=":material/error:")
        section.privacy(PRIVACY)
        return None
    if photo is None:
        section.privacy(PRIVACY)
        return None
    _start_anew(photo)
    stage = st.container(key="clfer-stage")
    region = _region(photo)
    with stage:
        picture.show(
            photo, region, samples=source == "Samples", on_face=_choose, on_sample=_take_sample
        )
    section.privacy(PRIVACY)
    return None if region is None else Subject(photo, region)


def _photo(source: str) -> Photo | None:
    """The photo of the chosen source; the sample before an upload, none before one is taken."""
    given = None
    if source == "Upload":
        given = st.file_uploader(
            "Upload a photo", TYPES, key=state.UPLOAD, label_visibility="collapsed"
        )
    elif source == "Camera":
        given = st.camera_input("Take a photo", key=state.CAMERA, label_visibility="collapsed")
    if given is not None:
        name = "The photo taken" if source == "Camera" else given.name
        return from_bytes(given.getvalue(), name)
    if source == "Camera":
        return None
    names = list(SAMPLES)
    return from_sample(state.adopt(state.SAMPLE, names, names[0]))


def _start_anew(photo: Photo) -> None:
    """A new photo starts with its largest face; without a face nothing is chosen yet."""
    if st.session_state.get(state.PHOTO) != photo.digest:
        st.session_state[state.PHOTO] = photo.digest
        st.session_state[state.REGION] = "1" if photo.faces else None


def _region(photo: Photo) -> Region | None:
    if not photo.faces:
        st.warning(
            f"No face was found in {photo.title}; crop it by hand or use the whole image.",
            icon=":material/face_retouching_off:",
        )
    numbers = [str(i + 1) for i in range(len(photo.faces))]
    choice = st.segmented_control(
        "Explain",
        [*numbers, CROP, WHOLE],
        format_func=_label,
        key=state.REGION,
        required=bool(numbers),
        label_visibility="collapsed",
    )
    if choice is None:
        return None
    if choice != CROP:
        return Region(choice)
    with st.container(key="clfer-crop"):
        columns = st.columns(3, gap="small")
        across = columns[0].slider("Across, %", 0, 100, 50, key="face.across")
        down = columns[1].slider("Down, %", 0, 100, 50, key="face.down")
        size = columns[2].slider("Size, %", 5, 100, 60, key="face.size")
    return Region(CROP, manual_box(photo, across, down, size))


def _label(choice: str) -> str:
    return {CROP: "Crop by hand", WHOLE: "Whole image"}.get(choice, f"Face {choice}")


def _choose(number: str) -> None:
    st.session_state[state.REGION] = number


def _take_sample(name: str) -> None:
    st.session_state[state.SAMPLE] = name
    st.query_params[state.SAMPLE] = name
