"""File names: taken from a portal's answer, and made safe for every file system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tuckan.wire.formats import suffix_of_format

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

LONGEST = 200
"""The maximum length of a name in bytes; file systems allow 255, and a suffix may be added."""

_WHERE_CKAN_CUTS = 90
"""The length from which a name may be truncated; CKAN keeps 100 characters with the extension."""

_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)", re.IGNORECASE)
_SUFFIX = re.compile(r"(\.[A-Za-z0-9_-]{1,12}){1,2}$")
_PARAMETER = re.compile(r';\s*(filename\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.IGNORECASE)


def file_name(resource: Mapping[str, Any], url: str, disposition: str = "") -> str:
    """The name for the file of a resource.

    The portal's own name of an uploaded file comes first, then the one that the answer gives, then one in the address
    that looks like a file's, then the resource's name.

    Args:
        resource: the resource.
        url: its address.
        disposition: the answer's `Content-Disposition`.

    Example:
        >>> file_name({"name": "Rain / 2024", "format": "CSV"}, "https://example.org/export?id=3")
        'Rain _ 2024.csv'
        >>> file_name({}, "https://example.org/x", "attachment; filename*=UTF-8''%e2%82%ac%20rates.csv")
        '€ rates.csv'
    """
    segment = safe(unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2], errors="replace"))
    said = safe(from_disposition(disposition))
    names = [segment, said] if resource.get("url_type") == "upload" else [said, segment]
    found = next((one for one in names if _SUFFIX.search(one)), "")
    name = found or safe(str(resource.get("name") or "")) or segment or said or "file"
    suffix = suffix_of_format(str(resource.get("format") or ""))
    if suffix and not found and not name.lower().endswith(suffix):
        name = safe(name, LONGEST - len(suffix)) + suffix
    return name


def from_disposition(header: str) -> str:
    r"""The name in a `Content-Disposition`, or nothing (RFC 6266, and 5987 for names beyond ASCII).

    Example:
        >>> from_disposition('attachment; filename="a \\"b\\".csv"'), from_disposition("inline")
        ('a "b".csv', '')
    """
    found: dict[str, str] = {}
    for name, value in _PARAMETER.findall(f";{header}"):
        found.setdefault(name.lower(), value.strip())
    extended = re.match(r"(utf-8|iso-8859-1)'[^']*'(.*)", found.get("filename*", "").strip('"'), re.IGNORECASE)
    if extended:
        return unquote(extended[2], encoding=extended[1], errors="replace")
    plain = found.get("filename", "")
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        return re.sub(r"\\(.)", r"\1", plain[1:-1])
    return plain


def safe(name: str, longest: int = LONGEST) -> str:
    r"""A name that is safe for every file system and shell; empty if nothing is left of it.

    Example:
        >>> safe("../../etc/passwd"), safe("NUL.csv"), safe("a\x00b?.csv "), safe("..")
        ('_.._etc_passwd', '_NUL.csv', 'ab_.csv', '')
    """
    text = "".join(one for one in name if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    text = _trimmed(_FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)))
    if _RESERVED.match(text):
        text = f"_{text}"
    return _trimmed(_shortened(text, longest))


def _trimmed(text: str) -> str:
    # A dot in front hides a file; dots and spaces behind are lost on Windows.
    return re.sub(r"^[\s.]+|[\s.]+$", "", text)


def _shortened(text: str, longest: int) -> str:
    """The name within so many bytes of UTF-8; it keeps its ending."""
    if len(text.encode()) <= longest:
        return text
    ending = _SUFFIX.search(text)
    suffix = ending[0] if ending else ""
    stem = text.removesuffix(suffix).encode()[: longest - len(suffix)]
    return _trimmed(stem.decode(errors="ignore")) + suffix


def distinct(name: str, taken: Container[str], mark: str) -> str:
    """A name that is not taken, ignoring case: a mark is added before its extension if necessary.

    Args:
        name: the name wanted.
        taken: names in use, as `folded` writes them.
        mark: what to tell it apart by, such as the beginning of an id.

    Example:
        >>> distinct("Data.csv", {"data.csv"}, "3f2a")
        'Data-3f2a.csv'
    """
    ending = _SUFFIX.search(name)
    suffix = ending[0] if ending else ""
    stem = safe(name.removesuffix(suffix), LONGEST - 48 - len(suffix)) or "file"
    candidate, number = name, 1
    while folded(candidate) in taken:
        candidate = f"{stem}-{mark}{'' if number == 1 else f'-{number}'}{suffix}"
        number += 1
    return candidate


def is_munged(there: str, name: str) -> bool:
    """Whether a portal may have derived one file name from another: CKAN lowercases, drops non-ASCII characters, and truncates.

    Args:
        there: the name on the portal.
        name: the file's own.

    Example:
        >>> is_munged("flow-rates.csv", "Flow rates.csv"), is_munged("grosse.csv", "Größe.csv"), is_munged("a.csv", "b.csv")
        (True, True, False)
    """
    kept, own = (re.sub(r"[^a-z0-9]", "", one.lower()) for one in (there, name))
    if not name.isascii():
        left = iter(kept)
        return all(letter in left for letter in own)
    return kept == own or (len(there) >= _WHERE_CKAN_CUTS and own.startswith(kept[: _WHERE_CKAN_CUTS // 2]))


def folded(name: str) -> str:
    """A name as case-insensitive, Unicode-normalizing file systems compare it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
