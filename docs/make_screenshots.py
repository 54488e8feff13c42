"""Take the pictures of the web page.

The server, the page and the sample store's documents are real; the model is played, so that the
pictures come out the same on every machine.

Usage:
    pip install playwright && python docs/make_screenshots.py [FOLDER]
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
import threading
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright

from dragoman import tool
from dragoman.agents.deployment import Deployment
from dragoman.serving.http.app import create_app
from dragoman.serving.sample_store import store_folder
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

PASSAGES = {"thought": "", "needs": "passages", "calls": []}
SCENES = {
    "ja": (
        "エアコンや冷蔵庫のコンプレッサーは何年間保証されますか。",
        "エアコンと冷蔵庫の**コンプレッサー**は、10年間保証されます。[1]",
        "compressor warranty",
    ),
    "ar": (
        "متى تنتهي صلاحية نقاط الولاء؟",
        "تنتهي صلاحية نقاط الولاء بعد 18 شهرًا من آخر عملية شراء. [1]",
        "when loyalty points expire",
    ),
    "en": (
        "My RC-300 rice cooker shows E03. What should I do, and how long must it cool down?",
        "Unplug the RC-300 and let it cool down for 30 minutes, then switch it on again. [1]",
        "error E03 of the RC-300",
    ),
}
REFUND = {"order_id": "E-551", "amount": 4600, "reason": "AP-20F: wrong filter"}


@tool(effect="once", approval="always")
def refund(order_id: str, amount: int, reason: str) -> str:
    """Pay an order back to the customer, in yen."""
    return f"{order_id}: {amount} ({reason})"


def shoot(page: Page, path: Path) -> None:
    """A picture of what is visible."""
    page.screenshot(path=path, type="jpeg", quality=80)


def script() -> list[object]:
    """What the model says, in order."""
    steps: list[object] = []
    for _, answer, thought in SCENES.values():
        steps += [{**PASSAGES, "thought": thought}, answer]
    ask = {"tool": "refund", "arguments": REFUND}
    return [*steps, {"thought": "pay the order back", "needs": "refund", "calls": [ask]}]


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=Path(tempfile.mkdtemp()))
    deployment = Deployment(settings=settings, engine=ScriptedModel(script()), tools=[refund])
    with deployment.assistant("default") as assistant:
        if assistant.memory is not None:
            assistant.memory.ingest(store_folder())
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(deployment, open_to_all=True)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    with sync_playwright() as started:
        path = shutil.which("chromium")
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        pages = {}
        for locale in ("ja", "ar", "en"):
            context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 800})
            page = pages[locale] = context.new_page()
            page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}/")
            page.wait_for_selector(".empty")
            if locale == "en":
                shoot(page, folder / "web-empty.jpg")
        for locale, (question, _, _) in SCENES.items():
            take(pages[locale], locale, question, folder)
        approval(pages["en"], folder)
        browser.close()
    server.should_exit = True
    thread.join()
    deployment.close()


def take(page: Page, locale: str, question: str, folder: Path) -> None:
    """One question: on a desk, on a phone, and with its source open."""
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_selector(".tail")
    page.wait_for_timeout(300)
    if locale == "ja":
        page.click(".work summary")
    shoot(page, folder / f"web-{locale}.jpg")
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark" if locale == "ar" else "light")
    shoot(page, folder / f"web-{locale}-phone.jpg")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark" if locale == "en" else "light")
    page.click(".sources .source")
    page.wait_for_selector("#sheet[open] .page")
    page.wait_for_timeout(300)
    shoot(page, folder / f"web-{locale}-source.jpg")
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")


def approval(page: Page, folder: Path) -> None:
    """A call that waits for a person."""
    page.click("#new-thread")
    page.wait_for_selector(".empty")
    page.fill("#question", "Please refund order E-551, 4600 yen: the AP-20F filter is wrong.")
    page.press("#question", "Enter")
    page.wait_for_selector(".approval")
    page.check(".approval input[value=edit]")
    shoot(page, folder / "web-approval.jpg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images")
