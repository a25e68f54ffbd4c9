"""The reason for an internal error of CKAN, from its log."""

from __future__ import annotations

from tuckan._text import printable
from tuckan.sandbox.ini import site_url
from tuckan.sandbox.instance import Instance, instances

LINES_SHOWN = 30
CHARACTERS_SHOWN = 1_800
"""The maximum length of the text in an error."""
_CHARACTERS = 100_000
_BEGIN = "Traceback (most recent call last)"


def end_of_log(instance: Instance) -> str:
    """The end of CKAN's log, starting at its last traceback if there is one."""
    try:
        with instance.log("web").open("rb") as file:
            file.seek(max(0, instance.log("web").stat().st_size - _CHARACTERS))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    begins = [number for number, line in enumerate(lines) if _BEGIN in line]
    # The line before a traceback names the request.
    shown = lines[max(0, begins[-1] - 1) :] if begins else lines
    if not shown:
        return ""
    text = printable("\n".join(shown[-LINES_SHOWN:]))
    while len(text) > CHARACTERS_SHOWN and "\n" in text:
        text = text.partition("\n")[2]  # the error is at its end
    return f"The end of CKAN's log, {instance.log('web')}:\n{text}"


def end_of_log_at(url: str) -> str:
    """The end of the log of the sandbox at an address; empty if there is none."""
    for instance in instances():
        settings = instance.readable_settings()
        if settings and settings.ports.get("web") and url.startswith(site_url(settings)):
            return end_of_log(instance)
    return ""
