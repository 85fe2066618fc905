"""The page of verdicts in a real browser: verdict_page_browser.py SAMPLES CHROMEDRIVER [PICTURES]

SAMPLES writes the pages. With PICTURES, a folder, screenshots at three widths are left there to be looked at.
"""
import pathlib
import subprocess
import sys
import tempfile

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import browser

MOST_BYTES = 10_000_000


def open_page(driver, file):
    browser.load(driver, file)
    return lambda text: driver.execute_script("return " + text)


def require_quiet(driver, file):
    browser.require_quiet(driver, file, "data:")


def three(driver, folder):
    file = folder / "three.html"
    js = open_page(driver, file)
    assert js("[...document.querySelectorAll('details.input')].map(d => d.open)") == [True] * 3, "few are open"
    WebDriverWait(driver, 10).until(lambda _: js("document.querySelectorAll('.person h3').length") == 3)
    said = js("[...document.querySelectorAll('details.input summary')].map(s => s.textContent)")
    assert said[0].startswith("fake") and "fake.mp4" in said[0], said
    assert said[1].startswith("no manipulation found"), said
    assert said[2].startswith("cannot judge") and "too few frames with the face: 2" in said[2], said
    assert js("document.querySelectorAll('svg.timeline')[0].querySelectorAll('circle').length") == 32
    assert js("document.querySelectorAll('svg.timeline')[1].querySelectorAll('circle.above').length") == 0
    assert js("[...document.querySelectorAll('figure img')].every(i => i.complete && i.naturalWidth === 1)")
    assert js("document.querySelectorAll('figure').length") == 6 + 6 + 2
    heat = js("[...document.querySelector('figure canvas').getContext('2d').getImageData(0, 0, 2, 2).data]")
    assert heat[3] == 0 and heat[7] > 100 and heat[4] > 200, f"the grid's second place is red: {heat}"
    assert "at the top right" in js("document.querySelector('figure img').alt")
    text = js("document.body.innerText")
    for words in ("UNCALIBRATED", "trained on", "base", "weights trained on ImageNet", "no proof", "dlib 19.24"):
        assert words in text, f"{words!r} is not on the page"
    driver.find_element(By.ID, "heat").send_keys(Keys.SPACE)
    assert js("getComputedStyle(document.querySelector('figure canvas')).display") == "none"
    require_quiet(driver, file)


def calibrated(driver, folder):
    file = folder / "calibrated.html"
    js = open_page(driver, file)
    WebDriverWait(driver, 10).until(lambda _: js("document.querySelectorAll('.person h3').length") == 2)
    fake, short = js("[...document.querySelectorAll('.person .numbers')].map(p => p.textContent)")
    person, = js("data.inputs[0][0].people")
    assert f"LLR {person['llr']:.3f}" in fake and f"at prior 0.5 {person['probability']:.3f}" in fake, fake
    assert "LLR –" in short and "at prior 0.5 –" in short and "score, no verdict" in short, short
    scores = js("[...document.querySelectorAll('summary .score')].map(s => s.textContent)")
    assert scores[0].startswith("0.9") and scores[1] == "–", scores
    assert "uncalibrated" not in js("document.getElementById('inputs').textContent")
    require_quiet(driver, file)


def many(driver, folder):
    file = folder / "many.html"
    assert file.stat().st_size < MOST_BYTES, file.stat().st_size
    js = open_page(driver, file)
    assert js("document.querySelectorAll('details.input').length") == 100
    left_out = js("document.getElementById('left-out').textContent")
    assert "lowest scores" in left_out and "inputs’ pictures" in left_out, left_out
    driver.find_element(By.ID, "search").send_keys("clips/2999.mp4")
    assert js("[...document.querySelectorAll('details.input')].map(d => d.open)") == [True]
    driver.find_element(By.ID, "search").clear()
    driver.find_element(By.ID, "search").send_keys(".mp4")
    driver.find_elements(By.CSS_SELECTOR, "#filters input")[0].send_keys(Keys.SPACE)
    shown = set(js("[...document.querySelectorAll('details.input .verdict')].map(v => v.textContent)"))
    assert shown == {"no manipulation found"}, shown
    driver.find_element(By.ID, "more").send_keys(Keys.ENTER)
    assert js("document.querySelectorAll('details.input').length") == 200
    first = driver.find_element(By.CSS_SELECTOR, "details.input summary")
    first.send_keys(Keys.ENTER)
    assert js("document.querySelector('details.input').open"), "the keyboard opens one"
    require_quiet(driver, file)


def hostile(driver, folder):
    file = folder / "hostile.html"
    js = open_page(driver, file)
    driver.find_element(By.ID, "open").send_keys(Keys.ENTER)
    WebDriverWait(driver, 10).until(lambda _: js("document.querySelectorAll('.person h3').length") > 3)
    assert js("window.hit") is None, "a name was run"
    assert js("document.querySelectorAll('main script, main b, main i, main img:not([src^=\"data:\"])').length") == 0
    text = js("document.getElementById('inputs').textContent")
    for name in ('<img src=x onerror="window.hit = 3">', "{{DATA}} {{NONCE}}", "&lt;b&gt; &amp;", "\U0001F600"):
        assert name in text, f"not shown as it is: {name}"
    assert "<b>base</b>" in js("document.getElementById('model').textContent")
    require_quiet(driver, file)


def take_pictures(driver, folder, pictures):
    pictures.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.html"):
        for width in (420, 900, 1600):
            driver.set_window_size(width, 1000)
            js = open_page(driver, file)
            driver.set_window_size(width, min(5000, js("document.documentElement.scrollHeight") + 150))
            driver.save_screenshot(str(pictures / f"{file.stem}-{width}.png"))


with tempfile.TemporaryDirectory(prefix="unmask-verdicts-") as temporary:
    pages = pathlib.Path(temporary)
    subprocess.run([sys.argv[1], str(pages)], check=True)
    driver = browser.start(sys.argv[2])
    try:
        for check in (three, calibrated, many, hostile):
            check(driver, pages)
            print(f"{check.__name__}: ok")
        if len(sys.argv) > 3:
            take_pictures(driver, pages, pathlib.Path(sys.argv[3]))
    finally:
        driver.quit()
