"""A photo that is recognised wherever any part of it turns up."""

import hashlib
import io
import os
import uuid
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from clfer.faces import load_sample


@dataclass(frozen=True, eq=False)
class Watermark:
    """A photo of a drawn face beside noise that no other picture holds.

    Attributes:
        token: A word that stands in its file name and its text chunk.
        pixels: uint8 ``[256, 512, 3]``.
        data: The PNG file.
    """

    token: str
    pixels: NDArray[np.uint8]
    data: bytes

    @classmethod
    def new(cls) -> "Watermark":
        """A photo that never was before."""
        token = uuid.uuid4().hex
        noise = np.frombuffer(os.urandom(256 * 256 * 3), np.uint8).reshape(256, 256, 3)
        face = Image.fromarray(load_sample("synthetic happiness 3")).resize((256, 256))
        pixels = np.concatenate([np.asarray(face), noise], axis=1)
        text = PngInfo()
        text.add_text("Comment", token)
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG", pnginfo=text)
        return cls(token, pixels, stream.getvalue())

    def marks(self) -> dict[str, bytes]:
        """What to look for, by what it is."""
        middle = len(self.data) // 2
        raw = self.pixels[128, 300:400].tobytes()
        digest = hashlib.sha256(self.data).hexdigest()
        seen = hashlib.sha256(self.pixels.tobytes() + repr(self.pixels.shape).encode())
        return {
            "its name or text": self.token.encode(),
            "bytes of its file": self.data[middle : middle + 64],
            "its file in base 64": b64encode(self.data[3 * 999 : 3 * 1030]),
            "rows of its pixels": raw,
            "rows of one colour": self.pixels[128, 300:400, 0].tobytes(),
            "the hash of its file": digest.encode(),
            "the hash of its pixels": seen.hexdigest().encode(),
        }

    def found_in(self, path: Path) -> list[str]:
        """What of it a file, or a file's name, holds."""
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        marks = self.marks()
        inside = [what for what, mark in marks.items() if mark in content]
        return inside + ["its name in a path"] * (self.token in str(path))
