"""The controlled factors of a synthetic face, as plain values.

Lengths are in half head widths: a head is about two units wide and 2.7 units high; x points to
the right of the image, y down, z to the viewer; the origin lies between the eyes inside the head.
"""

from dataclasses import dataclass

from clfer.data.synthetic.action_units import ActionUnits

Colour = tuple[float, float, float]
"""Red, green, blue, each 0 to 255."""

HAIR_STYLES: tuple[str, ...] = (
    "bald",
    "buzz",
    "short",
    "side_part",
    "quiff",
    "curly",
    "afro",
    "bob",
    "fringe_bob",
    "long",
    "long_part",
    "bun",
)
BEARDS: tuple[str, ...] = ("none", "stubble", "moustache", "goatee", "full")
GLASSES: tuple[str, ...] = ("none", "round", "square")
OCCLUSIONS: tuple[str, ...] = ("none", "sunglasses", "scarf", "hand", "object")
BACKGROUNDS: tuple[str, ...] = ("plain", "gradient", "bokeh")


@dataclass(frozen=True)
class Identity:
    """What stays the same in all faces of one person; numbers without a unit are factors near 1."""

    identity: int
    skin_tone: float
    """0 (lightest) to 1 (darkest)."""
    skin_warmth: float
    """-1 (pinkish) to 1 (yellowish)."""
    age: float
    """0 (young) to 1 (old): depth of the resting wrinkles."""
    feminine: float
    """0 to 1: lashes, lips, brows and jaw change with it."""
    face_width: float
    jaw_width: float
    chin_length: float
    cheek_depth: float
    forehead_height: float
    ear_size: float
    eye_spacing: float
    eye_size: float
    eye_tilt: float
    """Height of the outer above the inner corner, in eye half widths."""
    eye_colour: int
    """Index into the palette of iris colours."""
    brow_thickness: float
    brow_height: float
    brow_arch: float
    brow_tilt: float
    """Resting slant: positive lowers the inner end, which looks stern."""
    nose_length: float
    nose_width: float
    mouth_width: float
    mouth_height: float
    lip_fullness: float
    mouth_corner: float
    """Resting height of the lip corners; negative corners hang."""
    hair_style: str
    hair_colour: int
    """Index into the palette of hair colours."""
    hair_volume: float
    hair_side: float
    """Side of the parting, -1 or 1."""
    beard: str
    freckles: float
    lipstick: float


@dataclass(frozen=True)
class Pose:
    """Head rotation in degrees, size and place in the frame."""

    yaw: float = 0.0
    """Positive turns the face to the right of the image."""
    pitch: float = 0.0
    """Positive lifts the face."""
    roll: float = 0.0
    """Positive tilts the head clockwise."""
    zoom: float = 1.0
    shift_x: float = 0.0
    """Displacement as a share of the frame."""
    shift_y: float = 0.0
    gaze_x: float = 0.0
    """-1 (left of the image) to 1."""
    gaze_y: float = 0.0


@dataclass(frozen=True)
class Light:
    """One directional light with an ambient part."""

    light_azimuth: float = -30.0
    """Degrees; 0 is frontal, positive comes from the right of the image."""
    light_elevation: float = 35.0
    """Degrees above the horizon."""
    light_strength: float = 0.5
    """0 (flat) to 1 (dramatic)."""
    light_warmth: float = 0.0
    """-1 (blue) to 1 (orange)."""
    exposure: float = 1.0


@dataclass(frozen=True)
class Scene:
    """What surrounds or covers the face, and the camera."""

    glasses: str = "none"
    occlusion: str = "none"
    occlusion_x: float = 0.0
    """Place of the covering object, in head units."""
    occlusion_y: float = 0.0
    occlusion_size: float = 0.5
    accessory_hue: float = 0.5
    """Hue of glasses, scarf or object."""
    background: str = "gradient"
    background_hue: float = 0.6
    background_value: float = 0.75
    clothing_hue: float = 0.6
    clothing_value: float = 0.5
    neckline: float = 0.5
    """0 to 1; above one half the neckline is V-shaped."""
    blur: float = 0.0
    """Standard deviation of the lens blur as a share of the frame."""
    noise: float = 0.0
    """Standard deviation of the sensor noise, in grey levels."""
    noise_seed: int = 0


@dataclass(frozen=True)
class FaceParameters:
    """Everything that determines the pixels of one synthetic face."""

    expression: str
    intensity: float
    asymmetry: float
    """How much stronger the expression is on the right of the image, -1 to 1."""
    identity: Identity
    action_units: ActionUnits
    pose: Pose
    light: Light
    scene: Scene

    def factors(self) -> dict[str, float | int | str]:
        """All parameters in one flat row, named as the fields are."""
        row: dict[str, float | int | str] = {
            "expression": self.expression,
            "intensity": self.intensity,
            "asymmetry": self.asymmetry,
        }
        for part in (self.identity, self.action_units, self.pose, self.light, self.scene):
            row |= vars(part)
        return row
