"""A photo stays in memory, the app talks to nobody, and hostile names stay text: in a browser."""

import gc
import json
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import weakref
from collections.abc import Callable, Iterator
from itertools import dropwhile
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import hostile
import psutil
import pytest
import watched_app
from patience import PATIENCE, PATIENCE_MS
from playwright.sync_api import Browser, Page, expect
from watched_app import WatchedApp
from watermark import Watermark

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(scope="module")
def app(
    repository: Path, pair_folder: Path, faces_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WatchedApp]:
    """An app with hostile models, faces and runs, and a structured log."""
    tmp_path = tmp_path_factory.mktemp("watched")
    running = watched_app.start(
        repository,
        tmp_path / "app",
        CLFER_CHECKPOINTS=str(hostile.write_models(tmp_path / "models", pair_folder)),
        CLFER_RUNS=str(hostile.write_runs(tmp_path / "runs", pair_folder)),
        CLFER_FOLDER_ROOT=str(hostile.write_faces(tmp_path / hostile.NAME)),
        CLFER_FERPLUS_ROOT=str(faces_root),
        CLFER_OWN_CHECKPOINTS=str(tmp_path / "own"),
        CLFER_LOG="json",
    )
    yield running
    running.end()


@pytest.mark.browser
def test_a_photo_leaves_no_trace_and_the_app_talks_to_nobody(
    app: WatchedApp, repository: Path, browser: Browser, record: Callable[..., None]
) -> None:
    photo = Watermark.new()
    requests: list[str] = []
    dialogs: list[str] = []
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.on("request", lambda request: requests.append(request.url))
        page.on("websocket", lambda web: requests.append(web.url))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        explore(page, app, photo)
        see_hostile_names(page, app)
        assert page.evaluate("typeof window.hot") == "undefined"
    assert knock(app, origin=app.address) == 101
    assert knock(app, origin="https://elsewhere.example") == 403
    open_sockets = app.sockets()
    outside = sorted({url for url in requests if not at_home(url)})
    events = app.events()
    calls = sorted({f"{kind} {what}" for kind, what in events if not harmless(kind, what)})
    searched, traces = search(app, repository, photo)
    # Before the first page is opened, Streamlit alone says where it serves.
    lines = dropwhile(lambda line: not line.startswith("{"), app.errors().splitlines())
    logged = [json.loads(line)["event"] for line in lines]
    wrong = outside + calls + traces + dialogs
    record(
        "exposure and privacy",
        cases=len(requests) + len(events) + searched + len(logged),
        failures=len(wrong),
        requests=len(requests),
        files_searched=searched,
    )
    assert not wrong, "\n".join(wrong)
    assert set(open_sockets) <= set(LOOPBACK), open_sockets
    assert any(kind == "open" for kind, _ in events), "the watch does not work"
    assert len(requests) > 20
    assert {"photo read", "photo explained", "refused"} <= set(logged), logged


def explore(page: Page, app: WatchedApp, photo: Watermark) -> None:
    """Upload the photo and look at it in all ways that the Face and What if views know."""
    page.goto(app.address)
    expect(page.locator(".st-key-card-b .clfer-word").first).to_be_visible()
    page.get_by_text("Upload", exact=True).click()
    name = f"{photo.token}{hostile.NAME}.png"
    upload(page, name, photo.data)
    expect(page.locator(f"img[alt*='{photo.token}']")).to_be_visible()
    panel = page.locator(".st-key-card-panel")
    for title, key in (
        ("Learning intensity", "intensity-groups"),
        ("Attribution", "attribution-B"),
    ):
        panel.get_by_text(title, exact=True).click()
        expect(page.locator(f".st-key-chart-{key} .js-plotly-plot")).to_be_visible()
    page.get_by_role("link", name="What if").click()
    expect(page.locator("h1", has_text="What if")).to_be_visible()
    expect(page.locator(".st-key-card-b .clfer-word, .clfer-word").first).to_be_visible()


def see_hostile_names(page: Page, app: WatchedApp) -> None:
    """An upload that cannot be read, a run, an expression: each name stands there as it is."""
    page.goto(f"{app.address}/?sample=x")
    page.get_by_text("Upload", exact=True).click()
    upload(page, f"{hostile.TEXT}.png".replace("/", "∕"), b"no picture")
    alert = page.get_by_test_id("stAlert").first
    expect(alert).to_contain_text("is not an image in a format that can be read")
    expect(alert).to_contain_text("onclick=hot>hot</a>".replace("/", "∕"))
    assert alert.locator("a, img").count() == 0
    page.goto(f"{app.address}/runs?run={quote(f'1 {hostile.NAME}', safe='')}")
    title = page.locator(".st-key-card-run h2")
    expect(title).to_contain_text(hostile.TEXT)
    failed = page.locator(".st-key-card-run").get_by_test_id("stAlert").first
    expect(failed).to_contain_text(f"It failed in {hostile.TEXT}")
    assert failed.locator("a, img").count() == 0
    page.goto(f"{app.address}/data?data=folder&split=valid")
    label = page.locator(".st-key-sample-controls").get_by_text("onclick=hot").first
    expect(label).to_contain_text("![pic](https:")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert page.locator(f"a[href*='{hostile.HOST}'], img[src*='{hostile.HOST}']").count() == 0


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


def knock(app: WatchedApp, origin: str) -> int:
    """What the app answers to a page of `origin` that wants its live connection."""
    head = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nOrigin: {origin}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as connection:
        connection.sendall(head.encode("ascii"))
        return int(connection.recv(64).split()[1])


def at_home(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in LOOPBACK


def harmless(kind: str, what: str) -> bool:
    """A written file, judged elsewhere, or a socket of this machine."""
    if kind == "open":
        return True
    return what.startswith(("'/", "b'\\x00", '"/')) or any(f"'{host}'" in what for host in LOOPBACK)


def search(app: WatchedApp, repository: Path, photo: Watermark) -> tuple[int, list[str]]:
    """How many files were searched, and where the photo left a trace."""
    places = [app.folder, repository, Path("/dev/shm"), Path("/var/tmp")]
    recent = {
        path
        for place in places
        for path in place.rglob("*")
        if ".git" not in path.parts and ".venv" not in path.parts and is_recent(path, app.started)
    }
    files = recent | {Path(what) for kind, what in app.events() if kind == "open" and what}
    traces = [f"{path} holds {what}" for path in sorted(files) for what in photo.found_in(path)]
    assert {app.folder / "log", app.folder / "errors"} <= files
    return len(files), traces


def is_recent(path: Path, moment: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime >= moment - 1
    except OSError:
        return False


def test_the_watch_sees_connections_and_files(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(watched_app.WATCH, encoding="utf-8")
    log, place = tmp_path / "watch", tmp_path / "written"
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = server.getsockname()
        script = f"import socket; socket.create_connection({address}); open({str(place)!r}, 'w')"
        environment = {"PYTHONPATH": str(tmp_path), "CLFER_WATCH_LOG": str(log)}
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    lines = log.read_text(encoding="utf-8").splitlines()
    assert f"socket.connect\t{address!r}" in lines
    assert f"open\t{place}" in lines
    assert not harmless("socket.connect", "('93.184.216.34', 443)")
    assert not harmless("socket.getaddrinfo", "'data.streamlit.io'")


def test_the_watermark_is_found_where_it_lies(tmp_path: Path) -> None:
    photo = Watermark.new()
    for number, mark in enumerate(photo.marks().values()):
        path = tmp_path / str(number)
        path.write_bytes(b"before" + mark + b"after")
        assert photo.found_in(path)
    (tmp_path / "whole").write_bytes(photo.data)
    assert len(photo.found_in(tmp_path / "whole")) >= 2
    assert not Watermark.new().found_in(tmp_path / "whole")


def test_only_this_machine_is_served_and_uploads_need_the_token(
    app: WatchedApp, record: Callable[..., None]
) -> None:
    heard = [c.laddr.ip for c in psutil.Process(app.process.pid).net_connections() if not c.raddr]
    others = [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and address.address != "127.0.0.1"
    ]
    for address in others:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((address, app.port)) != 0, f"{address} is served"
    statuses = [
        refused(f"{app.address}/_stcore/upload_file/0f0f/1e1e", method, headers)
        for method in ("PUT", "DELETE")
        for headers in ({}, {"X-Xsrftoken": "2|00|00|1"}, {"Origin": "https://hostile.invalid"})
    ]
    record("exposure and privacy", cases=len(others) + len(statuses) + 1, failures=0)
    assert set(heard) == {"127.0.0.1"}
    assert set(statuses) <= {403}, statuses


def refused(address: str, method: str, headers: dict[str, str]) -> int:
    request = urllib.request.Request(address, b"x", headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_settings_are_the_safe_ones(repository: Path) -> None:
    path = repository / "app" / ".streamlit" / "config.toml"
    settings: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["server"].get("enableXsrfProtection", True) is True
    assert settings["server"].get("enableCORS", True) is True
    assert not settings["server"].get("enableStaticServing", False)
    assert "http" not in json.dumps(settings["theme"])


def test_no_shared_cache_keeps_a_photo(
    repository: Path, pair_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("CLFER_CHECKPOINTS", str(pair_folder))
    monkeypatch.syspath_prepend(str(repository / "app"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    st.cache_resource.clear()
    import photos

    kept: list[weakref.ref[Any]] = []
    decode, predict = photos.decode_image, photos.predict_cropped

    def decoded(*arguments: Any, **options: Any) -> Any:
        pixels = decode(*arguments, **options)
        kept.append(weakref.ref(pixels))
        return pixels

    def predicted(*arguments: Any) -> Any:
        said = predict(*arguments)
        kept.extend(weakref.ref(face) for face in said)
        return said

    monkeypatch.setattr(photos, "decode_image", decoded)
    monkeypatch.setattr(photos, "predict_cropped", predicted)
    app = AppTest.from_file(str(repository / "app" / "main.py"), default_timeout=PATIENCE).run()
    kept.clear()  # of the sample, which all sessions share
    photo = Watermark.new()
    app.session_state["face.source"] = "Upload"
    app.run()
    app.file_uploader(key="face.upload").set_value(("photo.png", photo.data, "image/png")).run()
    assert not app.exception
    assert len(kept) >= 3, "the upload was not looked at"
    assert all(reference() is not None for reference in kept)
    del app
    st.session_state.clear()
    gc.collect()
    assert not [reference for reference in kept if reference() is not None]
