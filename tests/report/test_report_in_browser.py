"""The page of `cifarcnn report` as a real browser shows it (Chromium, without a window)."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from cifarcnn.data import demo
from cifarcnn.runs.history import EpochRow, History
from tests.support.command import invoke
from tests.support.fake_runs import change, write_repeat_of, write_run
from tests.support.parsed_page import parsed
from tests.support.specs import TINY

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
WIDTHS = (360, 1280)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason=f"needs a browser: one of {', '.join(NAMES)}"),
]

HARNESS = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,">
<pre id="found"></pre>
<script>
const found = {};
let left = WIDTHS.length;
for (const width of WIDTHS) {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:900px;border:0`;
  frame.onload = () => setTimeout(() => {
    const page = frame.contentDocument, view = frame.contentWindow;
    const wide = [...page.querySelectorAll("body *")].filter(node =>
      node.getBoundingClientRect().right > view.innerWidth + 0.5 &&
      !node.closest(".scrolling, pre, .unseen, details:not([open])"));
    const pictures = [...page.querySelectorAll("img")];
    found[width] = {
      inner: view.innerWidth,
      client: page.scrollingElement.clientWidth,
      scroll: page.scrollingElement.scrollWidth,
      wide: wide.map(node => node.outerHTML.slice(0, 80)),
      pictures: pictures.length,
      loaded: pictures.filter(p => p.complete && p.naturalWidth === 32).length,
      pixelated: pictures.filter(p =>
        view.getComputedStyle(p).imageRendering === "pixelated").length,
      resources: view.performance.getEntriesByType("resource").map(e => e.name)
        .filter(name => !name.startsWith("data:")),
      background: view.getComputedStyle(page.body).backgroundColor,
      ink: view.getComputedStyle(page.body).color,
      lines: [...page.querySelectorAll("svg polyline")]
        .filter(l => l.getBoundingClientRect().width > 50).length,
      script: page.documentElement.dataset.ran || "",
    };
    if (--left === 0) document.getElementById("found").textContent = JSON.stringify(found);
  }, 300);
  frame.src = "/page.html";
  document.body.append(frame);
}
</script>
""".replace("WIDTHS", json.dumps(WIDTHS))


@dataclass
class Seen:
    """What a browser found in a page."""

    widths: dict[int, Any]
    """By the width of the window."""
    console: list[str]
    """What it wrote to its console: errors, and what the policy refused."""
    requests: list[str]
    """What was asked of the page's own server."""


class Browser:
    """Shows pages in frames of a phone's and of a desk's width."""

    def __init__(self, folder: Path) -> None:
        self.page = ""
        self._profile = folder / "profile"
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                pages = {"/": HARNESS, "/page.html": outer.page}
                content = pages.get(self.path, "").encode()
                self.send_response(200 if content else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def show(self, page: str, *options: str) -> Seen:
        assert BROWSER
        self.page, self.requests = page, []
        done = subprocess.run(
            [
                BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update", "--no-first-run",
                f"--user-data-dir={self._profile}", "--enable-logging=stderr",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--virtual-time-budget=15000", *options, "--dump-dom",
                f"http://127.0.0.1:{self.server.server_port}/",
            ],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        text = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
        assert text and text[1], (done.stdout[-500:], done.stderr[-2000:])
        widths = json.loads(parsed(text[0]).text)
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return Seen({int(width): value for width, value in widths.items()}, console, self.requests)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("browser"))
    yield found
    found.server.shutdown()
    found.server.server_close()


def report_of(run: Path) -> str:
    result = invoke(["report", str(run)])
    assert result.exit_code == 0, result.output
    return (run / "report.html").read_text(encoding="utf-8")


def full_run(folder: Path) -> Path:
    """A run on the demo set with all that a page can show, and long words in it."""
    name = "a_network_with_quite_a_long_name_as_people_do_give_them_at_times"
    text = TINY.replace("name: tiny", f"name: {name}\ndescription: {'W' * 300}")
    run = write_run(folder / "run", text=text)
    labels = demo.generate().test.labels
    draw = np.random.default_rng(0)
    logits = draw.normal(0, 1, (len(labels), 10)).astype("f4")
    logits[np.arange(len(labels)), labels] += 1.5
    np.savez_compressed(run / "predictions.npz", logits=logits, labels=labels)
    rows = [EpochRow(n, 100 / n, 0.5, 80 / n, 0.6, 0.1**n, 1.0) for n in range(1, 120)]
    History(run / "history.csv", rows).write()
    accuracy = float((logits.argmax(axis=1) == labels).mean())
    events = [{"epoch": 1, "event": "x" * 200}]
    change(run, test_accuracy=accuracy, test_images=len(labels), events=events, device="G" * 99)
    record = {"command": ["cifarcnn", "train", "--set", "k" * 400], "switches": {"S" * 90: "1"}}
    (run / "record.json").write_text(json.dumps(record))
    return run


def require_quiet(seen: Seen) -> None:
    """Neither errors nor requests, and no page that is wider than its window."""
    assert seen.console == []
    assert set(seen.requests) == {"/", "/page.html"}
    for width in WIDTHS:
        found = seen.widths[width]
        assert found["inner"] == width
        assert found["scroll"] <= found["client"], found["wide"]
        assert found["wide"] == []
        assert found["resources"] == []


def test_the_page_of_a_run(browser: Browser, tmp_path: Path) -> None:
    seen = browser.show(report_of(full_run(tmp_path)))
    require_quiet(seen)
    for found in seen.widths.values():
        assert found["pictures"] == found["loaded"] == found["pixelated"] == 24
        assert found["lines"] == 5  # loss and accuracy twice, and the learning rate


def test_light_and_dark(browser: Browser, tmp_path: Path) -> None:
    page = report_of(full_run(tmp_path))
    for option, paper_is_lighter in (("1", True), ("0", False)):
        seen = browser.show(page, f"--blink-settings=preferredColorScheme={option}")
        found = seen.widths[360]
        paper, ink = brightness(found["background"]), brightness(found["ink"])
        assert (paper > ink) == paper_is_lighter and abs(paper - ink) > 400


def brightness(color: str) -> int:
    """Of a color such as `rgb(1, 2, 3)`, from 0 to 765."""
    return sum(map(int, re.findall(r"\d+", color)[:3]))


def test_the_page_of_an_unfinished_run_and_of_a_repeat(browser: Browser, tmp_path: Path) -> None:
    unfinished = full_run(tmp_path)
    (unfinished / "summary.json").unlink()
    require_quiet(browser.show(report_of(unfinished)))
    seen = browser.show(report_of(write_repeat_of(tmp_path / "repeat", [100, 110, 120])))
    require_quiet(seen)
    assert seen.widths[1280]["lines"] == 8


HOSTILE = '<script>document.documentElement.dataset.ran = "yes"</script><img src="/stolen">'


def test_a_hostile_run_runs_and_fetches_nothing(browser: Browser, tmp_path: Path) -> None:
    run = full_run(tmp_path)
    change(run, device=HOSTILE, stopped=HOSTILE)
    (run / "record.json").write_text(json.dumps({"command": [HOSTILE], "started": HOSTILE}))
    seen = browser.show(report_of(run))
    require_quiet(seen)
    assert seen.widths[360]["script"] == ""


def test_what_is_looked_for_would_be_found(browser: Browser, tmp_path: Path) -> None:
    """Put into a page by force, a script and a picture are refused by its policy, and told."""
    page = report_of(full_run(tmp_path))
    seen = browser.show(page.replace("</main>", f"{HOSTILE}</main>"))
    assert len(seen.console) >= 2 and "/stolen" not in seen.requests
    assert seen.widths[360]["script"] == ""
    free = re.sub("<meta http-equiv[^>]*>", "", page)
    seen = browser.show(
        free.replace("</main>", f"{HOSTILE}<div style='width:2000px'>a</div></main>")
    )
    assert "/stolen" in seen.requests
    assert seen.widths[360]["script"] == "yes"
    assert any(name.endswith("/stolen") for name in seen.widths[360]["resources"])
    assert seen.widths[1280]["scroll"] > 1280 and seen.widths[1280]["wide"]
