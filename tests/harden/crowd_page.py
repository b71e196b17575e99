"""A page of a visitor: what it shows, compared with what it has to show, inside the browser."""

import io
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.async_api import Browser, Locator, Page, WebSocket
from playwright.async_api import Error as PlaywrightError

Expected = dict[str, Any]
"""What `crowd_pictures` wrote of a picture."""

LOOK_MS = 250
"""How often a page is looked at."""

STILL = "*, ::before, ::after { animation: none !important; transition: none !important }"
"""Twenty pages that animate their waiting would take the cores from the server they wait for."""

EXACT, SHOWN, SIZES = 1e-3, 6e-3, 4
"""What the page may be off: drawn values, values of two decimals, channels of a group."""

# The page keeps every verdict that it ever showed, so that not even a glimpse of another visitor's
# goes unnoticed.
SCRIPT = """
(() => {
  const find = (selector) => document.querySelector(selector);
  const shown = (text) => parseFloat(text);
  const card = (side) => {
    const chart = find(`.st-key-plot-probabilities-${side} .js-plotly-plot`);
    const bars = chart?.data?.find((trace) => trace.name === "probability");
    const key = `.st-key-card-${side.toLowerCase()}`;
    return {
      word: find(`${key} .clfer-word`)?.textContent ?? null,
      best: shown(find(`${key} .clfer-p`)?.textContent),
      exact: bars ? bars.x.map((value) => +value.toFixed(5)) : [],
      labels: [...(chart?.querySelectorAll(".bartext") ?? [])].map((t) => shown(t.textContent)),
    };
  };
  const label = (key) => find(`.st-key-plot-${key} [role=figure]`)?.ariaLabel ?? "";
  const photo = () => {
    for (const element of find(".st-key-clfer-stage")?.querySelectorAll("*") ?? []) {
      const picture = element.shadowRoot?.querySelector(".photo img");
      if (picture) return { alt: picture.alt, source: picture.src };
    }
    return { alt: "", source: "" };
  };
  const rest = () => find("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && !find("[data-stale=true], [data-testid=stSkeleton]");
  const complaints = () => [...document.querySelectorAll(
    "[data-testid=stAlert], [data-testid=stException], [role=dialog]")].map((e) => e.innerText);
  const near = (found, wanted, most) => found.length === wanted.length
    && found.every((value, i) => Math.abs(value - wanted[i]) <= most);
  const numbers = (text, pattern) => [...text.matchAll(pattern)].map((match) => +match[1]);
  const verdict = (wanted) => photo().alt.startsWith(`${wanted.name}: `)
    && ["A", "B"].every((side) => {
      const own = card(side), { word, probabilities } = wanted[side];
      return own.word === word && near(own.exact, probabilities, EXACT)
        && near(own.labels, probabilities, SHOWN)
        && near([own.best], [Math.max(...probabilities)], SHOWN);
    });
  const explained = (wanted) => verdict(wanted) && rest()
    && near(numbers(label("attention"), /block \\d (\\d+\\.\\d+)/g), wanted.attention, SHOWN)
    && ["A", "B"].every((side) => {
      const said = label(`semantics-${side}`);
      const sizes = numbers(said, /\\((\\d+) channels?\\)/g);
      return said.startsWith(`Model ${side}, block 4:`)
        && near(sizes, wanted[side].sizes.filter((size) => size), SIZES);
    });
  const block = ([wanted, number]) => verdict(wanted) && rest()
    && label("semantics-B").startsWith(`Model B, block ${number}:`);
  const panel = ([wanted, key]) => verdict(wanted) && rest() && label(key) !== "";
  const view = ([wanted, title]) => find("h1")?.textContent === title && verdict(wanted) && rest();
  const seen = { A: new Set(), B: new Set(), complaints: new Set() };
  const look = () => {
    for (const side of ["A", "B"]) {
      const { word, best, exact, labels } = card(side);
      if (word) seen[side].add(JSON.stringify({ word, best }));
      if (!exact.length) continue;
      seen[side].add(JSON.stringify({ exact }));
      if (labels.length === exact.length) seen[side].add(JSON.stringify({ labels }));
    }
    complaints().forEach((text) => seen.complaints.add(text));
  };
  setInterval(look, LOOK_MS);
  addEventListener("DOMContentLoaded", () => {
    document.head.appendChild(document.createElement("style")).textContent = "STILL";
  });
  window.crowd = {
    verdict, explained, block, panel, view, photo,
    now: () => ({ photo: photo().alt, A: card("A"), B: card("B"), rest: rest(),
      attention: label("attention"), semantics: label("semantics-B"), complaints: complaints() }),
    seen: () => ({ A: [...seen.A], B: [...seen.B], complaints: [...seen.complaints] }),
  };
})();
"""
SETTINGS = {"EXACT": EXACT, "SHOWN": SHOWN, "SIZES": SIZES, "LOOK_MS": LOOK_MS, "STILL": STILL}
for name, value in SETTINGS.items():
    SCRIPT = SCRIPT.replace(name, str(value))


class StarvedError(Exception):
    """A page did not show in time what it had to."""


class VisitorPage:
    """The app in a window of its own, with everything that goes wrong on record."""

    def __init__(self, page: Page, patience: float) -> None:
        self.page = page
        self.patience = patience
        self.errors: list[str] = []
        self.leaving = False
        self.connections = 0
        page.set_default_timeout(1000 * patience)
        page.on("pageerror", lambda error: self._note(f"script: {error}"))
        page.on("crash", lambda _: self._note("the page crashed"))
        page.on("websocket", self._watch)
        page.on(
            "requestfailed", lambda request: self._note(f"request: {request.url} {request.failure}")
        )
        page.on("response", lambda answer: self._judge(answer.status, answer.url))

    @classmethod
    async def open(cls, browser: Browser, size: tuple[int, int], patience: float) -> "VisitorPage":
        """A window of a visitor who was never here before."""
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
        )
        await context.add_init_script(SCRIPT)
        return cls(await context.new_page(), patience)

    async def shows(self, what: str, wanted: Any) -> float:
        """Wait until the page shows it; returns that moment.

        Raises:
            StarvedError: it did not in time; says what it showed instead.
        """
        try:
            await self.page.wait_for_function(
                f"wanted => window.crowd?.{what}(wanted)", arg=wanted, polling=LOOK_MS
            )
        except PlaywrightError as error:
            name = wanted["name"] if isinstance(wanted, dict) else wanted[0]["name"]
            asked = "" if isinstance(wanted, dict) else f" {wanted[1]}"
            there = await self.page.evaluate("window.crowd?.now()")
            raise StarvedError(f"no {what}{asked} of {name}, but {there} ({error})") from error
        return time.monotonic()

    async def is_shown(self, wanted: Expected) -> bool:
        """Whether the verdicts on the page are those on this picture."""
        return bool(await self.page.evaluate("wanted => window.crowd.verdict(wanted)", wanted))

    async def upload(self, wanted: Expected, file: Path) -> None:
        """Give a picture."""
        await self.page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
            {"name": wanted["name"], "mimeType": "image/png", "buffer": file.read_bytes()}
        )

    async def photo_is(self, file: Path) -> bool:
        """Whether the picture on the page is this one, but for its compression."""
        source = (await self.page.evaluate("window.crowd.photo()"))["source"]
        shown = Image.open(io.BytesIO(b64decode(source.partition(",")[2]))).convert("RGB")
        own = np.asarray(Image.open(file), np.float32)
        return shown.size == own.shape[1::-1] and float(np.abs(np.asarray(shown) - own).mean()) < 4

    async def seen(self) -> dict[str, list[str]]:
        """All verdicts and messages that the page ever showed."""
        found: dict[str, list[str]] = await self.page.evaluate("window.crowd.seen()")
        return found

    def segment(self, label: str, choice: str) -> Locator:
        """A choice among several."""
        group = self.page.get_by_role("radiogroup", name=label, exact=True)
        return group.get_by_role("radio", name=choice, exact=True)

    async def leave(self) -> None:
        """Close the window."""
        self.leaving = True
        await self.page.context.close()

    def _watch(self, socket: WebSocket) -> None:
        self.connections += 1
        if self.connections > 1:
            self._note("connected anew")
        socket.on("close", lambda _: self._note("the connection was lost"))
        socket.on("socketerror", lambda error: self._note(f"connection: {error}"))

    def _judge(self, status: int, url: str) -> None:
        if status >= 400:
            self._note(f"request: {status} {url}")

    def _note(self, what: str) -> None:
        if not self.leaving:
            self.errors.append(what)
