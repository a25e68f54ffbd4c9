"""Compare the points of the MQA with an independent implementation: `python scripts/compare_mqa.py CHECKOUT [500]`.

CHECKOUT is a working copy of https://github.com/mjanez/ckan-mqa, which evaluates RDF with SPARQL and pySHACL; none of it is here. Run this
in an environment with rdflib, pyshacl, requests and msgspec, with `src` in PYTHONPATH.

Each catalogue is generated twice from the same specification, as records of CKAN and as RDF, so that the mapping of CKAN's fields is
compared too. Points are compared metric by metric, folded by shares as that implementation folds them. What it is told:

- Whether a link works is looked up in the specification: it is not to ask real hosts.
- Machine-readable file types are those of data.europa.eu's own vocabulary; its copy lists every file type.
- `dct:license` of distributions and `dct:accessRights` are looked at where its table of indicators names `dcat:license` of datasets and
  `dcat:accessRights`, which do not exist.
- DCAT-AP is checked one dataset at a time, by the base shapes: it says yes or no of a whole catalogue.
- It counts the format and the media type apart for `vocabulary`, half of the points each, where data.europa.eu's definition asks for both.
  So both of its halves are compared with the same halves of ours.
- Its list of media types has IANA's prefix alone as one of them, which is dropped: it names no media type.
- It takes `non_proprietary` and `machine_readable` from the format alone, where that definition asks for one of the format and the media
  type. So the media types that are generated say what the format says, or nothing.
"""

from __future__ import annotations

import importlib
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from tuckan.audit.configuration import Configuration
from tuckan.audit.dcat import FieldMapping, described
from tuckan.audit.mqa import METRICS, WEIGHTS
from tuckan.audit.run import Auditor
from tuckan.audit.vocabularies import codes, file_type, media_type

EU = "http://publications.europa.eu/resource/authority"
IANA = "http://www.iana.org/assignments/media-types"
FORMATS = [f"{EU}/file-type/{one}" for one in ("CSV", "JSON", "GEOJSON", "XLSX", "PDF", "DOCX", "PNG")] + [
    "http://example.org/own"
]
MEDIA = {
    f"{EU}/file-type/CSV": f"{IANA}/text/csv",
    f"{EU}/file-type/JSON": f"{IANA}/application/json",
    f"{EU}/file-type/PDF": f"{IANA}/application/pdf",
    f"{EU}/file-type/PNG": f"{IANA}/image/png",
}
OWN_MEDIA = "http://example.org/media"
LICENCES = [
    "http://creativecommons.org/licenses/by/4.0/",
    "http://creativecommons.org/publicdomain/zero/1.0/",
    "https://example.org/terms",
]
RIGHTS = [f"{EU}/access-right/PUBLIC", f"{EU}/access-right/RESTRICTED", "http://example.org/rights"]
PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
"""
NAMES = {
    "keyword": "findability_keywords_available",
    "category": "findability_category_available",
    "spatial": "findability_spatial_available",
    "temporal": "findability_temporal_available",
    "access_url_status": "accesibility_accessURL_code_200",
    "download_url": "accesibility_downloadURL_available",
    "download_url_status": "accesibility_downloadURL_code_200",
    "format": "interoperability_format_available",
    "media_type": "interoperability_mediaType_available",
    "vocabulary": "interoperability_format_mediatype_from_vocabulary",
    "non_proprietary": "interoperability_format_nonProprietary",
    "machine_readable": "interoperability_format_machineReadable",
    "license": "reusability_license_available",
    "license_vocabulary": "reusability_license_from_vocabulary",
    "access_rights": "reusability_accessRights_available",
    "access_rights_vocabulary": "reusability_accessRights_from_vocabulary",
    "contact": "reusability_contactPoint_available",
    "publisher": "reusability_publisher_available",
    "rights": "contextuality_rights_available",
    "size": "contextuality_fileSize_available",
    "issued": "contextuality_issued_available",
    "modified": "contextuality_modified_available",
}
"""Our metrics with the functions of that implementation; `dcat_ap` is compared with `shacl`."""


def _resource(chance: random.Random, place: str, answers: dict[str, bool]) -> tuple[dict[str, Any], str]:
    """A resource as CKAN has it, and as RDF."""
    node = f"http://example.org/distribution/{place}"
    record: dict[str, Any] = {"id": place}
    lines = [f"<{node}> a dcat:Distribution"]

    def maybe(field: str, prop: str, value: str, share: float = 0.6) -> None:
        if chance.random() < share:
            record[field] = value
            lines.append(f"{prop} <{value}>")

    maybe("url", "dcat:accessURL", f"http://example.org/a/{place}", 0.9)
    maybe("download_url", "dcat:downloadURL", f"http://example.org/d/{place}")
    answers.update({str(record[one]): chance.random() < 0.7 for one in ("url", "download_url") if one in record})
    if "url" not in record and "download_url" in record:
        record["url"] = record["download_url"]  # as CKAN keeps it: it gives no dcat:accessURL then
    maybe("format", "dct:format", chance.choice(FORMATS))
    told = MEDIA.get(record.get("format", ""), OWN_MEDIA)
    maybe("mimetype", "dcat:mediaType", chance.choice([told, OWN_MEDIA]))
    maybe("license", "dct:license", chance.choice(LICENCES))
    if chance.random() < 0.5:
        record["rights"] = "Name the source."
        lines.append('dct:rights "Name the source."')
    if chance.random() < 0.5:
        record["size"] = 1234
        lines.append('dcat:byteSize "1234"^^xsd:decimal')
    return record, " ;\n  ".join(lines) + " .\n"


def _dataset(chance: random.Random, number: int, answers: dict[str, bool]) -> tuple[dict[str, Any], str]:
    """A dataset as CKAN has it, and as RDF."""
    record: dict[str, Any] = {"name": f"dataset-{number}", "extras": []}
    lines = [f"<http://example.org/dataset/{number}> a dcat:Dataset"]

    def maybe(fields: dict[str, Any], triple: str, share: float = 0.6) -> None:
        if chance.random() < share:
            as_extras = chance.random() < 0.5
            for name, value in fields.items():
                if as_extras and isinstance(value, str) and name not in ("title", "notes"):
                    record["extras"].append({"key": name, "value": value})
                else:
                    record[name] = value
            lines.append(triple)

    maybe({"title": "Rain"}, 'dct:title "Rain"', 0.85)
    maybe({"notes": "Rain by day."}, 'dct:description "Rain by day."', 0.85)
    maybe({"tags": [{"name": "rain"}, {"name": "sea"}]}, 'dcat:keyword "rain", "sea"')
    theme = f"{EU}/data-theme/ENVI"
    maybe({"theme": f'["{theme}"]'}, f"dcat:theme <{theme}>")
    maybe({"spatial_uri": "http://example.org/place"}, "dct:spatial <http://example.org/place>")
    maybe(
        {"temporal_start": "2024-01-01"}, 'dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "2024-01-01"^^xsd:date ]'
    )
    rights = chance.choice(RIGHTS)
    maybe({"access_rights": rights}, f"dct:accessRights <{rights}>")
    maybe({"maintainer": "Ann"}, 'dcat:contactPoint [ a vcard:Organization ; vcard:fn "Ann" ]')
    maybe({"publisher_name": "Office"}, 'dct:publisher [ a foaf:Agent ; foaf:name "Office" ]')
    maybe({"issued": "2024-01-01"}, 'dct:issued "2024-01-01"^^xsd:date')
    wrong = chance.random() < 0.1
    maybe(
        {"modified": "last year" if wrong else "2024-02-02"},
        'dct:modified "last year"' if wrong else 'dct:modified "2024-02-02"^^xsd:date',
    )
    resources = [_resource(chance, f"{number}-{place}", answers) for place in range(chance.randint(0, 4))]
    record["resources"] = [one for one, _ in resources]
    lines += [f"dcat:distribution <http://example.org/distribution/{one['id']}>" for one, _ in resources]
    return record, " ;\n  ".join(lines) + " .\n" + "".join(text for _, text in resources)


def _prepared(checkout: Path) -> Any:
    """The other implementation, told what the head of this file says."""
    sys.path.insert(0, str(checkout / "ckan2mqa"))
    mqa_evaluate: Any = importlib.import_module("controller.mqa_evaluate")
    defaults: Any = importlib.import_module("config.defaults")
    defaults.MQA_INDICATORS["reusability_license_available"].update(entity="dcat:Distribution", property="dct:license")
    defaults.MQA_INDICATORS["reusability_accessRights_available"].update(property="dct:accessRights")
    loaded = mqa_evaluate.load_vocabulary

    def vocabulary(name: str, *others: Any) -> list[str]:
        if name == "/vocabs/machine-readable.csv":
            return [f"{EU}/file-type/{one}" for one in sorted(codes("machine_readable"))]
        return [one for one in loaded(name, *others) if one.strip("/") != IANA]

    mqa_evaluate.load_vocabulary = vocabulary
    return mqa_evaluate


def _theirs(
    module: Any, checkout: Path, text: str, answers: dict[str, bool], folder: Path
) -> tuple[dict[str, float], Any]:
    """The points of each of its metrics, and what evaluated them."""
    path = folder / "catalog.ttl"
    path.write_text(PREFIXES + text, encoding="utf-8")
    shapes = str(checkout / "ckan2mqa/assets/2.1.1/dcat-ap_2.1.1_shacl_shapes.ttl")
    module.make_request = lambda url: answers.get(str(url), False)
    one = module.MqaEvaluate(
        str(path), "catalog", str(folder), shapes, shapes, shapes, str(checkout), "turtle", module.CKAN_URIS
    )
    points: dict[str, float] = {}
    for metric, name in NAMES.items():
        before = one.totalPoints
        getattr(one, name)()
        points[metric] = one.totalPoints - before
    one.results_file.close()
    return points, one


def compare(module: Any, checkout: Path, seed: int, folder: Path) -> list[str]:
    """The differences between the two in one catalogue."""
    chance = random.Random(seed)
    answers: dict[str, bool] = {}
    datasets = [_dataset(chance, number, answers) for number in range(chance.randint(1, 8))]
    auditor = Auditor(Configuration(folding="share"))
    auditor.context.memory["answers"] = answers
    auditor.context.links = True
    for record, _ in datasets:
        auditor.dataset(record)
    audit = auditor.end()
    ours = dict(zip((one.id for one in METRICS), audit.score.metrics, strict=True))
    theirs, _ = _theirs(module, checkout, "".join(text for _, text in datasets), answers, folder)
    kept = 0
    for _, text in datasets:
        kept += bool(_theirs(module, checkout, text, answers, folder)[1].shacl()) if seed % SHACL_EVERY == 0 else 0
    if seed % SHACL_EVERY == 0:
        theirs["dcat_ap"] = WEIGHTS[[one.id for one in METRICS].index("dcat_ap")] * kept / len(datasets)
    properties = [one.properties for record, _ in datasets for one in described(record, FieldMapping()).distributions]
    halves = sum(
        bool(file_type(str(one.get("dct:format", "")))) + bool(media_type(str(one.get("dcat:mediaType", ""))))
        for one in properties
    )
    ours["vocabulary"] = 10 * halves / (2 * len(properties)) if properties else 0.0
    return [
        f"catalogue {seed}, {name}: {ours[name]:.2f} here, {value:.2f} there"
        for name, value in theirs.items()
        if abs(ours[name] - value) > 0.011  # it rounds to two digits
    ]


SHACL_EVERY = 10
"""pySHACL takes seconds, so that DCAT-AP is compared in every tenth catalogue."""


def main() -> None:
    """Compare."""
    checkout, number = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 500
    module = _prepared(checkout)
    differences: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(number):
            differences += compare(module, checkout, seed, Path(folder))
    print("\n".join(differences) or f"{number} catalogues: all 23 metrics are equal.")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
