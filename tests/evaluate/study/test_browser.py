"""The page in a real browser: keyboard and touch, phone and desktop width, a reload in the middle.

Needs the package playwright and a Chromium of any origin: its own (``playwright install chromium``), one on the PATH
(``apt-get install chromium``), or the one that the variable ETHICAL_LENS_BROWSER names.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ethical_lens.evaluate.study import Choice, StudyFile, analyse

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
uvicorn = pytest.importorskip("uvicorn", reason='needs the extra "study"')

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
SHOTS = os.environ.get("ETHICAL_LENS_SCREENSHOTS")
"""Folder that gets pictures of the page, for people to look at."""


def installed() -> str | None:
    """Return a browser of this machine, or None to use playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
    return os.environ.get("ETHICAL_LENS_BROWSER") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as started:
        path = installed() or started.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("no Chromium found; CONTRIBUTING.md says how to get one")
        with started.chromium.launch(executable_path=path, args=["--no-sandbox"]) as launched:
            yield launched


@pytest.fixture
def address(study_file: StudyFile) -> Iterator[str]:
    from ethical_lens.evaluate.study.app import make_app
    from ethical_lens.evaluate.study.serving import LOOPBACK

    server = uvicorn.Server(uvicorn.Config(make_app(study_file, hosts=LOOPBACK), port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=request.param, has_touch=request.param is PHONE)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if is_fault(message) else None)
    opened.on("request", lambda asked: None if "127.0.0.1" in asked.url else wrong.append(asked.url))
    yield opened
    context.close()
    assert wrong == [], "the page has errors, or asks somebody else for something"


def is_fault(message: ConsoleMessage) -> bool:
    """Whether the console tells of an error that no test asked for by cutting the connection."""
    return bool(message.type == "error" and "ERR_FAILED" not in message.text)


def photograph(page: Page, name: str) -> None:
    if SHOTS and page.viewport_size is not None:
        page.screenshot(path=f"{SHOTS}/{name}-{page.viewport_size['width']}.png", full_page=True)


def consent(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#consent:visible")
    photograph(page, "consent")
    assert page.is_disabled("#begin"), "nobody begins without agreeing"
    page.check("#agree")
    page.click("#begin")
    ready(page)


def ready(page: Page) -> str:
    """Wait until the next item can be looked at, and return it."""
    page.wait_for_selector("#task:visible .picture img.loaded >> nth=1")
    return str(page.get_attribute("#task", "data-item"))


def press(page: Page, key: str) -> None:
    """Answer by keyboard, revealing first what is blurred."""
    item = ready(page)
    if page.query_selector(".picture.blurred"):
        page.keyboard.press(key)
        page.wait_for_timeout(50)
        assert page.get_attribute("#task", "data-item") == item, "what is blurred cannot be judged"
        page.keyboard.press(" ")
    page.wait_for_selector("#buttons button:enabled")
    page.keyboard.press(key)
    page.wait_for_function(
        "item => document.querySelector('#task').dataset.item !== item || !document.querySelector('#finished').hidden",
        arg=item,
    )


def test_keyboard_from_consent_to_the_end_with_a_reload(page: Page, address: str, study_file: StudyFile) -> None:
    consent(page, address)
    photograph(page, "task")
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0, "nothing is wider than the window"
    for key in "120":
        press(page, key)
    before = ready(page)
    page.reload()
    assert ready(page) == before, "after a reload it goes on where it was"
    assert page.inner_text("#count").startswith("4 of 15")
    assert len(study_file.answers()) == 3
    while page.is_hidden("#finished"):
        press(page, "1")
    photograph(page, "finished")
    assert len(study_file.answers()) == 15
    analysis = analyse(study_file, most_failures=9)
    assert analysis.n_answers == 12
    assert sum(answer.choice is Choice.NONE for answer in study_file.answers()) <= 1


def test_touch_reveals_then_answers(page: Page, address: str, study_file: StudyFile) -> None:
    consent(page, address)
    with sqlite3.connect(study_file.path) as base:
        blurred = {item for (item,) in base.execute("SELECT id FROM items WHERE blurred")}
    base.close()
    seen = 0
    while page.is_hidden("#finished") and seen < 2:
        item = ready(page)
        frames = page.query_selector_all(".picture.blurred")
        assert bool(frames) == (item in blurred)
        if frames:
            seen += 1
            photograph(page, "blurred")
            assert page.is_disabled("#buttons button >> nth=0")
            for frame in frames:
                frame.click()
        page.wait_for_selector("#buttons button:enabled")
        page.click("#buttons button[data-key='2']")
        page.wait_for_function(
            "item => document.querySelector('#task').dataset.item !== item || "
            "!document.querySelector('#finished').hidden",
            arg=item,
        )
    assert seen == 2


def test_an_answer_survives_a_lost_connection_and_can_be_withdrawn(
    page: Page, address: str, study_file: StudyFile
) -> None:
    consent(page, address)
    ready(page)
    page.wait_for_timeout(50)
    if page.query_selector(".picture.blurred"):
        page.keyboard.press(" ")
    page.wait_for_selector("#buttons button:enabled")
    page.route("**/api/answer", lambda route: route.abort())
    page.keyboard.press("1")
    page.wait_for_selector("#error:visible")
    photograph(page, "no-connection")
    assert study_file.answers() == []
    page.unroute("**/api/answer")
    page.wait_for_selector("#count:has-text('2 of 15')")
    assert len(study_file.answers()) == 1
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#withdraw")
    page.wait_for_selector("#consent:visible")
    assert study_file.answers() == []
