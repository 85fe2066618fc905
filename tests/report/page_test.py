"""The report in a real browser: page_test.py SAMPLES CHROMEDRIVER [PICTURES]

SAMPLES writes the pages. With PICTURES, a folder, screenshots at three widths are left there to be looked at.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

MOST_BYTES = 10_000_000


def start(driver_path):
    options = webdriver.ChromeOptions()
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000", "--no-first-run"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))


class Page:
    def __init__(self, driver, file):
        self.driver, self.file = driver, file
        driver.get_log("browser"), driver.get_log("performance")
        begin = time.monotonic()
        driver.get(f"file://{file}")
        WebDriverWait(driver, 60).until(lambda d: d.execute_script("return document.body.dataset.ready") == "yes")
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
        log = [entry for entry in self.driver.get_log("browser")]
        assert not log, f"{self.file}: the console says {log}"
        asked = [entry["message"] for entry in self.driver.get_log("performance")
                 if '"Network.requestWillBeSent"' in entry["message"] and str(self.file) not in entry["message"]]
        assert not asked, f"{self.file}: asks for {asked}"
        assert self.js("performance.getEntriesByType('resource').length") == 0


def sizes(driver, folder):
    for trials in (0, 1, 3, 140, 2000):
        file = folder / f"trials-{trials}.html"
        assert file.stat().st_size < MOST_BYTES, f"{file}: {file.stat().st_size} bytes"
        page = Page(driver, file)
        page.require_quiet()
        shown = page.rows()
        wanted = 70 if trials == 140 else trials  # two seeds a point, folded
        assert len(shown) == wanted, f"{trials}: {len(shown)} rows"
        print(f"{trials} trials: {file.stat().st_size / 1e6:.2f} MB, ready in {page.seconds:.2f} s")


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


def hostile(driver, folder):
    page = Page(driver, folder / "hostile.html")
    assert page.js("window.hit") is None, "a name was run"
    assert page.js("document.querySelectorAll('main img, main script, h1 b, h1 script, td b, th i, th b').length") == 0
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
    said = page.js("document.querySelector('[data-interval=base]').textContent")
    for words in ("video AUC on base", "0.9000", "95%: 0.8500 to 0.9400", "200 videos in 61 clusters"):
        assert words in said, f"{words!r} is not in {said!r}"
    assert "too few people" in page.js("document.querySelector('[data-interval=augment]').textContent")
    page.require_quiet()
    page = Page(driver, folder / "trials-1.html")
    assert page.js("document.getElementById('calibration')") is None, "not every run has a calibration"
    page.require_quiet()


def take_pictures(driver, folder, pictures):
    pictures.mkdir(parents=True, exist_ok=True)
    for name in ("trials-3", "trials-140", "trials-2000", "hostile"):
        for width in (420, 1280, 1920):
            driver.set_window_size(width, 1000)
            page = Page(driver, folder / f"{name}.html")
            driver.set_window_size(width, min(6000, page.js("document.documentElement.scrollHeight") + 150))
            driver.save_screenshot(str(pictures / f"{name}-{width}.png"))


with tempfile.TemporaryDirectory(prefix="unmask-page-") as temporary:
    pages = pathlib.Path(temporary)
    subprocess.run([sys.argv[1], str(pages)], check=True)
    browser = start(sys.argv[2])
    try:
        for check in (sizes, table, linked, hostile, calibrated):
            check(browser, pages)
            print(f"{check.__name__}: ok")
        if len(sys.argv) > 3:
            take_pictures(browser, pages, pathlib.Path(sys.argv[3]))
    finally:
        browser.quit()
