"""The pages in a real browser: nothing hostile runs, live updates, keys, contrast, and the screenshots of docs/img.

Skips where there is no Chromium (Debian: apt-get install chromium). With DARIAL_SCREENSHOTS=1 the pictures are written.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from scraper import clock
from scraper.cli import demo
from scraper.codec import replace
from scraper.config.load import load_sources
from scraper.model import ExtractionStats, Headline, PollDraft
from scraper.settings import Settings, Watch, WebSettings
from storage import open_store
from tests.support.demo_recording import DEMO_SOURCES
from tests.support.shared import ROOT
from tests.support.sketching import sketched
from tests.support.stories import NOW, found, poll, story
from tests.support.web_site import OUTLETS, fill, serving
from tests.web.test_web_pages import hostile_store

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"desktop": (1280, 800), "phone": (390, 800)}
PATIENCE_MS = 20_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def tab(browser):
    """A tab that fails the test for whatever the page complains of, or asks of another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.complaints = []
    page.elsewhere = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: page.complaints.append(f"dialog: {dialog.message}") or dialog.dismiss())
    page.on(
        "request",
        lambda request: page.elsewhere.append(request.url) if "//127.0.0.1:" not in request.url else None,
    )
    yield page
    assert page.elsewhere == []
    context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("browser") / "data"
    fill(place)
    return place


@pytest.fixture(scope="module")
def site(folder):
    with serving(folder) as visitor:
        yield visitor


def test_hostile_records_run_nothing(tab, tmp_path):
    """Titles, bodies, names and addresses that want to run something are read as text; links of theirs are none."""
    hostile_store(tmp_path / "data")
    with open_store(tmp_path / "data", read_only=True) as store:
        ids = [record.id for record in store.latest()]
    with serving(tmp_path / "data") as site:
        for path in [
            "",
            "?q=script",
            "sources",
            "source/evil",
            "trend?q=script",
            *(f"article/{id_}" for id_ in ids),
        ]:
            tab.goto(site.url + path)
            assert "hacked" not in tab.title().replace("document.title='hacked'", "")
            assert tab.locator("img, iframe, object, embed, svg[onload], style").count() == 0
            links = tab.evaluate(
                "[...document.links].map((a) => [new URL(a.href.baseVal ?? a.href, location).protocol, a.getAttribute('class'), a.rel])"
            )
            assert {protocol for protocol, _, _ in links} <= {"http:", "https:"}
            assert all("noopener" in rel for _, kind, rel in links if kind == "away")
        tab.locator("body").evaluate("body => body.click()")
    assert tab.complaints == []


def test_nothing_injected_runs(tab, site):
    """Were markup of an outlet ever to get through, the policy of the page would still run none of it."""
    tab.goto(site.url)
    tab.evaluate(
        """() => {
            window.ran = [];
            const script = document.createElement("script");
            try { script.textContent = "window.ran.push('script')"; document.body.append(script); } catch { }
            try { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran.push(1)'>"); } catch { }
            const link = document.createElement("a");
            link.href = "javascript:window.ran.push('link')";
            document.body.append(link);
            link.click();
        }"""
    )
    assert tab.evaluate("window.ran") == []
    assert tab.complaints  # the browser says what it refused


def test_new_stories_wait_for_a_click(tab, tmp_path):
    """What is committed is told by a pill and the tab's title; nothing moves until it is asked for. A copy joins its story."""
    fill(tmp_path / "data")
    with serving(tmp_path / "data") as site:
        tab.goto(site.url + "latest")
        tab.evaluate("window.same = true")
        before = tab.locator(".story").count()
        where = tab.locator(".story").nth(2).bounding_box()
        with open_store(tmp_path / "data") as store:
            new = found("https://herald.example/new", story(77), title="<b>Fresh</b> & new")
            store.commit(poll(new), now=NOW + timedelta(hours=3))
        tab.locator("#pill", has_text="1 new").wait_for()
        assert tab.title().startswith("(1) ")
        assert tab.locator("#news").inner_text() == "1 new"
        assert tab.locator(".story").count() == before
        assert tab.locator(".story").nth(2).bounding_box() == where
        tab.click("#pill")
        tab.locator(".story .title", has_text="<b>Fresh</b> & new").wait_for()
        assert tab.locator(".story").count() == before + 1
        assert tab.locator("#pill").count() == 0
        assert not tab.title().startswith("(")
        assert tab.evaluate("window.same")
        with open_store(tmp_path / "data") as store:
            copy = found("https://lur.example/copy", story(77), title="A copy", source="lur")
            store.commit(poll(copy, source="lur"), now=NOW + timedelta(hours=3))
        tab.locator("#pill").wait_for()
        tab.keyboard.press("r")
        tab.locator(".story .title", has_text="A copy").wait_for()
        assert tab.locator(".story").count() == before + 1
        assert "The Herald" in tab.locator(".story").first.inner_text()
        assert tab.complaints == []


def test_keys(tab, site):
    """j and k go through the stories, Enter opens, / searches, Escape leaves the field; in a field they are letters."""
    tab.goto(site.url + "latest")
    titles = tab.locator(".story .title")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.textContent") == titles.nth(1).inner_text()
    tab.keyboard.press("k")
    assert tab.evaluate("document.activeElement.textContent") == titles.nth(0).inner_text()
    assert tab.locator(".story.here").count() == 1
    tab.keyboard.press("/")
    tab.keyboard.type("jk")
    assert tab.locator("#q").input_value() == "jk"
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    assert tab.locator("#help").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.locator("#help").is_visible()
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/article/*")


def test_the_chosen_story_survives(tab, site):
    """Back from an article the chosen line is chosen; n and p go through the list from inside, u leads to it."""
    tab.goto(site.url + "latest?language=en&language=ka")
    titles = tab.locator(".story .title").all_inner_texts()
    for _ in range(2):
        tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/article/*")
    assert tab.locator("h1").inner_text() == titles[1]
    tab.go_back()
    tab.locator(".story.here").wait_for()
    assert tab.locator(".story.here .title").inner_text() == titles[1]
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    tab.locator("h1", has_text=titles[2]).wait_for()
    tab.keyboard.press("p")
    tab.locator("h1", has_text=titles[1]).wait_for()
    tab.keyboard.press("n")
    tab.locator("h1", has_text=titles[2]).wait_for()
    tab.keyboard.press("n")
    assert "last of the list" in tab.locator("#news").inner_text()
    tab.keyboard.press("u")
    tab.wait_for_url("**/latest?language=en&language=ka")
    tab.locator(".story.here").wait_for()
    assert tab.locator(".story.here .title").inner_text() == titles[2]
    assert tab.complaints == []


def test_filters_apply_when_chosen(tab, site):
    """Choosing a time is enough, several countries wait for the button; the address says only what was chosen."""
    tab.goto(site.url + "latest")
    tab.click("#filters summary")
    tab.select_option("#f-country", ["am", "az"])
    tab.click("#filters button")
    tab.wait_for_url("**/latest?country=am&country=az")
    assert tab.locator(".story .title").all_inner_texts() == ["Körpü açıldı, İğdırda", "Կամուրջը բացվեց"]
    tab.click(".facet a >> text=Armenia")
    tab.wait_for_url("**/latest?country=az")  # what is chosen is taken back
    tab.go_back()
    tab.go_back()
    assert tab.locator(".story").count() == 5
    tab.fill("#q", "bridge")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/latest?q=bridge")
    assert tab.locator("mark").count() > 0
    tab.select_option("#f-time", "1h")
    tab.wait_for_url("**/latest?q=bridge&time=1h")


def test_times_are_the_readers(browser, site):
    """Times and days are those of the browser's clock, and the foot of the page says which."""
    context = browser.new_context(
        timezone_id="Pacific/Auckland"
    )  # 13 hours ahead: another day begins in the list
    page = context.new_page()
    page.goto(site.url + "latest")
    assert page.locator(".day").all_inner_texts() == ["Monday, 23 November 2026"]
    assert page.locator(".came").first.inner_text() == "19:00"
    assert page.locator(".carrier time").first.inner_text() == "18:53"
    assert "Pacific/Auckland" in page.locator("#zone").inner_text()
    context.close()
    context = browser.new_context(timezone_id="Pacific/Honolulu")
    page = context.new_page()
    page.goto(site.url + "latest")
    assert page.locator(".day").all_inner_texts() == ["Sunday, 22 November 2026"]
    context.close()


def test_marks_are_kept(tab, site):
    """A star and a note are kept in the browser, shown in the list, and listed on a page of their own."""
    tab.goto(site.url + "latest")
    tab.keyboard.press("j")
    tab.keyboard.press("s")
    assert tab.locator(".story.starred").count() == 1
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/article/*")
    assert tab.locator("#star").get_attribute("aria-pressed") == "true"
    tab.fill("#note", "<b>Ask</b> them")
    tab.goto(site.url + "marks")
    assert tab.locator("#marked .snippet").inner_text() == "<b>Ask</b> them"
    tab.goto(site.url + "latest")
    assert tab.locator(".story.starred.noted.read").count() == 1
    assert tab.complaints == []


def test_a_filter_becomes_a_tab(tab, tmp_path):
    """A filter that is kept is a tab with the number of what came since; seen, it has none; it can be removed."""
    fill(tmp_path / "data")
    with serving(tmp_path / "data") as site:
        tab.goto(site.url + "latest?source=herald")
        tab.fill("#keep-name", "The <i>Herald</i>")
        tab.click("#keep-new button")
        tab.locator("#tabs a[aria-current]", has_text="The <i>Herald</i>").wait_for()
        tab.goto(site.url + "sources")
        tab.locator("#tabs a").wait_for()
        assert tab.locator("#tabs .unread").count() == 0
        with open_store(tmp_path / "data") as store:
            for n, source in enumerate(("herald", "herald", "lur")):
                new = found(f"https://{source}.example/later{n}", story(80 + n), source=source)
                store.commit(poll(new, source=source), now=NOW + timedelta(hours=3))
        tab.goto(site.url)
        tab.locator("#tabs .unread", has_text="2").wait_for()
        tab.click("#tabs a")
        tab.locator("#forget").wait_for()
        tab.locator("#tabs a[aria-current]").wait_for()
        assert tab.locator("#tabs .unread").count() == 0
        tab.goto(site.url)
        tab.locator("#tabs a").wait_for()
        assert tab.locator("#tabs .unread").count() == 0
        tab.click("#tabs a")
        tab.click("#forget button")
        tab.locator("#keep-new").wait_for()
        assert tab.locator("#tabs a").count() == 0
        assert tab.complaints == []


def test_a_watch_is_a_tab(tab, tmp_path):
    """A watch of sources.toml is a tab for everybody, with what came since this browser saw it."""
    fill(tmp_path / "data")
    watched = replace(OUTLETS, settings=Settings(watch=(Watch(id="press", countries=("ge",)),)))
    with serving(tmp_path / "data", sources=watched) as site:
        tab.goto(site.url)
        assert tab.locator("#tabs a.watch").get_attribute("href") == "/latest?country=ge"
        with open_store(tmp_path / "data") as store:
            for source in ("herald", "lur"):
                new = found(f"https://{source}.example/later", story(81), source=source)
                store.commit(poll(new, source=source), now=NOW + timedelta(hours=3))
        tab.goto(site.url + "sources")
        tab.locator("#tabs .unread", has_text="1").wait_for()
        tab.click("#tabs a.watch")
        tab.locator("#tabs a.watch[aria-current]").wait_for()
        assert tab.locator("#tabs .unread").count() == 0
        assert tab.complaints == []


def test_a_watch_on_stories_is_a_tab(tab, tmp_path):
    """It counts the stories that became what it waits for, or grew, since this browser saw them."""
    at = clock.now() - timedelta(hours=5)

    def told(*sources):
        for source in sources:
            url, text = f"https://{source}.example/told", story(40 + store.seq())
            new = found(url, text, title="Aliyev Kobakhidze 1250 talks", source=source, fetched=at)
            outcome = store.commit(poll(new, source=source), now=at)
            store.keep_sketches([sketched(record) for record in outcome.records])

    watched = replace(OUTLETS, settings=Settings(watch=(Watch(id="big", min_outlets=3),)))
    with open_store(tmp_path / "data") as store, contextlib.ExitStack() as stack:
        told("herald", "vesti")
        site = stack.enter_context(serving(tmp_path / "data", sources=watched))
        tab.goto(site.url)
        tab.locator("#tabs a.watch").wait_for()
        assert tab.locator("#tabs .unread").count() == 0
        told("lur")
        tab.goto(site.url + "sources")
        tab.locator("#tabs .unread", has_text="1").wait_for()
        tab.click("#tabs a.watch")
        tab.locator("#tabs a.watch[aria-current]").wait_for()
        assert tab.locator(".told").count() == 1
        assert tab.locator("#tabs .unread").count() == 0
        told("haber")  # the page that is open says so
        tab.click("#pill")
        tab.locator(".told", has_text="4 sources").wait_for()
        tab.goto(site.url + "sources")
        tab.locator("#tabs a.watch").wait_for()
        assert tab.locator("#tabs .unread").count() == 0
        assert tab.complaints == []


def test_without_javascript(browser, site):
    """Search, filters, articles, plots and tables work without a script."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url)
    page.click("#filters summary")
    page.select_option("#f-language", ["ka"])
    page.click("#filters button")
    page.wait_for_url("**language=ka*")
    assert page.locator(".story .title").all_inner_texts() == ["ხიდი გაიხსნა"]
    page.click(".story .title")
    assert page.locator("article h1").inner_text() == "ხიდი გაიხსნა"
    page.goto(site.url + "numbers")
    page.locator("summary", has_text="The numbers").first.click()
    assert page.locator("figure table").first.is_visible()
    page.goto(site.url + "trend?q=bridge")
    assert page.locator("svg.plot").count() == 1
    context.close()


def test_the_token_is_kept(tab, folder):
    """The form takes the token once; the cookie does the rest and no script can read it."""
    token = "a-token-of-some-length"
    with serving(folder, WebSettings(port=0, token=token)) as site:
        tab.goto(site.url + "sources")
        tab.fill("#token", token)
        tab.keyboard.press("Enter")
        tab.locator("h1", has_text="Sources").wait_for()  # the form stood at the same address
        assert tab.evaluate("document.cookie") == ""
        tab.goto(site.url)
        assert tab.locator("#stories .story").count() == 5


# ------------------------------------------------------------------------------------------ accessibility

CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("option, .unseen, script")) continue;
    const style = getComputedStyle(element);
    const ink = light(rgb(element.closest("svg text") ? style.fill : style.color)), paper = light(behind(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < 4.5) poor.push([walker.currentNode.data.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  return poor;
}"""
NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a, svg[role=img], nav, summary")]
  .filter((e) => !(e.labels?.length || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 80))"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4")].map((h) => +h.tagName[1])"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(browser, site, folder, scheme):
    """Text has the contrast of WCAG AA, controls have names, headings no gaps, ids no doubles, and a phone no sideways scroll."""
    with open_store(folder, read_only=True) as store:
        article = store.get("https://herald.example/mayor").id
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    for path in (
        "",
        "latest",
        "latest?q=bridge",
        f"article/{article}",
        "sources",
        "source/vesti",
        "numbers",
        "trend?q=bridge&q=mayor",
        "marks",
        "nothing",
    ):
        page.goto(site.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert page.evaluate(CONTRASTS) == [], path
        assert page.evaluate(NAMELESS) == [], path
        levels = page.evaluate(HEADINGS)
        assert levels.count(1) == 1, path
        assert all(b - a <= 1 for a, b in pairwise(levels)), path
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids)), path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        assert page.evaluate("document.documentElement.lang") == "en"
    context.close()


# ------------------------------------------------------------------------------------------ pictures

PICTURES = ROOT / "docs" / "img"
VIEWS = ("today", "latest", "article", "sources", "source", "numbers", "trend")


def test_screenshots(browser, tmp_path):
    """Every page is drawn, wide and on a phone, by day and by night, in six scripts; docs/img has the pictures.

    The four pairs of both are drawn for docs/img; a test needs two of them to see every size and every scheme.
    """
    place, sources = _picture_store(tmp_path / "data")
    pairs = list(itertools.product(SIZES, ("light", "dark")))
    out, drawn = (PICTURES, pairs) if os.environ.get("DARIAL_SCREENSHOTS") else (tmp_path, pairs[::3])
    with serving(place, sources=sources) as site:
        with open_store(place, read_only=True) as store:
            by_title = {record.title: record.id for record in store.latest()}
        paths = {
            "today": "?span=3d", "latest": "latest", "sources": "sources", "source": "source/kafkas-postasi", "numbers": "numbers?days=7",
            "trend": "trend?q=tunnel&q=road",
        }  # fmt: skip
        paths["article"] = f"article/{by_title['Mountain road open again after eleven days']}"
        for size, scheme in drawn:
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            for view in VIEWS:
                page.goto(site.url + paths[view])
                picture = out / f"web-{view}-{size}-{scheme}.png"
                page.screenshot(path=picture, animations="disabled")
                assert picture.stat().st_size > 5000
            context.close()
    assert {path.name for path in PICTURES.glob("web-*.png")} == {
        f"web-{view}-{size}-{scheme}.png" for view in VIEWS for size, scheme in pairs
    }


def _picture_store(place: Path):
    """The demo's outlets, which do not exist: a month of made-up numbers, then the recording through the real pipeline."""
    sources = load_sources(DEMO_SOURCES.read_text(encoding="utf-8"))
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    number = 0
    with open_store(place) as store:
        for age in range(30, 0, -1):
            for place_, outlet in enumerate(sources.sources):
                at = today - timedelta(days=age, hours=place_)
                articles = []
                for _ in range(1 + (age * (place_ + 3) * 7 + place_) % (4 + 2 * place_)):
                    number += 1
                    headlines = tuple(Headline(title=f"Headline {k}") for k in range(number % 6))
                    articles.append(
                        found(
                            f"https://{outlet.id}.example/{number}",
                            story(number - 1 if number % 9 == 0 else number),
                            title=f"Story {number}",
                            source=outlet.id,
                            language=outlet.languages[number % len(outlet.languages)],
                            published=at - timedelta(minutes=3 ** (number % 6)),
                            fetched=at,
                            related=headlines,
                        )
                    )
                store.commit(poll(*articles, source=outlet.id, now=at), now=at)
    with ThreadPoolExecutor() as pool:  # the browser has an event loop in this thread
        pool.submit(asyncio.run, demo.replay(place)).result()
    with open_store(place) as store:
        states = store.source_states()
        now = datetime.now(UTC)
        failing = replace(
            states["kafkas-postasi"],
            failures=6,
            error="http_503",
            failing_since=now - timedelta(hours=7),
            last_success=now - timedelta(hours=8),
            last_new=now - timedelta(hours=9),
        )
        drifting = replace(
            states["dag-xeber"],
            yields=ExtractionStats(
                pages=80, drift=("undated", "length"), drift_since=now - timedelta(days=2)
            ),
        )
        for state in (failing, drifting):
            store.commit(PollDraft(source=state.source, state=state, polled=now), now=now)
    return place, sources
