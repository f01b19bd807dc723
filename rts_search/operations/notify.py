"""Send the notifications of an ended sweep to a webhook, a command or both. A failed one changes no result."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.request import Request, urlopen

from rts_search.study.lead import lead_told
from rts_search.sweep.sections import NotifyConfig
from trainables.core.settings.metrics import METRICS
from trainables.core.settings.section import first_line

ATTEMPTS, PAUSE_SECONDS, WEBHOOK_SECONDS, COMMAND_SECONDS = 3, 2.0, 10.0, 60.0


def notify(settings: NotifyConfig, facts: Mapping[str, Any], message: str, note: Callable[[str], None]) -> None:
    """Send the notifications of a sweep that has ended.

    Args:
        settings: the webhook and the command.
        facts: the output of `rts-search status --json`.
        message: why the sweep failed; empty when it did not.
        note: called with one line for every notification that failed.
    """
    told = json.dumps({"text": sentence(facts, message), "message": message, **facts}).encode()
    for name, tell in (("webhook", _post), ("command", _run)):
        if getattr(settings, name) is not None:
            try:
                tell(settings, told, facts)
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                note(f"notify.{name}: the notification of the end of the sweep could not be sent: {first_line(error)}")


def sentence(facts: Mapping[str, Any], message: str) -> str:
    """The state of the sweep and its best trial in one line, for a chat."""
    best = facts["best"]
    value = METRICS[best["metric"]].shown(best["value"]) if best else ""
    lead = f", {told}" if (told := lead_told(facts)) else ""
    reached = f"; best {best['metric']} {value} (trial {best['trial']}){lead}" if best else ""
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
    """Run the command without a shell. The facts are its standard input; sweep and state are in its environment too."""
    environment = {**os.environ, "RTS_SEARCH_SWEEP": facts["sweep"], "RTS_SEARCH_STATE": facts["state"]}
    command = list(settings.command or ())
    subprocess.run(command, input=told, env=environment, timeout=COMMAND_SECONDS, check=True, stdout=subprocess.DEVNULL)
