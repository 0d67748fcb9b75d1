"""The page in a real browser: no error, no request, tables and figures by keyboard, accessible, fit for a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser; it is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine: apt install chromium")

ALL_OPEN = "document.querySelectorAll('details').forEach((part) => { part.open = true })"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any, hostile: Path) -> Iterator[Any]:
    """Open the page; whatever the browser complains of or asks for is in `page.problems` and `page.requests`."""
    contexts = []

    def go(*, width: int = 1280, scheme: str = "light", place: str = "", path: Path = hostile) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.problems, page.requests = [], []
        page.on("console", lambda message: page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("dialog", lambda dialog: page.problems.append(dialog.message))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(path.as_uri() + place)
        return page

    yield go
    for context in contexts:
        context.close()


def test_it_opens_without_an_error_or_a_request(visit: Any, hostile: Path):
    page = visit()
    page.evaluate(ALL_OPEN)
    assert page.problems == []
    assert page.requests == [hostile.as_uri()]


def test_markup_in_names_is_shown_and_does_not_run(visit: Any):
    page = visit()
    page.evaluate(ALL_OPEN)
    assert page.evaluate("window.ran") is None
    assert "<script>window.ran = 1</script>" in page.locator("#failures").inner_text()
    assert page.evaluate("document.scripts.length") == 1


def test_a_script_that_got_into_the_page_would_not_run(visit: Any, hostile: Path, tmp_path: Path):
    """The second lock, tried with the first one open."""
    path = tmp_path / "open.html"
    path.write_text(hostile.read_text().replace("&lt;script&gt;window.ran = 1&lt;/script&gt;",
                                                "<script>window.ran = 1</script>"))
    page = visit(path=path)
    assert page.evaluate("document.scripts.length") > 1
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in problem for problem in page.problems)


def test_a_table_sorts_by_keyboard(visit: Any):
    page = visit()
    heading = page.locator("#verdicts thead th", has_text="fits")
    cells = page.locator("#verdicts tbody tr td:nth-child(7)")
    before = [int(text) for text in cells.all_inner_texts()]
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [int(text) for text in cells.all_inner_texts()] == sorted(before)
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert [int(text) for text in cells.all_inner_texts()] == sorted(before, reverse=True)
    assert page.locator("#live").inner_text().startswith("Sorted by fits, falling")


def test_estimates_sort_as_numbers_and_not_as_texts(visit: Any):
    page = visit()
    page.locator("#verdicts thead th", has_text="estimate").get_by_role("button").click()
    values = page.locator("#verdicts tbody td[data-value]").evaluate_all("all => all.map((one) => one.dataset.value)")
    numbers = [float(value.replace("−", "-")) for value in values if value]
    assert numbers == sorted(numbers)
    assert len(numbers) == 6


def test_a_table_is_filtered_by_words_and_choices(visit: Any):
    page = visit()
    section = page.locator("#verdicts")
    shown = section.locator("tbody tr:visible")
    assert shown.count() == 6
    section.get_by_label("role").select_option("control")
    assert shown.count() == 1
    assert section.locator("output").inner_text() == "1 of 6 rows"
    section.get_by_label("role").select_option("")
    section.get_by_label("words").fill("falls slope-less")
    assert shown.count() == 0
    section.get_by_label("words").fill("FALLS with")
    assert shown.count() == 1
    section.get_by_label("words").fill("")
    section.get_by_label("outcome").select_option("refuted")
    assert "a refuted prediction <img" in shown.first.inner_text()


def test_a_figure_enlarges_by_keyboard_and_focus_comes_back(visit: Any):
    page = visit()
    button = page.get_by_role("button", name="Enlarge the figure of toy")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    assert dialog.is_visible()
    assert dialog.locator("svg").bounding_box()["width"] > 1100
    assert page.locator("figure svg").count() == 0
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.locator("figure svg").count() == 1
    assert button.evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Close").click()
    assert not dialog.is_visible()


def test_a_link_opens_the_part_that_it_leads_to(visit: Any):
    page = visit(place="#verdict-toy-2")
    assert page.locator("#verdict-toy-2").get_attribute("open") is not None
    page.locator("#verdicts tbody a").first.click()
    assert page.locator("#verdict-toy-1 table").first.is_visible()


def test_the_theme_follows_the_system_or_the_button(visit: Any):
    colour = "getComputedStyle(document.body).backgroundColor"
    light, dark = visit(), visit(scheme="dark")
    assert light.evaluate(colour) != dark.evaluate(colour)
    before = light.evaluate(colour)
    for expected in (before, dark.evaluate(colour), before):
        light.locator("#theme").click()
        assert light.evaluate(colour) == expected
    assert light.locator("#theme").inner_text() == "Theme: as the system"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(visit: Any, short: Path, scheme: str, width: int):
    assert serious(visit(width=width, scheme=scheme, path=short)) == []


@pytest.mark.slow
def test_axe_finds_nothing_serious_on_the_page_of_all_theorems(visit: Any):
    assert serious(visit()) == []


def serious(page: Any) -> list[tuple[str, str]]:
    """What axe-core finds serious or critical with every part open: rule, and the first element."""
    page.evaluate(ALL_OPEN)
    page.wait_for_timeout(200)  # boxes that became wide are made reachable
    found = axe.Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def test_axe_sees_what_is_wrong(visit: Any, short: Path):
    page = visit(path=short)
    page.evaluate("document.querySelector('#theme').style.color = '#ccc'")
    assert [rule for rule, _ in serious(page)] == ["color-contrast"]


@pytest.mark.parametrize("width", [390, 320, 768, 1280])
def test_nothing_is_wider_than_the_screen(visit: Any, width: int):
    page = visit(width=width)
    page.evaluate(ALL_OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#verdicts .box")
    if width == 390:  # the table is wider, within its own box, which a keyboard reaches
        page.wait_for_function("document.querySelector('#verdicts .box').tabIndex === 0")
        assert box.evaluate("one => one.scrollWidth > one.clientWidth")


def test_it_prints(visit: Any):
    document = visit().pdf()
    assert document.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", document)) <= 20
