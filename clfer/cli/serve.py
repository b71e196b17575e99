"""``clfer app``: serve the app on this machine."""

import subprocess
import sys
from typing import Annotated

import typer

from clfer.cli.common import app, sentence_on_error


@app.command("app")
@sentence_on_error
def start_app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Interface to bind; the default is this machine alone.")
    ] = "127.0.0.1",
) -> None:
    """Serve the app on this machine."""
    from clfer.paths import app_dir

    folder = app_dir()
    typer.echo(f"CLFER is served on http://{address}:{port}")
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "main.py")]
    options = {
        "server.address": address,
        "server.port": str(port),
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
    raise typer.Exit(subprocess.run(command + arguments, check=False).returncode)
