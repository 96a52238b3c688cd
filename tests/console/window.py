"""A person at the console: a window of a real browser, in which things are found by what they are
and what they are called, as a screen reader finds them. Nothing else here imports Selenium, so that
without it what imports this is skipped."""

import json
import shutil
from pathlib import Path
from typing import Any, Callable, TypeVar

import pytest

pytest.importorskip("selenium", reason="no selenium: tests/install-packages console")

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.harness.wait import TimedOut, until

T = TypeVar("T")

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--no-first-run", "--lang=en-US", "--hide-scrollbars",
    # Nothing but this host can be reached, whatever a page or the browser itself would like.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
# What is found as a role.
ELEMENTS = {
    "button": "button", "link": "a[href]", "heading": "h1, h2, h3", "radio": "input[type=radio]",
    "textbox": "input:not([type=radio]):not([type=checkbox]), textarea",
    "checkbox": "input[type=checkbox]", "summary": "summary",
    "dialog": "dialog", "combobox": "[role=combobox], select", "option": "[role=option]",
}
# Those that can be seen and may be called so: the browser is then asked for the names of few.
CANDIDATES = """
const [selector, name, inside] = arguments;
const plain = (text) => text.replace(/\\s+/g, " ").trim();
return [...(inside ?? document).querySelectorAll(selector)].filter((element) =>
    element.checkVisibility({ visibilityProperty: true }) && (name === null || plain([
        element.getAttribute("aria-label"), element.textContent, element.title,
        ...[...(element.labels ?? [])].map((label) => label.textContent),
        ...(element.getAttribute("aria-labelledby") ?? "").split(" ").map(
            (id) => document.getElementById(id)?.textContent)].join(" ")).includes(name)));
"""

# What has the focus; whether it is of that kind; and what keeps a person from seeing that it has,
# null where nothing does. Of what is larger than the window a part is enough.
FOCUSED = """
const has = document.activeElement;
const ring = getComputedStyle(has);
const [box] = has.getClientRects();
const between = (least, most) => (Math.max(0, least) + Math.min(most, innerHeight)) / 2;
const at = box && document.elementFromPoint(box.left + box.width / 2,
                                            between(box.top, box.bottom));
return [has, has.matches(arguments[0]),
        ring.outlineStyle === "none" || parseFloat(ring.outlineWidth) < 2 ? "no outline"
            : !at ? "out of sight" : has.contains(at) || at.contains(has) ? null
            : `below ${at.outerHTML.slice(0, 120)}`];
"""

# Changes the address of a console that is shown; false: that would show nothing else, or would be
# asked about first. The heading is marked: it goes with its page.
GO_TO = """
const [root, hash] = arguments;
const before = location.hash;
if (location.href.split("#")[0] !== root
    || !dispatchEvent(new Event("beforeunload", { cancelable: true }))) {
    return false;
}
location.hash = hash;
document.querySelector("main h1")?.toggleAttribute("data-left", location.hash !== before);
return location.hash !== before;
"""


def missing() -> str | None:
    """Why there can be no browser here; None: there can."""
    for program in (CHROMIUM, DRIVER):
        if shutil.which(program) is None:
            return f"no {program}: tests/install-packages console"
    return None


class Window:
    """At the console whose address `root` is."""

    def __init__(self, profile: Path):
        options = Options()
        options.binary_location = CHROMIUM
        for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.execute_cdp_cmd("Browser.grantPermissions", {
            "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
        self.root = ""
        self.led_to: tuple[str, ...] = ()  # other hosts that a test's person goes to by a link
        self.resize(1200, 1000)

    def enter(self, root: str, user: str, password: str) -> None:
        """Signs in by HTTP's own authentication: what the browser is told once it remembers, as a
        person types it into its dialog."""
        self.root = root
        self.driver.get(root.replace("://", f"://{user}:{password}@", 1) + "icon.svg")

    def leave(self) -> None:
        """Nothing is asked of the server any more."""
        self.driver.get("about:blank")

    def close(self) -> None:
        self.driver.quit()

    def resize(self, width: int, height: int) -> None:
        """By the page's own size: a headless window of Chromium has no narrow frame."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    # Going about

    def open(self, page: str = "", anew: bool = False) -> None:
        """A page by its address; returns when it is shown. The address alone changes, as by a
        link; that of the page that is shown already by way of another one. With `anew`, and where
        input would be lost, the console is loaded with all its files, as a bookmark opens it."""
        if anew or not (self._go(page) or self._go("elsewhere") and self._go(page)):
            self.leave()
            self.driver.get(f"{self.root}#/{page}")
        self.wait_for("heading")

    def _go(self, page: str) -> bool:
        """Whether it was possible to get there from what is shown."""
        went: bool = self.script(GO_TO, self.root, f"#/{page}")
        until(lambda: self.script("return !document.querySelector('[data-left]')"), "the page")
        return went

    def click(self, role: str, name: str, **inside: Any) -> None:
        self.find(role, name, **inside).click()

    def write(self, name: str, text: str) -> None:
        """Into the field of this label, in the place of what it has."""
        field = self.find("textbox", name)
        field.clear()
        field.send_keys(text)

    def press(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, role: str, name: str, back: bool = False) -> WebElement:
        """By the Tab key alone, or, back, with Shift, once around the page at most; a person sees
        then where the focus is."""
        def look() -> tuple[WebElement, str | None, str | None]:
            focused, fits, unseen = self.script(FOCUSED, ELEMENTS[role])
            return focused, self._name(focused) if fits else None, unseen
        seen: list[str] = []
        for _ in range(120):
            focused, found, unseen = self.steadily(look)
            if found == name:
                assert unseen is None, f"the focus on {name!r} is not seen: {unseen}"
                return focused
            seen += [found] if found else []
            self.tab(back)
        raise AssertionError(f"Tab does not lead to the {role} {name!r}, but to {seen}")

    def tab(self, back: bool = False) -> None:
        """One step; faster than press() is."""
        keys = ActionChains(self.driver, duration=0)
        if back:
            keys.key_down(Keys.SHIFT)
        keys.send_keys(Keys.TAB)
        if back:
            keys.key_up(Keys.SHIFT)
        keys.perform()

    def has_focus(self, role: str, name: str) -> None:
        """Waits until that has the focus."""
        def there() -> bool:
            focused, fits, _ = self.script(FOCUSED, ELEMENTS[role])
            return fits and self._name(focused) == name
        self._until(lambda: self.steadily(there), f"the focus on the {role} {name!r}")

    @property
    def focus(self) -> str:
        """What stands in what has it; empty where it is lost."""
        return self.script("const has = document.activeElement;"
                           "return has === document.body ? '' : has.textContent.trim();")

    def in_new_tab(self) -> "Tab":
        """The tab that a link has just opened; at the end of `with` it is closed."""
        return Tab(self)

    # Looking

    def find(self, role: str, name: str | None = None, inside: WebElement | None = None
             ) -> WebElement:
        """The one visible element of this role and name; waits until it is there."""
        found: list[WebElement] = self._until(
            lambda: self.all(role, name, inside), f"the {role} {name!r}")
        assert len(found) == 1, f"{len(found)} times {role} {name!r}"
        return found[0]

    def all(self, role: str, name: str | None = None, inside: WebElement | None = None
            ) -> list[WebElement]:
        def look() -> list[WebElement]:
            candidates = self.script(CANDIDATES, ELEMENTS[role], name, inside)
            return [each for each in candidates if name in (None, self._name(each))]
        return self.steadily(look)

    def wait_for(self, role: str, name: str | None = None) -> None:
        self._until(lambda: self.all(role, name), f"a {role} {name!r}")

    def sees(self, *words: str) -> None:
        """Waits until all of these are on the page."""
        def there() -> bool:
            text = self.text
            return all(word in text for word in words)
        self._until(there, f"{words} on the page")

    def rows(self, caption: str) -> dict[str, list[str]]:
        """The table of this caption: what stands in each row, by the row's heading."""
        found = self.steadily(lambda: self.script("""
            const table = [...document.querySelectorAll("table")].find(
                (each) => each.caption.textContent === arguments[0]);
            return [...table?.tBodies[0].rows ?? []].map(
                (row) => [...row.cells].map((cell) => cell.textContent.trim()));""", caption))
        return {row[0]: row[1:] for row in found}

    @property
    def text(self) -> str:
        """Empty while one document is gone and the next one has no body yet."""
        return self.steadily(lambda: "\n".join(
            each.text for each in self.driver.find_elements(By.TAG_NAME, "body")))

    @property
    def heading(self) -> str:
        return self.steadily(lambda: self.driver.find_element(By.TAG_NAME, "h1").text)

    def script(self, code: str, *arguments: Any) -> Any:
        """What a test looks at from inside the page."""
        return self.driver.execute_script(code, *arguments)

    def requests(self) -> list[str]:
        """Addresses that were asked for since the last call of this, by the page or the browser."""
        messages = [json.loads(entry["message"])["message"]
                    for entry in self.driver.get_log("performance")]
        return [message["params"]["request"]["url"] for message in messages
                if message["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """What the browser holds against the page since the last call: errors of its scripts, and
        what its Content-Security-Policy forbade. Answers that are errors are the API's matter."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]]

    def _until(self, condition: Callable[[], T], what: str) -> T:
        """What the page says instead is only asked for when it is to be told."""
        try:
            return until(condition, what)
        except TimedOut as late:
            raise TimedOut(f"{late}\nThe page says:\n{self.text}") from None

    @staticmethod
    def steadily(look: Callable[[], T]) -> T:
        """What `look` finds, on a page that may be changing meanwhile."""
        for _ in range(20):
            try:
                return look()
            except WebDriverException as failure:
                if not gone(failure):
                    raise
        return look()

    @staticmethod
    def _name(element: WebElement) -> str:
        return " ".join(element.accessible_name.split())


def gone(failure: WebDriverException) -> bool:
    """Whether what was looked at is no more there, which ChromeDriver says in two ways."""
    return isinstance(failure, StaleElementReferenceException) \
        or "does not belong to the document" in (failure.msg or "")


class Tab:
    """Another tab of a window, while `with` lasts."""

    def __init__(self, window: Window):
        self._window = window
        self._first = window.driver.current_window_handle

    def __enter__(self) -> Window:
        driver = self._window.driver
        until(lambda: len(driver.window_handles) == 2, "a new tab")
        new, = set(driver.window_handles) - {self._first}
        driver.switch_to.window(new)
        return self._window

    def __exit__(self, *_: object) -> None:
        self._window.driver.close()
        self._window.driver.switch_to.window(self._first)
