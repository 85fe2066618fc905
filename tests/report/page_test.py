"""The report in a real browser: page_test.py SAMPLES CHROMEDRIVER [PICTURES]

SAMPLES writes the pages. With PICTURES, a folder, screenshots at three widths are left there to be looked at.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy.stats import norm
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import browser

MOST_BYTES = 10_000_000


class Page:
    def __init__(self, driver, file):
        self.driver, self.file = driver, file
        begin = time.monotonic()
        browser.load(driver, file)
        self.seconds = time.monotonic() - begin

    def js(self, text, *arguments):
        return self.driver.execute_script("return " + text, *arguments)

    def rows(self):
        return self.js("[...document.querySelectorAll('#trials tbody tr')].map(r => Number(r.dataset.trial))")

    def cells(self, title):
        return self.js("""(() => {
            const heads = [...document.querySelectorAll('#trials thead th')]
                .map(head => head.textContent.replace(/ [▾▴]/, ''));
            const at = heads.indexOf(arguments[0]);
            return [...document.querySelectorAll('#trials tbody tr')].map(r => r.cells[at].textContent); })()""", title)

    def click_head(self, title):
        for button in self.driver.find_elements(By.CSS_SELECTOR, "#trials thead th button"):
            if button.text.rstrip(" ▾▴") == title:
                self.driver.execute_script("arguments[0].click()", button)
                return
        raise AssertionError(f"no column {title}")

    def kept_lines(self):
        return self.js("document.querySelectorAll('#parallel .trial-line:not(.dropped)').length")

    def curves(self):
        return self.js("[...document.querySelectorAll('#curves .trial-line')].map(l => Number(l.dataset.trial))")

    def drag_brush(self, axis, above, below):
        """Drags along an axis, from and to shares of its height."""
        overlay = self.driver.find_element(By.CSS_SELECTOR, f"#parallel .brush[data-axis='{axis}'] .overlay")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", overlay)
        height = overlay.rect["height"]
        ActionChains(self.driver, duration=50).move_to_element_with_offset(overlay, 0, int((above - 0.5) * height)) \
            .click_and_hold().move_by_offset(0, int((below - above) * height)).release().perform()

    def require_quiet(self):
        browser.require_quiet(self.driver, self.file, "data:image/jpeg;base64,")
        assert not self.js("performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length")


def sizes(driver, folder):
    for trials in (0, 1, 3, 140, 2000):
        file = folder / f"trials-{trials}.html"
        assert file.stat().st_size < MOST_BYTES, f"{file}: {file.stat().st_size} bytes"
        page = Page(driver, file)
        page.require_quiet()
        shown = page.rows()
        wanted = 70 if trials == 140 else min(trials, 250)  # two seeds a point, folded
        assert len(shown) == wanted, f"{trials}: {len(shown)} rows"
        print(f"{trials} trials: {file.stat().st_size / 1e6:.2f} MB, ready in {page.seconds:.2f} s")


def many_rows(driver, folder):
    page = Page(driver, folder / "trials-2000.html")
    first = page.rows()
    assert "2000" in driver.find_element(By.ID, "more-rows").text
    beyond = next(trial for trial in page.js("[...byId.keys()]") if trial not in first)
    page.js(f"toggleSelected({beyond})")
    assert page.rows() == [*first, beyond], "a line that is selected has its row"
    driver.find_element(By.ID, "more-rows").click()
    rows = page.rows()
    assert len(rows) == len(set(rows)) == 2000 and rows[:250] == first
    assert not driver.find_element(By.ID, "more-rows").is_displayed()
    driver.back()
    assert page.rows() == [*first, beyond]
    page.require_quiet()


def table(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    page.click_head("max_lr")
    values = [float(text) for text in page.cells("max_lr")]
    assert values == sorted(values, reverse=True) and values[0] > values[-1], values
    page.click_head("max_lr")
    assert [float(text) for text in page.cells("max_lr")] == sorted(values)
    driver.back()
    assert [float(text) for text in page.cells("max_lr")] == values, "the back button returns to the other order"
    assert "seed_of_nothing" not in page.js("document.querySelector('#trials thead').textContent")
    driver.execute_script("document.getElementById('all-columns').click()")
    assert "seed_of_nothing" in page.js("document.querySelector('#trials thead').textContent")
    driver.execute_script("document.getElementById('fold').click()")
    assert len(page.rows()) == 140
    search = driver.find_element(By.ID, "search")
    search.send_keys("head=hidden failed")
    search.send_keys(Keys.ENTER)
    found = page.rows()
    assert found and all(text == "hidden" for text in page.cells("head")), found
    assert set(page.cells("state")) == {"failed"}
    address = driver.current_url
    driver.get("about:blank")
    page = Page(driver, folder / "trials-140.html" )
    driver.get(address)
    driver.refresh()
    assert page.rows() == found, "a link shows what was looked at"
    driver.execute_script("document.getElementById('reset').click()")
    assert len(page.rows()) == 70
    page.require_quiet()


def linked(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    driver.execute_script("document.getElementById('fold').click()")
    every = page.kept_lines()
    assert every == 140
    page.drag_brush("optimizer.max_lr", 0.02, 0.3)
    kept = page.kept_lines()
    rows = page.rows()
    assert 0 < kept < every, f"the brush keeps {kept} of {every}"
    assert len(rows) == kept, f"the table shows what the brush keeps: {len(rows)} rows, {kept} lines"
    values = [float(text) for text in page.cells("max_lr")]
    assert min(values) > 3e-4 * 0.5, f"the upper part of a log axis: {min(values)}"
    page.drag_brush("model.head", 0.5, 0.99)
    both = page.kept_lines()
    assert 0 < both < kept and len(set(page.cells("head"))) == 1, "a second axis narrows it"
    curves = page.curves()
    assert curves and set(curves) <= set(page.rows()), "the curves show what is kept"
    driver.back()
    assert page.kept_lines() == kept, "the back button takes the second brush away"
    driver.back()
    assert page.kept_lines() == every
    driver.execute_script("document.querySelectorAll('#trials tbody tr')[1].click()")
    chosen = page.rows()[1]
    assert page.curves() == [chosen]
    assert page.js("document.querySelector('#parallel .trial-line.selected').dataset.trial") == str(chosen)
    page.require_quiet()


def keyboard(driver, folder):
    """Every axis is brushed, moved and freed by keys."""
    page = Page(driver, folder / "trials-140.html")
    driver.execute_script("document.getElementById('fold').click()")
    axes = page.js("[...document.querySelectorAll('#parallel .brush')].map(brush => brush.dataset.axis)")
    assert len(axes) == 7, axes
    for axis in axes:
        brush = driver.find_element(By.CSS_SELECTOR, f"#parallel .brush[data-axis='{axis}']")
        driver.execute_script("arguments[0].focus()", brush)
        brush.send_keys(Keys.ARROW_UP)
        upper = set(page.rows())
        assert 0 < len(upper) < 140, f"{axis}: the upper half keeps {len(upper)}"
        brush.send_keys(Keys.SHIFT, Keys.ARROW_DOWN)
        assert set(page.rows()) >= upper, f"{axis}: its lower end goes down"
        brush.send_keys(Keys.ESCAPE)
        assert len(page.rows()) == 140, f"{axis}: it is free"
    page.require_quiet()


def looks(driver, folder):
    """Dark and light, a narrow screen, and on paper."""
    page = Page(driver, folder / "trials-140.html")
    style = lambda selector, name: page.js("getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]",
                                           selector, name)
    lightness = lambda colour: sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 765
    for scheme in ("light", "dark"):
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                               {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        ground, ink = lightness(style("body", "backgroundColor")), lightness(style("body", "color"))
        assert (ground > 0.9 and ink < 0.2) if scheme == "light" else (ground < 0.2 and ink > 0.8), (ground, ink)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    assert style("#curve-controls", "display") == "none" and style("#trials-section .tall", "maxHeight") == "none"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    size = driver.get_window_size()
    driver.set_window_size(420, 900)
    page = Page(driver, folder / "trials-140.html")
    assert page.js("document.documentElement.scrollWidth <= innerWidth"), "the page itself never scrolls sideways"
    page.require_quiet()
    driver.set_window_size(size["width"], size["height"])


def hostile(driver, folder):
    page = Page(driver, folder / "hostile.html")
    assert page.js("window.hit") is None, "a name was run"
    assert page.js("document.querySelectorAll('main script, h1 b, h1 script, td b, th i, th b').length") == 0
    sources = page.js("[...document.images].map(image => image.src.slice(0, 23))")
    assert sources and set(sources) == {"data:image/jpeg;base64,"}, "no picture but those of crops"
    assert page.js("document.querySelector('h1').textContent").startswith("</script><script>window.hit = 2</script>")
    text = page.js("document.querySelector('#trials tbody').textContent")
    for name in ('<img src=x onerror="window.hit = 3">', "{{DATA}} {{NONCE}}", "&lt;b&gt; &amp;", "\U0001F600"):
        assert name in text, f"not shown as it is: {name}"
    driver.execute_script("document.querySelectorAll('#trials tbody tr')[0].click()")
    assert page.js("window.hit") is None
    page.require_quiet()


def calibrated(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    said = page.js("document.getElementById('calibration').textContent")
    for words in ("calibrated on val, also selected on", "temperature 1.50", "0.1200 before, 0.0300 after",
                  "95%: 0.0100 to 0.0500", "310 real and 90 fake", "lowest false-positive rate with a threshold: 0.01"):
        assert words in said, f"{words!r} is not in {said!r}"
    said = page.js("document.querySelector('[data-score^=base]').textContent")
    for words in ("video_auc on base", "95%: 0.8500 to 0.9400", "200 videos in 61 clusters"):
        assert words in said, f"{words!r} is not in {said!r}"
    assert not page.js("document.querySelector('[data-interval=base]')"), "one number is shown once"
    said = page.js("document.querySelector('[data-interval=augment]').textContent")
    for words in ("video AUC on augment", "0.8000", "too few people", "200 videos in 1 cluster that"):
        assert words in said, f"{words!r} is not in {said!r}"
    page.require_quiet()
    page = Page(driver, folder / "trials-1.html")
    assert page.js("document.getElementById('calibration')") is None, "not every run has a calibration"
    page.require_quiet()


def summary(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    said = page.js("document.getElementById('summary').textContent")
    for words in ("trained on base; epoch 15 of 15", "started from random weights", "2.3 h of ranks",
                  "on AMD EPYC, AVX512, threads 1, bf16, products native", "13 trials failed", "no split calibration",
                  "augment has few videos", "unmask train runs/drawn/trials/0099/config.toml --run runs/drawn-again"):
        assert words in said, f"{words!r} is not in {said!r}"
    assert "bits" not in said and "torch" not in said
    assert {len(text.split(".")[1]) for text in page.cells("objective") if text} == {4}, "as many digits in every line"
    page.require_quiet()


def path_points(page, selector):
    return page.js("""document.querySelector(arguments[0]).getAttribute('d').slice(1).split('L')
        .map(point => point.split(',').map(Number))""", selector)


def close(one, other, most=0.1):
    return abs(one - other) <= most


def detection(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    scored = page.js("data.scored")
    curve = next(c for c in scored["curves"] if c["dataset"] == "" and c["level"] == "video")
    roc, det = path_points(page, "#roc .score-curve"), path_points(page, "#det .score-curve")
    assert len(roc) == len(det) == len(curve["fpr"])
    width = page.js("document.getElementById('roc').clientWidth")
    for (x, y), fpr, tpr in zip(roc, curve["fpr"], curve["tpr"]):
        assert close(x, 54 + fpr * (width - 54 - 16)) and close(y, 258 - tpr * 248), (x, y, fpr, tpr)
    held = lambda share, count: min(1 - 0.5 / count, max(0.5 / count, share))
    deviates = [(norm.ppf(held(fpr, curve["reals"])), norm.ppf(held(1 - tpr, curve["fakes"])))
                for fpr, tpr in zip(curve["fpr"], curve["tpr"])]
    x_of = np.polyfit([d[0] for d in deviates], [p[0] for p in det], 1)
    y_of = np.polyfit([d[1] for d in deviates], [p[1] for p in det], 1)
    for (x, y), (fpr, fnr) in zip(det, deviates):
        assert close(x, np.polyval(x_of, fpr), 0.05) and close(y, np.polyval(y_of, fnr), 0.05), "straight in deviates"
    assert x_of[0] > 0 > y_of[0]
    shown = page.js("""[...document.querySelectorAll('#confusion tbody tr')].map(r =>
        [...r.cells].map(c => c.textContent))""")
    reals = [row for row in shown if row[1] == "real"]
    assert [int(row[3]) for row in reals] == [40, 40]
    assert all(int(row[3]) == int(row[4]) + int(row[5]) for row in shown), shown
    point = page.js("""(() => { const p = document.querySelector('#roc .operating-point');
        return [p.getAttribute('cx'), p.getAttribute('cy')].map(Number); })()""")
    called = sum(int(row[4]) for row in reals) / 80
    found = sum(int(row[4]) for row in shown if row[2] == "all fakes") / 160
    assert close(point[0], 54 + called * (width - 70)) and close(point[1], 258 - found * 248), (point, called, found)
    assert "AUC" in page.js("document.getElementById('detection-hint').textContent")
    select = driver.find_element(By.ID, "curves-of")
    select.send_keys("base")
    assert "base: 40 real videos and 80 fake videos" in page.js("document.getElementById('detection-hint').textContent")
    level = driver.find_element(By.ID, "curves-level")
    level.send_keys("frame")
    assert "115 real frames" in page.js("document.getElementById('detection-hint').textContent")
    assert not page.js("document.querySelector('#roc .operating-point')"), "the threshold is of videos"
    driver.refresh()
    assert "115 real frames" in page.js("document.getElementById('detection-hint').textContent"), "it is in the address"
    driver.back()
    assert "40 real videos" in page.js("document.getElementById('detection-hint').textContent")
    page.require_quiet()
    page = Page(driver, folder / "trials-3.html")
    assert page.js("document.getElementById('detection-section').hidden"), "not every run has recorded scores"
    assert page.js("document.getElementById('crops-section').hidden")
    page.require_quiet()


def crops(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    pictures = page.js("[...document.querySelectorAll('#crops img')].map(i => [i.complete, i.naturalWidth, i.alt])")
    assert 30 < len(pictures) <= 60 and all(done and width == 112 for done, width, _ in pictures), pictures
    assert any("on the wrong side" in words for _, _, words in pictures)
    assert any("near the threshold" in words for _, _, words in pictures)
    button = driver.find_element(By.CSS_SELECTOR, "#crops button")
    before = button.size["width"]
    button.send_keys(Keys.ENTER)
    assert button.size["width"] > before and button.get_attribute("aria-expanded") == "true", "by keyboard"
    button.send_keys(Keys.SPACE)
    assert button.size["width"] == before
    page.require_quiet()


def corruption(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    shown = page.js("""[...document.querySelectorAll('#corruption tbody')].map(body => [...body.rows].map(r =>
        [...r.cells].map(c => c.childNodes[0].textContent)))""")
    rows = page.js("data.corruption.rows")
    assert len(shown) == 2 and all(len(table) == 8 for table in shown)
    for table, dataset in zip(shown, ("base", "augment")):
        assert table[0] == ["none", "0.9400"]
        for kind, *cells in table[1:]:
            wanted = {row["strength"]: row["video_auc"] for row in rows
                      if (row["dataset"], row["corruption"]) == (dataset, kind)}
            assert cells == [f"{wanted[strength]:.4f}" for strength in range(1, 6)], (kind, cells)
    page.require_quiet()
    assert Page(driver, folder / "trials-1.html").js("document.getElementById('corruption-section').hidden")


def won(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    rows = page.js("""[...document.querySelectorAll('#won tbody tr')].map(r => [...r.cells].map(c => c.textContent))""")
    assert [row[:3] + row[5:9] + row[10:] for row in rows] == [
        ["augment, val", "new", "all", "0.6200", "0.9000", "+0.2800", "+0.2100 to +0.3400", "won"],
        ["augment, test", "new", "all", "0.6000", "0.7000", "+0.1000", "–", "too few people"],
        ["base, val", "old", "all", "0.9600", "0.9300", "−0.0300", "−0.0500 to −0.0100", "lost"],
        ["", "", "deepfakes", "0.9700", "0.9500", "−0.0200", "−0.0500 to +0.0100", "can’t be told"]], rows
    places = page.js("""[...document.querySelectorAll('#won svg')].map(svg => ['.zero', '.reach', 'circle'].map(part =>
        { const at = svg.querySelector(part); return at && ['x1', 'x2', 'cx'].map(name =>
          Number(at.getAttribute(name) || NaN)); }))""")
    for (zero, reach, point), row in zip(places, (2, 3, 0, 1)):
        low, high = page.js(f"data.won_and_lost.rows[{row}].interval || [null, null]")
        scale = (164 - 6) / 2 / 0.34
        assert close(zero[0], 85) and (reach is None) == (low is None), (zero, reach)
        assert close(point[2], 85 + scale * page.js(f"data.won_and_lost.rows[{row}].difference")), point
        assert reach is None or close(reach[0], 85 + scale * low) and close(reach[1], 85 + scale * high), reach
    said = page.js("document.getElementById('won-hint').textContent")
    assert "trained on base (old); a share of 0.2" in said and "for want of a store: base/test" in said, said
    page.require_quiet()
    assert Page(driver, folder / "trials-1.html").js("document.getElementById('won-section').hidden")


def siblings(driver, folder):
    page = Page(driver, folder / "trials-140.html")
    assert "1 finding: base/val" in page.js("document.getElementById('audit').textContent")
    cells = page.js("[...document.querySelectorAll('#siblings tbody tr:last-child td')].map(c => c.textContent)")
    assert cells == ["three", "done", "3", "mean video_auc of the datasets trained on", "0.7500"], cells
    driver.find_element(By.CSS_SELECTOR, "#siblings a").click()
    WebDriverWait(driver, 30).until(lambda d: d.current_url.endswith("trials-3.html"))
    assert page.js("document.getElementById('siblings-section').hidden")


def running(driver, folder):
    page = Page(driver, folder / "running.html")
    assert "The run goes on. As it was" in page.js("document.getElementById('age').textContent")
    assert "writes this page every 5 min" in page.js("document.getElementById('age').textContent")
    driver.execute_script("window.mark = 1; document.querySelector('details').open = true")
    search = driver.find_element(By.ID, "search")
    search.send_keys("head=hidden")  # typed, not entered
    rows = page.rows()
    assert 0 < len(rows) < 20
    WebDriverWait(driver, 30).until(lambda d: d.execute_script(
        "return window.mark === undefined && document.body.dataset.ready === 'yes'"))
    assert page.rows() == rows and page.js("document.activeElement.id") == "search", "a reload changes nothing"
    assert page.js("document.querySelector('details').open")
    driver.find_element(By.ID, "search").send_keys(" x")
    assert page.js("document.getElementById('search').value") == "head=hidden x", "who types goes on typing"
    page.require_quiet()
    text = (folder / "running.html").read_text()
    old = folder / "silent.html"
    old.write_text(re.sub(r'"made":"[^"]*"', '"made":"2020-01-01T00:00:00Z"', text, count=1))
    page = Page(driver, old)
    assert "nothing was written since" in page.js("document.getElementById('age').textContent")
    page.require_quiet()
    page = Page(driver, folder / "trials-3.html")
    assert page.js("document.getElementById('age').hidden")
    page.require_quiet()


def take_pictures(driver, folder, pictures):
    pictures.mkdir(parents=True, exist_ok=True)
    for name in ("trials-3", "trials-140", "trials-2000", "hostile", "running"):
        for width in (420, 1280, 1920):
            driver.set_window_size(width, 1000)
            page = Page(driver, folder / f"{name}.html")
            driver.set_window_size(width, min(6000, page.js("document.documentElement.scrollHeight") + 150))
            driver.save_screenshot(str(pictures / f"{name}-{width}.png"))


with tempfile.TemporaryDirectory(prefix="unmask-page-") as temporary:
    pages = pathlib.Path(temporary)
    subprocess.run([sys.argv[1], str(pages)], check=True)
    driver = browser.start(sys.argv[2])
    try:
        for check in (sizes, many_rows, table, linked, keyboard, looks, hostile, calibrated, summary,
                      detection, crops, corruption, won, siblings, running):
            check(driver, pages)
            print(f"{check.__name__}: ok")
        if len(sys.argv) > 3:
            take_pictures(driver, pages, pathlib.Path(sys.argv[3]))
    finally:
        driver.quit()
