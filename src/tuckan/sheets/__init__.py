"""Workbooks of records: their layout by a schema, written and read, checked, and compared with what was exported. Pure."""

from tuckan.sheets.checking import Checked, assembled, check, file_of, is_address, key_of
from tuckan.sheets.edits import Edit, ResourceEdit
from tuckan.sheets.filling import Filling, entity_of
from tuckan.sheets.layout import RESOURCES, STYLES, UPLOAD, Layout, Style, layout_of
from tuckan.sheets.merging import Merged, merge
from tuckan.sheets.page import CONFLICTS, as_html, write_html
from tuckan.sheets.parsing import Book, parse
from tuckan.sheets.problems import SheetCheck, SheetProblem
from tuckan.sheets.reading import read_workbook
from tuckan.sheets.references import References, Titles, offered, references_in, understood
from tuckan.sheets.rules import Rules, read_rules, require_columns, rules_beside, rules_of
from tuckan.sheets.state import Exported, State
from tuckan.sheets.writing import mark, write_workbook
from tuckan.sheets.writing_back import WritingBack, kept, require_writable, write_back

__all__ = [
    "CONFLICTS",
    "RESOURCES",
    "STYLES",
    "UPLOAD",
    "Book",
    "Checked",
    "Edit",
    "Exported",
    "Filling",
    "Layout",
    "Merged",
    "References",
    "ResourceEdit",
    "Rules",
    "SheetCheck",
    "SheetProblem",
    "State",
    "Style",
    "Titles",
    "WritingBack",
    "as_html",
    "assembled",
    "check",
    "entity_of",
    "file_of",
    "is_address",
    "kept",
    "key_of",
    "layout_of",
    "mark",
    "merge",
    "offered",
    "parse",
    "read_rules",
    "read_workbook",
    "references_in",
    "require_columns",
    "require_writable",
    "rules_beside",
    "rules_of",
    "understood",
    "write_back",
    "write_html",
    "write_workbook",
]
