"""Many visitors at once in one Chromium: each uploads its own pictures and looks around.

Called with a file that names the app, the pictures and how long; writes what every visitor saw to
standard output as JSON. A process of its own, so that what the browser takes can be told from what
the server takes.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from crowd_page import Expected, StarvedError, VisitorPage
from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError

PANELS = {"Learning intensity": "intensity-groups", "Attribution": "attribution-B"}

ARRIVING = 3
"""Visitors that open the app at the same moment; they begin together, when all are in."""

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--mute-audio"]


class Visitor:
    """One visitor's way: its pictures one after the other, and what it does with each."""

    def __init__(self, number: int, task: dict[str, Any]) -> None:
        self.number = number
        self.task = task
        self.files = [Path(path) for path in task["pictures"][number]]
        self.own: list[Expected] = [json.loads(f.read_text("utf-8")) for f in self.files]
        self.sample: Expected = json.loads(Path(task["sample"]).read_text("utf-8"))
        self.pace = random.Random(number)
        self.times: dict[str, list[float]] = {}
        self.errors: list[str] = []
        self.seen: dict[str, list[str]] = {}

    async def visit(
        self, browser: Browser, door: asyncio.Semaphore, opened: asyncio.Barrier
    ) -> None:
        """Open the app, wait for the others, then upload and explore until the time is over."""
        self.page = await VisitorPage.open(browser, self.task["window"], self.task["patience"])
        waited = False
        try:
            async with door:
                await self._arrive()
            waited = True
            await opened.wait()
            await self._stay(time.monotonic() + self.task["seconds"])
            if await self.page.is_shown(self.sample):
                self.errors.append("the check takes any picture for any other")
        except (StarvedError, PlaywrightError) as error:
            self.errors.append(str(error))
            if not waited:
                await opened.wait()
        self.errors += self.page.errors
        try:
            self.seen = await self.page.seen()
        except PlaywrightError as error:
            self.errors.append(f"the page is gone: {error}")
        await self.page.leave()

    async def _arrive(self) -> None:
        start = time.monotonic()
        await self.page.page.goto(self.task["address"])
        await self.page.shows("explained", self.sample)
        self._took("open", start)
        await self.page.segment("Photo from", "Upload").click()
        await self.page.page.locator("[data-testid=stFileUploader]").wait_for()

    async def _stay(self, until: float) -> None:
        done = 0
        await self._think()
        while time.monotonic() < until or done < self.task["fewest"]:
            at = done % len(self.own)
            await self._upload(self.own[at], self.files[at].with_suffix(".png"))
            await self._think()
            steps = (self._other_block, self._other_panel, self._other_view)
            await steps[(self.number + done) % len(steps)](self.own[at])
            await self._think()
            done += 1

    async def _upload(self, wanted: Expected, file: Path) -> None:
        start = time.monotonic()
        await self.page.upload(wanted, file)
        await self.page.shows("verdict", wanted)
        self._took("verdict", start)
        await self.page.shows("explained", wanted)
        self._took("explanation", start)
        if not await self.page.photo_is(file):
            self.errors.append(f"{wanted['name']} is not the picture shown")

    async def _other_block(self, wanted: Expected) -> None:
        for number in (self.pace.randint(1, 3), 4):
            start = time.monotonic()
            await self.page.segment("Block", str(number)).click()
            await self.page.shows("block", [wanted, number])
            self._took("look", start)
        await self.page.shows("explained", wanted)

    async def _other_panel(self, wanted: Expected) -> None:
        title = self.pace.choice(list(PANELS))
        for name, key in ((title, PANELS[title]), ("Semantics", "semantics-B")):
            start = time.monotonic()
            await self.page.segment("Look closer", name).click()
            await self.page.shows("panel", [wanted, key])
            self._took("look", start)
        await self.page.shows("explained", wanted)

    async def _other_view(self, wanted: Expected) -> None:
        for title in ("What if", "Face"):
            start = time.monotonic()
            await self.page.page.get_by_role("link", name=title, exact=True).click()
            await self.page.shows("view", [wanted, title])
            self._took("look", start)
        await self.page.shows("explained", wanted)

    async def _think(self) -> None:
        """A pause as people make it, which takes load off the app, not a wait for anything."""
        await asyncio.sleep(self.pace.uniform(*self.task["think"]))

    def _took(self, what: str, start: float) -> None:
        self.times.setdefault(what, []).append(round(time.monotonic() - start, 3))

    def found(self) -> dict[str, Any]:
        """What came of the visit."""
        return {
            "pictures": [str(self.task["sample"]), *map(str, self.files)],
            "times": self.times,
            "errors": self.errors,
            "seen": self.seen,
        }


async def crowd(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Let all visitors in at once."""
    visitors = [Visitor(number, task) for number in range(len(task["pictures"]))]
    door, opened = asyncio.Semaphore(ARRIVING), asyncio.Barrier(len(visitors))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=task["chromium"], args=ARGUMENTS)
        await asyncio.gather(*(visitor.visit(browser, door, opened) for visitor in visitors))
        await browser.close()
    return [visitor.found() for visitor in visitors]


if __name__ == "__main__":
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps(asyncio.run(crowd(content))))
