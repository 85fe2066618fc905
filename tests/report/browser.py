"""What the tests of pages share: a headless Chromium, a page that is ready, and one that says and asks for nothing."""
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait


def start(driver_path):
    options = webdriver.ChromeOptions()
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000", "--no-first-run"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))


def load(driver, file):
    """Until the page says that it is drawn."""
    driver.get_log("browser"), driver.get_log("performance")
    driver.get(f"file://{file}")
    WebDriverWait(driver, 60).until(lambda d: d.execute_script("return document.body.dataset.ready") == "yes")


def require_quiet(driver, file, inside):
    """No word in the console, no request but for the file itself and pictures `inside` of it ("data:image/jpeg")."""
    log = list(driver.get_log("browser"))
    assert not log, f"{file}: the console says {log}"
    asked = [entry["message"] for entry in driver.get_log("performance")
             if '"Network.requestWillBeSent"' in entry["message"] and str(file) not in entry["message"]
             and f'"url":"{inside}' not in entry["message"]]
    assert not asked, f"{file}: asks for {asked}"
