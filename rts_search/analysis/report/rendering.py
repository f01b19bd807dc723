"""Making HTML pages that need no other file: template, styles, scripts and data in one."""

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rts_search.basics.errors import UserError

if TYPE_CHECKING:
    from markupsafe import Markup

FOLDER = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """Render a page from a template of this package. Raises: UserError when jinja2 or plotly is not installed."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        plotly = str(files("plotly") / "package_data" / "plotly.min.js")
    except ImportError as error:
        raise UserError(f"report: needs {error.name}: pip install 'rts-search[report]'") from error
    environment = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined)
    environment.filters["coded"] = coded
    assets = FOLDER / "assets"
    styles = _text(str(assets / "style.css"))
    own = (str(assets / name) for name in ("tables.js", "numbers.js", "figures.js", "standing.js"))
    scripts = [_text(file) for file in (plotly, *own)]
    return environment.get_template(template).render(styles=styles, scripts=scripts, embedded=embedded, **values)


def coded(text: str) -> "Markup":
    """A text as HTML in which what stands between backticks, such as a command, is set as code."""
    from markupsafe import Markup

    parts = re.split("`([^`]+)`", text)
    forms = Markup("{}"), Markup("<code>{}</code>")
    return Markup("").join(forms[place % 2].format(part) for place, part in enumerate(parts))


def embedded(values: Any) -> str:
    """JSON for a script element, with <, > and & escaped, so that no text in it can end the element."""
    text = json.dumps(values, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@cache
def _text(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")
