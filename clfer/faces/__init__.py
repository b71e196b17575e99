"""From any picture to aligned faces: decode, detect, align."""

from clfer.faces.align import (
    AlignmentTemplate,
    align_face,
    crop_box,
    similarity_transform,
    whole_image,
)
from clfer.faces.decode import decode_image
from clfer.faces.detector import DetectedFace, FaceDetector
from clfer.faces.mtcnn import MtcnnDetector
from clfer.faces.samples import SAMPLES, load_sample
from clfer.faces.template import FERPLUS_TEMPLATE, SYNTHETIC_TEMPLATE, measure_template

__all__ = [
    "FERPLUS_TEMPLATE",
    "SAMPLES",
    "SYNTHETIC_TEMPLATE",
    "AlignmentTemplate",
    "DetectedFace",
    "FaceDetector",
    "MtcnnDetector",
    "align_face",
    "crop_box",
    "decode_image",
    "load_sample",
    "measure_template",
    "similarity_transform",
    "whole_image",
]
