"""Random but reproducible people, expressions and scenes."""

from functools import lru_cache

import numpy as np

from clfer.data.synthetic.action_units import sample_action_units
from clfer.data.synthetic.palette import EYE_COLOURS, HAIR_COLOURS
from clfer.data.synthetic.parameters import (
    BACKGROUNDS,
    FaceParameters,
    Identity,
    Light,
    Pose,
    Scene,
)

_IDENTITY_STREAM = 101
_MASCULINE_HAIR = {
    "bald": 0.10,
    "buzz": 0.16,
    "short": 0.24,
    "side_part": 0.20,
    "quiff": 0.14,
    "curly": 0.10,
    "afro": 0.06,
}
_FEMININE_HAIR = {
    "short": 0.06,
    "curly": 0.08,
    "afro": 0.08,
    "bob": 0.16,
    "fringe_bob": 0.14,
    "long": 0.18,
    "long_part": 0.18,
    "bun": 0.12,
}
_BEARDS = {"none": 0.45, "stubble": 0.22, "moustache": 0.08, "goatee": 0.09, "full": 0.16}
_OCCLUSIONS = {"none": 0.84, "sunglasses": 0.03, "scarf": 0.03, "hand": 0.05, "object": 0.05}
_GLASSES = {"none": 0.80, "round": 0.10, "square": 0.10}


def _pick(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names = list(weights)
    p = np.array(list(weights.values()))
    return names[int(rng.choice(len(names), p=p / p.sum()))]


def _near(rng: np.random.Generator, mean: float, spread: float, reach: float = 2.0) -> float:
    return float(mean + spread * np.clip(rng.standard_normal(), -reach, reach))


@lru_cache(maxsize=16)  # the faces of a person are described one after the other
def sample_identity(identity: int, seed: int = 0) -> Identity:
    """The person with number ``identity``; the same person for the same seed, always."""
    rng = np.random.default_rng([seed, _IDENTITY_STREAM, identity])
    feminine = float(np.clip(rng.choice([0.15, 0.85]) + 0.12 * rng.standard_normal(), 0.0, 1.0))
    age = float(rng.beta(1.3, 2.2))
    tone = float(rng.uniform())
    grey = rng.uniform() < max(0.0, age - 0.45) * 1.8
    natural = len(HAIR_COLOURS) - 4
    first = 0 if tone < 0.4 else natural // 2
    colour = rng.integers(natural, natural + 2) if grey else rng.integers(first, natural)
    if rng.uniform() < 0.04:
        colour = rng.integers(natural + 2, natural + 4)
    hair = _FEMININE_HAIR if feminine > 0.5 else _MASCULINE_HAIR
    return Identity(
        identity=identity,
        skin_tone=tone,
        skin_warmth=float(rng.uniform(-1.0, 1.0)),
        age=age,
        feminine=feminine,
        face_width=_near(rng, 1.0, 0.04),
        jaw_width=_near(rng, 1.06 - 0.12 * feminine, 0.06),
        chin_length=_near(rng, 1.02 - 0.04 * feminine, 0.06),
        cheek_depth=float(rng.uniform()),
        forehead_height=_near(rng, 1.0, 0.05),
        ear_size=_near(rng, 1.0, 0.12),
        eye_spacing=_near(rng, 1.0, 0.05),
        eye_size=_near(rng, 0.98 + 0.10 * feminine, 0.07),
        eye_tilt=_near(rng, 0.07 + 0.06 * feminine, 0.08),
        eye_colour=int(rng.integers(0, 3 if tone > 0.5 else len(EYE_COLOURS))),
        brow_thickness=_near(rng, 1.15 - 0.40 * feminine, 0.16),
        brow_height=_near(rng, 1.0, 0.08),
        brow_arch=_near(rng, 0.8 + 0.5 * feminine, 0.3),
        brow_tilt=_near(rng, 0.0, 0.02),
        nose_length=_near(rng, 1.0, 0.06),
        nose_width=_near(rng, 1.02 - 0.10 * feminine + 0.12 * (tone - 0.5), 0.09),
        mouth_width=_near(rng, 1.0, 0.08),
        mouth_height=_near(rng, 1.0, 0.02),
        lip_fullness=_near(rng, 0.85 + 0.25 * feminine + 0.15 * tone, 0.14),
        mouth_corner=_near(rng, 0.022, 0.016),
        hair_style=_pick(rng, hair),
        hair_colour=int(colour),
        hair_volume=_near(rng, 1.0, 0.25),
        hair_side=float(rng.choice([-1.0, 1.0])),
        beard=_pick(rng, _BEARDS) if feminine < 0.5 else "none",
        freckles=float(rng.uniform(0.4, 1.0)) if rng.uniform() < 0.12 and tone < 0.5 else 0.0,
        lipstick=float(rng.uniform(0.3, 1.0)) if rng.uniform() < 0.45 * feminine else 0.0,
    )


def sample_pose(rng: np.random.Generator) -> Pose:
    """Mostly frontal heads, up to 28 degrees of yaw, as face crops have them."""
    return Pose(
        yaw=_near(rng, 0.0, 11.0, 2.5),
        pitch=_near(rng, 0.0, 5.0),
        roll=_near(rng, 0.0, 5.0),
        zoom=_near(rng, 1.0, 0.05),
        shift_x=_near(rng, 0.0, 0.02),
        shift_y=_near(rng, 0.0, 0.02),
        gaze_x=_near(rng, 0.0, 0.3),
        gaze_y=_near(rng, 0.0, 0.15),
    )


def sample_light(rng: np.random.Generator) -> Light:
    """Light from above on either side, soft to strong, warm to cool."""
    return Light(
        light_azimuth=float(rng.uniform(-70.0, 70.0)),
        light_elevation=float(rng.uniform(10.0, 60.0)),
        light_strength=float(rng.uniform(0.2, 0.95)),
        light_warmth=_near(rng, 0.1, 0.35),
        exposure=_near(rng, 1.0, 0.12),
    )


def sample_scene(rng: np.random.Generator) -> Scene:
    """Background, clothes, glasses, and in one face of six something that covers a part."""
    return Scene(
        glasses=_pick(rng, _GLASSES),
        occlusion=_pick(rng, _OCCLUSIONS),
        occlusion_x=float(rng.uniform(-0.8, 0.8)),
        occlusion_y=float(rng.uniform(-0.5, 1.0)),
        occlusion_size=float(rng.uniform(0.3, 0.5)),
        accessory_hue=float(rng.uniform()),
        background=BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))],
        background_hue=float(rng.uniform()),
        background_value=float(rng.uniform(0.35, 0.95)),
        clothing_hue=float(rng.uniform()),
        clothing_value=float(rng.uniform(0.2, 0.9)),
        neckline=float(rng.uniform()),
        blur=float(rng.uniform(0.0, 0.008)),
        noise=float(rng.uniform(0.0, 4.0)),
        noise_seed=int(rng.integers(2**31)),
    )


def sample_face(
    expression: str, identity: int, rng: np.random.Generator, seed: int = 0
) -> FaceParameters:
    """One face of person ``identity`` of universe ``seed``; all else is drawn from ``rng``."""
    intensity = float(rng.uniform(0.55, 1.0))
    return FaceParameters(
        expression=expression,
        intensity=0.0 if expression == "neutral" else intensity,
        asymmetry=_near(rng, 0.0, 0.12),
        identity=sample_identity(identity, seed),
        action_units=sample_action_units(expression, intensity, rng),
        pose=sample_pose(rng),
        light=sample_light(rng),
        scene=sample_scene(rng),
    )
