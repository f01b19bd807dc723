"""Telling somebody that a sweep has ended: a webhook, a command, or both. Whoever cannot be told changes nothing."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.request import Request, urlopen

from rts_search.sweep.sections import NotifyConfig
from trainables.core.settings.section import first_line

ATTEMPTS, PAUSE_SECONDS, WEBHOOK_SECONDS, COMMAND_SECONDS = 3, 2.0, 10.0, 60.0


def notify(settings: NotifyConfig, facts: Mapping[str, Any], message: str, note: Callable[[str], None]) -> None:
    """Tell of a sweep that has ended.

    Args:
        settings: whom to tell.
        facts: as `rts-search status --json` tells them.
        message: why it has failed; empty otherwise.
        note: hears of whoever could not be told.
    """
    told = json.dumps({"text": sentence(facts, message), "message": message, **facts}).encode()
    for name, tell in (("webhook", _post), ("command", _run)):
        if getattr(settings, name) is not None:
            try:
                tell(settings, told, facts)
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                note(f"notify.{name}: could not tell that the sweep has ended: {first_line(error)}")


def sentence(facts: Mapping[str, Any], message: str) -> str:
    """What has become of a sweep, in one line that a chat can show."""
    best = facts["best"]
    reached = f"; best val_acc {100 * best['val_acc']:.2f} % (trial {best['trial']})" if best else ""
    why = f": {message}" if message else ""
    ended = f"{facts['completed']} of {facts['trials']} trials completed"
    return f"{facts['sweep']} {facts['state']}{why}; {ended}{reached}."


def _post(settings: NotifyConfig, told: bytes, facts: Mapping[str, Any]) -> None:
    del facts
    request = Request(str(settings.webhook), told, {"Content-Type": "application/json"}, method="POST")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urlopen(request, timeout=WEBHOOK_SECONDS):
                return
        except OSError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_SECONDS)


def _run(settings: NotifyConfig, told: bytes, facts: Mapping[str, Any]) -> None:
    """The command, without a shell; the facts are its standard input and, in short, its environment."""
    environment = {**os.environ, "RTS_SEARCH_SWEEP": facts["sweep"], "RTS_SEARCH_STATE": facts["state"]}
    command = list(settings.command or ())
    subprocess.run(command, input=told, env=environment, timeout=COMMAND_SECONDS, check=True, stdout=subprocess.DEVNULL)
