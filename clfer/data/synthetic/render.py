"""From parameters to pixels: the order in which a face is drawn."""

import numpy as np
from numpy.typing import NDArray

from clfer.data.synthetic.beard import draw_beard
from clfer.data.synthetic.brows import draw_brows
from clfer.data.synthetic.eyes import draw_eyes, shade_eyes
from clfer.data.synthetic.glasses import draw_glasses, draw_temples
from clfer.data.synthetic.hair import draw_back_hair, draw_hair, hair_shadow
from clfer.data.synthetic.head import draw_ears, draw_shoulders, draw_skin
from clfer.data.synthetic.mouth import draw_mouth, shade_mouth
from clfer.data.synthetic.nose import draw_nose, shade_nose
from clfer.data.synthetic.occlusion import draw_occlusion
from clfer.data.synthetic.parameters import FaceParameters
from clfer.data.synthetic.scene import photograph
from clfer.data.synthetic.shading import apply_relief, illuminate, sculpt
from clfer.data.synthetic.stage import Stage
from clfer.data.synthetic.wrinkles import shade_wrinkles

_DRAWN = 128
_SKIN = (sculpt, shade_nose, shade_mouth, shade_eyes, shade_wrinkles, hair_shadow)
_BEHIND = (draw_back_hair, draw_shoulders, draw_ears, draw_skin)
_FEATURES = (draw_beard, draw_nose, draw_mouth, draw_eyes, draw_brows)
_OVER = (draw_temples, draw_hair, draw_glasses, draw_occlusion)


def render_face(face: FaceParameters, size: int) -> NDArray[np.uint8]:
    """Draw one face, uint8 RGB ``[size, size, 3]``.

    The drawing is made at twice the size or more (at least about 128 pixels) and averaged down.
    The pixels are a pure function of the arguments.
    """
    stage = Stage(face, size * max(2, round(_DRAWN / size)))
    for step in (*_BEHIND, *_SKIN, apply_relief, *_FEATURES, *_OVER):
        step(stage)
    return photograph(illuminate(stage), face.scene, size)
