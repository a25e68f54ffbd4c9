"""Make the blocking client from the asynchronous one: `python scripts/unasync.py`, or `--check` to only compare.

A rule that no file needs is an error, so that the list never outlives its reasons.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "src" / "tuckan" / "client"
SOURCE, TARGET = CLIENT / "_async", CLIENT / "_sync"
HEADER = "# Generated from {name} by scripts/unasync.py: change that file, then run `make fix`.\n"

RULES = [
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsyncClient\b", "Client"),
    (r"\bAsyncActions\b", "Actions"),
    (r"\bAsyncConnection\b", "Connection"),
    (r"\bAsyncDriver\b", "SyncDriver"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bAwaitable\[(\w+)\]", r"\1"),
    (r"\bAwaitable, ", ""),
    (r"\basync_(in_order|as_done)\b", r"\1"),
    (r"\bconnect_async\b", "connect"),
    (r"\bclient\._async\b", "client._sync"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\bfrom asyncio import sleep\b", "from time import sleep"),
    (r"An asynchronous client for one CKAN portal", "A client for one CKAN portal"),
    (r"as it is written: asynchronous\. Its blocking twin is generated from here", "as blocking code"),
]


def blocking(source: Path, used: set[int]) -> str:
    """The blocking twin of one file."""
    text = source.read_text(encoding="utf-8")
    for number, (pattern, replacement) in enumerate(RULES):
        text, count = re.subn(pattern, replacement, text)
        if count:
            used.add(number)
    text = HEADER.format(name=source.relative_to(ROOT).as_posix()) + text
    for command in (
        ["check", "--quiet", "--select", "I", "--fix-only", "--exit-zero"],
        ["format", "--quiet"],
    ):
        text = _ruff([*command, "--stdin-filename", str(TARGET / source.relative_to(SOURCE)), "-"], text)
    return text


def _ruff(arguments: list[str], text: str) -> str:
    ruff = Path(sys.executable).parent / "ruff"
    run = subprocess.run([ruff, *arguments], input=text, capture_output=True, text=True, check=True, cwd=ROOT)
    return run.stdout


def main(arguments: list[str]) -> int:
    """Write the twins, or tell which differ; the exit code is 1 when something is wrong."""
    used: set[int] = set()
    twins = {TARGET / one.relative_to(SOURCE): blocking(one, used) for one in sorted(SOURCE.rglob("*.py"))}
    wrong = [f"this rule is used by no file: {pattern}" for n, (pattern, _) in enumerate(RULES) if n not in used]
    strays = sorted(set(TARGET.rglob("*.py")) - set(twins))
    wrong += [f"{path.relative_to(ROOT)} has no source" for path in strays]
    for path, text in twins.items():
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"{path.relative_to(ROOT)} is not what its source gives: run `make fix`")
    print("\n".join(wrong) or f"{len(twins)} blocking twins are as they should be")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
