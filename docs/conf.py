"""How the documentation is built. Its code runs on a real CKAN, which is started here."""

from __future__ import annotations

import logging
import os
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "scripts"))

from demo_portal import NAME, demo_portal, restore  # noqa: E402 - found by the line above
from reference import pages  # noqa: E402

from tuckan import __version__  # noqa: E402
from tuckan.sandbox import Sandbox  # noqa: E402

project = "tuckan"
author = "The tuckan authors"
copyright = author  # noqa: A001 - Sphinx's own name
version = release = __version__

extensions = ["myst_nb", "sphinx_copybutton"]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
default_role = "code"
smartquotes = False
nitpicky = True
# What Python and CKAN name; there is no network at a build to look it up.
nitpick_ignore_regex = [
    ("py:class", r"(?!tuckan|ckan\.).*"),
    ("py:exc", "Exception|ValueError|ImportError|UserWarning"),
]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.mime_priority"]

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_execution_show_tb = True
nb_output_stderr = "remove"  # bars that move
nb_merge_streams = True

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["tables.css"]
html_title = f"tuckan {version}"
html_copy_source = False
html_show_sphinx = False
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True

logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each request of our preparations

_HAS_CODE = re.compile(r"\{code-cell\}|\"cell_type\"")
_stack = ExitStack()


def setup(app: Sphinx) -> None:
    """Write the reference, and have the demo portal running for as long as pages are read."""
    app.connect("builder-inited", _begin)
    app.connect("source-read", _make_good)
    app.connect("build-finished", _end)


def _begin(_: Sphinx) -> None:
    folder = HERE / "reference" / "generated"
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        page = folder / f"{name}.rst"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
    _, variables = _stack.enter_context(demo_portal())
    os.environ.clear()
    os.environ.update(variables)  # kernels inherit it


def _make_good(_: Sphinx, __: str, source: list[str]) -> None:
    """Each page finds the portal as its reader would, whatever another has done."""
    if _HAS_CODE.search(source[0]):
        restore(Sandbox(NAME))


def _end(_: Sphinx, __: Any) -> None:
    _stack.close()
