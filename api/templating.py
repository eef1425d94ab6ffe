"""The page templates. Autoescape is on for every `.html`; no template may use `|safe`."""

from pathlib import Path
from typing import Final

import jinja2
from starlette.templating import Jinja2Templates

API: Final = Path(__file__).resolve().parent
STATIC: Final = API / "static"

TEMPLATES: Final = Jinja2Templates(
    env=jinja2.Environment(
        loader=jinja2.FileSystemLoader(API / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
)
