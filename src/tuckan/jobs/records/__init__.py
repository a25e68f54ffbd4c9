"""From rows of files to operations; errors are found before anything is sent."""

from tuckan.jobs.records.by_schema import Schemas
from tuckan.jobs.records.checking import Checked, checked, name_trouble, planned_call, refused_by_ckan
from tuckan.jobs.records.fields import FIELDS, NAMES
from tuckan.jobs.records.overlay import laid_over

__all__ = [
    "FIELDS",
    "NAMES",
    "Checked",
    "Schemas",
    "checked",
    "laid_over",
    "name_trouble",
    "planned_call",
    "refused_by_ckan",
]
