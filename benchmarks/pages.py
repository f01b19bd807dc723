"""Times and sizes of the pages and downloads of the service: 500 sweeps, one of them with 10,000 trials.

Measures the first request and the median of 20, the service's CPU time for each (`cpu_ms`), which another load on the
machine changes less, the first paint in Chromium, and 50 clients that send one request after
another without a pause, on this machine; of two rounds the second counts. The trials are copies of a few (see
`many_trials`), all sweeps are finished, and nothing trains. `--results FOLDER` keeps the sweeps for the next time.
"""

import argparse
import asyncio
import contextlib
import gzip
import http.client
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks.clients import Loop
from benchmarks.load import service
from benchmarks.many_trials import Copies
from benchmarks.report import device_facts, line
from rts_search.basics.results_folder import Results

SWEEPS, TRIALS, SMALL, MANY = 500, 10_000, 20, "many"
ASKED, CLIENTS, ROUNDS, PAINTS = 20, 50, 5, 5
PAGES = {"list": "/", "sweep": f"/sweeps/{MANY}", "trial": f"/sweeps/{MANY}/trials/5000"}
API = f"/api/sweeps/{MANY}"
FILES = {
    "table": f"{API}/table?format=csv",
    "best": f"{API}/best",
    "report": f"{API}/report",
    "curves": f"{API}/figures/curves",
}
IN_THE_LOOP = ("/", PAGES["sweep"], FILES["curves"], f"{API}/figures/cost", FILES["table"])
PLOTLY = "plotly.min.js"


def main(*given: str) -> None:
    """Write the sweeps, measure, and print JSON lines."""
    parser = argparse.ArgumentParser("python -m benchmarks pages", description=__doc__)
    parser.add_argument("--results", type=Path, help="folder that keeps the sweeps for the next time")
    kept = parser.parse_args(given).results
    with contextlib.nullcontext(kept) if kept else tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder))
        if not results.database.exists():
            written(results)
        with service(Path(folder)) as (port, process):
            asked(port, process)
            painted(port)
            looped(port, process)


def written(results: Results) -> None:
    """Write all sweeps."""
    results.require_space()
    copies = Copies(results)
    copies.write(MANY, TRIALS)
    copies.write("sweep-001", SMALL)
    for number in range(2, SWEEPS):
        copies.write_like(f"sweep-{number:03d}", "sweep-001", SMALL)


def asked(port: int, process: int) -> None:
    """Ask for everything one after the other."""
    for name, path in (PAGES | FILES).items():
        first, before = _asked(port, path), _cpu(process)
        found = [first, *(_asked(port, path) for _ in range(ASKED))]
        cpu = {"cpu_ms": _ms((_cpu(process) - before) / ASKED)}
        seconds = [one for one, _, _ in found]
        facts = {"first_ms": _ms(seconds[0]), "median_ms": _ms(statistics.median(seconds[1:])), "n": ASKED, **cpu}
        facts |= {"slowest_ms": _ms(max(seconds[1:])), "kilobytes": found[-1][1], "kilobytes_unpacked": found[-1][2]}
        line({"benchmark": "pages", "part": "requests", "what": name, **facts, **_about()})


def _asked(port: int, path: str) -> tuple[float, int, int]:
    """Ask for a path: the seconds until the whole answer has come, its KB, and those of the unpacked answer."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    seconds = time.perf_counter() - began
    if answer.status != 200:
        raise SystemExit(f"{path}: must be answered by 200, but got {answer.status}: {body[:200]!r}")
    packed = answer.headers.get("Content-Encoding") == "gzip"
    return seconds, round(len(body) / 1024), round(len(gzip.decompress(body) if packed else body) / 1024)


def painted(port: int) -> None:
    """Open the pages in Chromium, each time with an empty cache."""
    for name, path in PAGES.items():
        with _chromium() as browser:
            if browser is None:
                return
            found = [_painted(browser, f"http://127.0.0.1:{port}{path}") for _ in range(PAINTS)]
        facts = {key: round(statistics.median(one[key] for one in found), 1) for key in found[0]}
        line({"benchmark": "pages", "part": "browser", "what": name, "n": PAINTS, **facts, **_about()})


@contextlib.contextmanager
def _chromium() -> Iterator[Any]:
    """A browser; None where there is no Chromium."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"]) if found else None
        yield browser
        if browser is not None:
            browser.close()


def _painted(browser: Any, address: str) -> dict[str, float]:
    """Open a page once: milliseconds to its first content, KB without Plotly, and whether Plotly came unasked."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire.on("Network.responseReceived", lambda told: names.update({told["requestId"]: told["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
    page.goto(address, wait_until="load")
    page.wait_for_timeout(500)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1")
    low = page.evaluate("document.querySelector('[data-figure]')?.getBoundingClientRect().top ?? -1")
    context.close()
    own = sum(size for key, size in sizes.items() if PLOTLY not in names.get(key, ""))
    plotly = any(PLOTLY in name for name in names.values())
    return {"first_paint_ms": paint, "kilobytes": own / 1024, "plotly_loaded": float(plotly), "figure_at_px": low}


def looped(port: int, process: int) -> None:
    """Let many clients ask without a pause, in two rounds."""
    for number in (1, 2):
        loop = Loop(port, CLIENTS, IN_THE_LOOP, ROUNDS, "Accept-Encoding: gzip\r\n")
        began, before, own = time.perf_counter(), _cpu(process), time.process_time()
        asyncio.run(loop.run())
        seconds, facts = time.perf_counter() - began, loop.facts()
        facts |= {"seconds": round(seconds, 1), "cpu_ms": _ms((_cpu(process) - before) / facts["requests"])}
        facts |= {"cpu_ms_of_clients": _ms((time.process_time() - own) / facts["requests"])}
        line({"benchmark": "pages", "part": "clients", "round": number, "clients": CLIENTS, **facts, **_about()})


def _cpu(process: int) -> float:
    """Seconds that a process has computed, in steps of 10 ms. Linux only."""
    parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)


def _about() -> dict[str, Any]:
    """What each line says of the measurement."""
    load = round(os.getloadavg()[0], 1)
    return {"sweeps": SWEEPS, "trials": TRIALS, "load_average": load, **device_facts("cpu", torch.get_num_threads())}
