"""A comparison of two models as one HTML file that needs no network and holds no face."""

from clfer.report.build import SECTIONS, build_report

__all__ = ["SECTIONS", "build_report"]
