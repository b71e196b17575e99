"""The photo card: sample, upload, camera or data set; a face, a crop by hand, the whole image.

What is chosen here is the subject of all views of one face, and stays over a change of view: the
photo itself is kept, since Streamlit forgets an upload whose field is not drawn.
"""

import streamlit as st

import state
from clfer.errors import ClferError
from clfer.faces import SAMPLES
from components import picture, section
from photos import CROP, WHOLE, Photo, Region, Subject, from_bytes, from_sample, manual_box
from views import data_face

SAMPLE, UPLOAD, CAMERA, DATA = "Samples", "Upload", "Camera", "Data set"
SOURCES = [SAMPLE, UPLOAD, CAMERA, DATA]
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
PRIVACY = "Photos stay in memory and are never written to disk."


def render(*, stage: bool = True) -> Subject | None:
    """Draw the card; None while there is nothing to explain.

    Args:
        stage: Whether the whole photo is shown; a view that shows the face itself needs no stage.
    """
    source = _source()
    try:
        photo = data_face.choose() if source == DATA else _photo(source)
    except ClferError as error:
        section.error(error)
        photo = None
    subject = None if photo is None else _subject(photo, source, stage)
    if source != DATA:
        section.privacy(PRIVACY)
    return subject


def _source() -> str:
    """Where the photo comes from; a face that was picked in any view is shown at once."""
    face = state.adopt(state.FACE, None, None)
    if face != st.session_state.get(state.FACE_SEEN):
        st.session_state[state.FACE_SEEN] = face
        if face is not None:
            st.session_state[state.SOURCE] = DATA
    state.adopt(state.SOURCE, SOURCES, SAMPLE)
    chosen = st.segmented_control(
        "Photo from",
        SOURCES,
        key=state.SOURCE,
        required=True,
        on_change=_turn,
        label_visibility="collapsed",
        width="stretch",
    )
    return chosen or SAMPLE


def _turn() -> None:
    """A face of the data set stays in the address only while it is shown."""
    if st.session_state[state.SOURCE] == DATA:
        face = st.session_state.get(state.FACE_LEFT)
    else:
        face, left = None, st.session_state.get(state.FACE)
        st.session_state[state.FACE_LEFT] = left or st.session_state.get(state.FACE_LEFT)
    st.session_state[state.FACE] = st.session_state[state.FACE_SEEN] = face
    state.share()


def _photo(source: str) -> Photo | None:
    """The photo given; before an upload the sample, none before one is taken."""
    if source == SAMPLE:
        return _sample()
    key = state.UPLOAD if source == UPLOAD else state.CAMERA
    if source == UPLOAD:
        given = st.file_uploader(
            "Upload a photo",
            TYPES,
            key=key,
            on_change=_forget,
            args=(source,),
            label_visibility="collapsed",
        )
    else:
        given = st.camera_input(
            "Take a photo",
            key=key,
            on_change=_forget,
            args=(source,),
            label_visibility="collapsed",
        )
    kept: dict[str, Photo] = st.session_state.setdefault(state.GIVEN, {})
    if given is not None:
        name = "The photo taken" if source == CAMERA else given.name
        kept[source] = from_bytes(given.getvalue(), name)
    elif source in kept:
        section.hint(f"Still shown: {kept[source].title}. Give another one to replace it.")
    if source in kept:
        return kept[source]
    return _sample() if source == UPLOAD else None


def _forget(source: str) -> None:
    """What was given before goes as soon as the user gives or removes something."""
    st.session_state.get(state.GIVEN, {}).pop(source, None)


def _sample() -> Photo:
    names = list(SAMPLES)
    return from_sample(state.adopt(state.SAMPLE, names, names[0]))


def _subject(photo: Photo, source: str, stage: bool) -> Subject | None:
    """The photo on its stage, and the part of it that is explained."""
    place = st.container(key="clfer-stage")
    if source == DATA:
        region: Region | None = Region(WHOLE)
    else:
        _start_anew(photo)
        region = _region(photo)
    with place:
        picture.show(
            photo,
            region,
            stage=stage,
            samples=source == SAMPLE,
            on_face=_choose,
            on_sample=_take_sample,
        )
    return None if region is None else Subject(photo, region)


def _start_anew(photo: Photo) -> None:
    """A new photo starts with its largest face; without a face nothing is chosen yet."""
    if st.session_state.get(state.PHOTO) != photo.digest:
        st.session_state[state.PHOTO] = photo.digest
        st.session_state[state.REGION] = "1" if photo.faces else None


def _region(photo: Photo) -> Region | None:
    if not photo.faces:
        section.warning(
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
        across, down, size = (
            column.slider(label, low, 100, key=key)
            for column, (label, low, key) in zip(
                st.columns(3, gap="small"), _crop_sliders(), strict=True
            )
        )
    return Region(CROP, manual_box(photo, across, down, size))


def _crop_sliders() -> list[tuple[str, int, str]]:
    """Label, smallest value and key of the sliders of a crop by hand."""
    for key, default in ((state.ACROSS, 50), (state.DOWN, 50), (state.SIZE, 60)):
        state.adopt(key, None, default)
    return [
        ("Across, %", 0, state.ACROSS),
        ("Down, %", 0, state.DOWN),
        ("Size, %", 5, state.SIZE),
    ]


def _label(choice: str) -> str:
    return {CROP: "Crop by hand", WHOLE: "Whole image"}.get(choice, f"Face {choice}")


def _choose(number: str) -> None:
    st.session_state[state.REGION] = number


def _take_sample(name: str) -> None:
    st.session_state[state.SAMPLE] = name
    state.share()
