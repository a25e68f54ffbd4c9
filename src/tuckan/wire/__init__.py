"""The CKAN protocol as pure code: requests, answers, retries, paging. Nothing here does input or output."""
