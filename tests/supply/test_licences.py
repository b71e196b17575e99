"""Licences are read as packages state them, and none goes by unjudged."""

from email.message import Message
from importlib.metadata import Distribution, PackagePath

import pytest
from licences import BY_HAND, Row, carried_by, judged, licence_of, rendered, row


class Stated(Distribution):
    """A package that states what a test gives it."""

    def __init__(self, files: list[str] | None = None, **stated: str | list[str]) -> None:
        self._stated = Message()
        self._files = [PackagePath(name) for name in files or []]
        for key, values in stated.items():
            for value in [values] if isinstance(values, str) else values:
                self._stated[key.replace("_", "-")] = value

    metadata = property(lambda self: self._stated)
    files = property(lambda self: self._files)

    def read_text(self, filename: str) -> str | None:
        return None

    def locate_file(self, path: object) -> PackagePath:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("stated", "licence"),
    [
        ({"License_Expression": "MIT", "License": "other"}, "MIT"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        (
            {"License": "Copyright\nmany lines", "Classifier": "License :: OSI :: BSD License"},
            "BSD",
        ),
        (
            {"License": "UNKNOWN", "Classifier": ["Topic :: A", "License :: OSI :: MIT License"]},
            "MIT",
        ),
    ],
)
def test_licence_is_the_most_exact_statement(
    stated: dict[str, str | list[str]], licence: str
) -> None:
    assert licence_of(Stated(**stated)) == licence


def test_a_package_without_a_licence_is_named() -> None:
    with pytest.raises(ValueError, match="states no licence"):
        licence_of(Stated(Name="nameless"))


@pytest.mark.parametrize(
    ("licence", "kind"),
    [
        ("MIT", "free"),
        ("BSD-2-Clause AND Apache-2.0 WITH LLVM-exception", "free"),
        ("PSF-2.0 (matplotlib's own text)", "free"),
        ("MPL-2.0 AND MIT", "copyleft"),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", "copyleft"),
        ("LGPL-2.1-or-later", "copyleft"),
        ("AGPL-3.0-only", "copyleft"),
        ("LicenseRef-NVIDIA-Proprietary", "proprietary"),
    ],
)
def test_judgement(licence: str, kind: str) -> None:
    assert judged(licence) == kind


def test_an_unheard_of_licence_is_not_taken_for_free() -> None:
    with pytest.raises(ValueError, match="has not been judged"):
        judged("MIT AND Beerware")


def test_libraries_in_wheels_are_found() -> None:
    wheel = Stated(["cv2/cv2.so", "x.libs/libavcodec-c4.so.62", "torch/lib/libgomp.so.1"])
    assert carried_by(wheel) == ("libavcodec", "libgomp")


def test_another_version_than_the_locked_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"installed but 0\.0\.1 is locked"):
        row("packaging", "0.0.1")
    with pytest.raises(ValueError, match="not installed"):
        row("no-such-package", "1.0")
    assert row("standard-imghdr", "3.13.0").licence == BY_HAND["standard-imghdr"]


def test_the_list_puts_what_is_not_free_first() -> None:
    rows = [
        Row("a", "1", "MIT", "free"),
        Row("b", "2", "MPL-2.0", "copyleft"),
        Row("c", "3", "LicenseRef-NVIDIA-Proprietary", "proprietary", ("libgomp",)),
    ]
    text = rendered(rows, "{free} of {count}\n{copyleft}\n{proprietary}\n{carried}\n{table}")
    assert text.splitlines() == [
        "1 of 3",
        "| b | MPL-2.0 |",
        "c.",
        "| c | libgomp |",
        "| a | 1 | MIT | free |",
        "| b | 2 | MPL-2.0 | copyleft |",
        "| c | 3 | LicenseRef-NVIDIA-Proprietary | proprietary |",
    ]
