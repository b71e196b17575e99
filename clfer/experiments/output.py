"""The files of a reproduced item: tables and figures in every format, and a page about them.

``<folder>/table6/README.md`` holds the tables, the protocol and what the figures show; beside it
lie ``<name>.md``, ``.csv``, ``.tex`` of every table and ``<name>.pdf``, ``.png`` of every figure.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from clfer.errors import ConfigError
from clfer.experiments.item import Item, Product
from clfer.experiments.printed import to_pdf, to_png
from clfer.experiments.table import to_csv, to_latex, to_markdown
from clfer.models.files import write_folder_atomically
from clfer.paths import reproduction_dir, shipped_reproduction_dir

PAGE = "README.md"
INDEX = "product.json"
"""The same as data, for whoever draws it: see :func:`read_index`."""


class Found(NamedTuple):
    """An item that was written.

    Attributes:
        folder: Of its files.
        content: See :func:`read_index`.
        shipped: Whether it came with CLFER.
    """

    folder: Path
    content: dict[str, Any]
    shipped: bool


@dataclass(frozen=True)
class Written:
    """The files of an item, as they lie on disk.

    Attributes:
        folder: Of the item.
        files: Names in it, the page first.
    """

    folder: Path
    files: tuple[str, ...]


def item_folder(scale: str, item: str, parent: Path | None = None) -> Path:
    """Where the files of an item lie; ``parent`` is ``reproduction_dir()/<scale>`` by default."""
    return (parent or reproduction_dir() / scale) / item


def shipped_folder(scale: str, item: str) -> Path:
    """Where the files of an item lie that ship with CLFER; few of them do."""
    return item_folder(scale, item, shipped_reproduction_dir() / scale)


def write_product(item: Item, product: Product, folder: Path) -> Written:
    """Write all files of an item; those of an earlier time are replaced together.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    files: dict[str, bytes] = {PAGE: page(item, product).encode(), INDEX: _index(product)}
    for table in product.tables:
        files[f"{table.name}.md"] = to_markdown(table).encode()
        files[f"{table.name}.csv"] = to_csv(table).encode()
        files[f"{table.name}.tex"] = to_latex(table).encode()
    for figure in product.figures:
        files[f"{figure.name}.pdf"] = to_pdf(figure)
        files[f"{figure.name}.png"] = to_png(figure)

    def fill(target: Path) -> None:
        for name, content in files.items():
            (target / name).write_bytes(content)

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_folder_atomically(folder, fill)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written to: {error.strerror}.") from error
    return Written(folder, tuple(files))


def page(item: Item, product: Product) -> str:
    """Everything about an item in Markdown: title, tables, figures with captions, protocol."""
    parts = [f"# {item.where}: {item.title}\n"]
    # What the heading says already is not said again.
    repeated = f"{item.title}\n\n"
    parts += [to_markdown(table).removeprefix(repeated) for table in product.tables]
    parts += [f"![{one.alt}]({one.name}.png)\n\n{one.caption}\n" for one in product.figures]
    parts.append(f"## Protocol\n\n{product.protocol.strip()}\n")
    return "\n".join(parts)


def read_index(folder: Path) -> dict[str, Any] | None:
    """Tables (``name``, ``caption``, ``columns``, ``rows``, ``notes``), figures (``name``,
    ``caption``, ``alt``) and protocol of an item that was written; None if it was not.

    Raises:
        ConfigError: the file is damaged.
    """
    try:
        found: dict[str, Any] = json.loads((folder / INDEX).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ConfigError(f"{folder / INDEX} is damaged: remove it, and start the item.") from error
    return found


def find_written(scale: str, item: str) -> Found | None:
    """What was written of an item on this machine, else what ships; None if there is neither.

    Raises:
        ConfigError: the file is damaged.
    """
    for shipped, folder in enumerate((item_folder(scale, item), shipped_folder(scale, item))):
        index = read_index(folder)
        if index is not None:
            return Found(folder, index, bool(shipped))
    return None


def _index(product: Product) -> bytes:
    figures = [{"name": f.name, "caption": f.caption, "alt": f.alt} for f in product.figures]
    content = {
        "tables": [asdict(table) for table in product.tables],
        "figures": figures,
        "protocol": product.protocol,
    }
    return json.dumps(content, ensure_ascii=False).encode()
