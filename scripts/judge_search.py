"""Judge the sandbox by CKAN's own test suite, which ships inside CKAN's package: `make test-search` and `make test-ckan`.

It runs CKAN's tests on a real CKAN with PostgreSQL, Valkey and our service in Solr's place: those that search, or with
`--wide` those of the logic, the models, the DataStore and activities. It fails unless every one of them passes, but for
those named here with the reason, and there are as many as there should be. The tests are CKAN's and stay in CKAN's package;
what their settings file must hold stands in CKAN's documentation of its settings.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tuckan.sandbox import services
from tuckan.sandbox.credentials import new_secrets
from tuckan.sandbox.environment import Environment, environment, fingerprint, locked
from tuckan.sandbox.ini import database_url
from tuckan.sandbox.instance import Instance, Settings
from tuckan.sandbox.instances import database_account, home, owned_folder
from tuckan.sandbox.ports import free_ports
from tuckan.sandbox.processes import end
from tuckan.sandbox.starting import open_home
from tuckan.sandbox.template import copy_for, template

PINS = Path(__file__).parent / "judge-pins"
TESTS = """
    ckan.tests.lib.search ckan.tests.cli.test_search_index ckan.tests.logic.action.test_get
    ckan.tests.controllers.test_package ckan.tests.controllers.test_feed ckan.tests.controllers.test_group
    ckan.tests.controllers.test_organization ckanext.multilingual ckanext.example_idatasetform
    ckanext.example_ipermissionlabels
""".split()
EXPECTED = {"2.12": 603, "2.11": 595, "2.10": 584}
WIDE = ["ckan.tests.logic", "ckan.tests.model", "ckanext.datastore", "ckanext.activity"]
WIDE_EXPECTED = {"2.12": 1716, "2.11": 1510, "2.10": 1454}
WIDE_FAILING = {
    "CKAN's package lacks the files with licences that they read": (
        "test_license.py::test_import_v1_style_register",
        "test_license.py::test_import_v2_style_register",
        "test_license.py::test_import_v1_style_register_i18n",
        "test_license.py::test_import_v2_style_register_i18n",
    ),
}
"""Why some tests fail, whatever searches: the reason, and the ends of their names."""


class JudgeInstance(Instance):
    """The folder of one run, removed afterwards."""

    __slots__ = ()

    @property
    def root(self) -> Path:
        """Beside the sandboxes, not among them."""
        return home() / "judge" / self.ckan


def judges_environment(ckan: str) -> Environment:
    """An environment with what CKAN's tests need besides CKAN."""
    base = environment(ckan, print)
    own = base.root.with_name(f"{fingerprint(ckan)}-judge")
    with locked(own.with_suffix(".lock")):
        if not (own / "complete").exists():
            print("installing what CKAN's tests need")
            shutil.rmtree(own, ignore_errors=True)
            uv = Path(sys.executable).with_name("uv")
            subprocess.run([uv, "venv", "--quiet", "--python", base.python, own], check=True)
            given = ["--requirements", str(base.root / "pins.txt"), "--requirements", str(PINS / f"{ckan}.txt")]
            target = ["--python", str(own / "bin" / "python")]
            subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", *target, *given], check=True)
            _add_files(Environment(own))
            (own / "complete").touch()
    return Environment(own)


def _add_files(installed: Environment) -> None:
    """Two schemas that must be refused, which some tests read and the package lacks."""
    folder = installed.packages / "ckan" / "tests" / "lib" / "search" / "data"
    folder.mkdir(exist_ok=True)
    (folder / "schema-no-version.xml").write_text("<schema><types/><fields/></schema>\n")
    (folder / "schema-wrong-version.xml").write_text('<schema name="ckan" version="1.0"><types/></schema>\n')


def settings_of_wide(root: Path) -> dict[str, str]:
    """What the wider suites expect besides: SQL search with the functions that it may call, keys, loaders, e-mail."""
    functions = root / "functions.txt"
    functions.write_text('upper\n"count"\n')
    return {
        "ckan.auth.create_default_api_keys": "true",
        "ckan.datastore.sqlsearch.enabled": "true",
        "ckan.datastore.sqlsearch.allowed_functions_file": str(functions),
        "ckan.datapusher.url": "http://datapusher.example.org/",
        "ckan.datapusher.formats": "csv xls xlsx tsv",
        "ckan.activity_streams_email_notifications": "true",
    }


def test_ini(settings: Settings, more: dict[str, str]) -> str:
    """CKAN's settings for its own tests."""
    values = {
        "testing": "true",
        "debug": "false",
        "SECRET_KEY": settings.secrets.session,
        "beaker.session.secret": settings.secrets.session,
        "api_token.jwt.encode.secret": f"string:{settings.secrets.session}",
        "api_token.jwt.decode.secret": f"string:{settings.secrets.session}",
        "WTF_CSRF_ENABLED": "false",
        "sqlalchemy.url": database_url(settings, "ckan", "ckan"),
        "ckan.datastore.write_url": database_url(settings, "ckan", "datastore"),
        "ckan.datastore.read_url": database_url(settings, "reader", "datastore"),
        "solr_url": f"http://127.0.0.1:{settings.ports['search']}/solr/ckan",
        "ckan.redis.url": f"unix://{settings.sockets}/valkey.sock?db=1",
        "ckan.site_id": "test.ckan.net",
        "ckan.site_title": "CKAN",
        "ckan.site_url": "http://test.ckan.net",
        "SESSION_COOKIE_DOMAIN": "test.ckan.net",
        "ckan.locale_default": "en",
        "ckan.locale_order": "en pt_BR ja it cs_CZ ca es fr el sv sr sr@latin no sk fi ru de pl nl bg ko_KR hu sa sl lv",
        "ckan.extra_resource_fields": "alt_url",
        "package_new_return_url": "http://localhost/dataset/<NAME>?test=new",
        "package_edit_return_url": "http://localhost/dataset/<NAME>?test=edit",
        "ckan.plugins": "",
        "ckan.auth.user_create_organizations": "true",
        "ckan.auth.user_create_groups": "true",
        "ckan.auth.create_user_via_api": "false",
        "ckan.auth.create_user_via_web": "false",
        "ckan.auth.create_dataset_if_not_in_organization": "true",
        "ckan.auth.create_unowned_dataset": "true",
        "ckan.auth.anon_create_dataset": "false",
        "ckan.auth.user_delete_groups": "true",
        "ckan.auth.user_delete_organizations": "true",
        "ckan.files.default_storages.default": "test",
        "ckan.files.storage.test.type": "ckan:memory",
        "smtp.test_server": "localhost:6675",
        "smtp.mail_from": "info@test.ckan.net",
    }
    lines = [f"{name} = {value}" for name, value in {**values, **more}.items()]
    log = "[loggers]\nkeys = root\n[handlers]\nkeys =\n[formatters]\nkeys =\n[logger_root]\nlevel = ERROR\nhandlers =\n"
    return "\n".join(["[app:main]", "use = egg:ckan", *lines, "", log])


@dataclass
class Result:
    """How CKAN's tests ended."""

    code: int
    failed: list[str]
    passed: int


def run_tests(ckan: str, more: list[str], *, wide: bool) -> Result:
    """Run CKAN's tests: those that are named, with options of pytest among them."""
    installed = judges_environment(ckan)
    box = JudgeInstance("judge", ckan)
    open_home()
    shutil.rmtree(box.root, ignore_errors=True)
    box.root.mkdir(parents=True)
    box.root.chmod(0o711)
    settings = Settings(new_secrets(), free_ports("web", "search", "datapusher"), str(box.new_sockets()))
    cluster = services.postgres_of(box, settings, installed)
    owned_folder(Path(settings.sockets), database_account())
    copy_for(cluster, template(ckan, environment(ckan, print), print), settings.secrets)
    (box.root / "test.ini").write_text(test_ini(settings, settings_of_wide(box.root) if wide else {}))
    (box.root / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n  ckan_config\n  provide_plugin\n  with_plugins\nfilterwarnings = ignore\n"
    )
    needed = [services.parts(box, settings, installed)[name] for name in ("postgres", "valkey", "search")]
    running = [services.begin(one, box) for one in needed]
    try:
        for part, process in zip(needed, running, strict=True):
            services.await_answer(part, process, box)
        return pytest_of_ckan(installed, box, more)
    finally:
        end(one.process for one in running)


def pytest_of_ckan(installed: Environment, box: Instance, more: list[str]) -> Result:
    """Run pytest in CKAN's environment, showing what it says."""
    options = ["-q", "--ckan-ini", str(box.root / "test.ini"), "-p", "no:cacheprovider", "--tb=short", "--no-header"]
    command = [str(installed.python), "-m", "pytest", *options, *more, "--pyargs"]
    variables = {**installed.variables(), "PYTHONUNBUFFERED": "1"}
    failed, last = [], ""
    with subprocess.Popen(command, cwd=box.root, env=variables, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line if line.strip() else last
            if found := re.match(r"(?:FAILED|ERROR) (\S+)", line):
                failed.append(found[1])
    return Result(process.returncode, failed, int((re.search(r"(\d+) passed", last) or [0, 0])[1]))


def verdict(ckan: str, result: Result, *, wide: bool) -> int:
    """Say how many pass, and which fail that should not; 0 when all is as it should be."""
    wanted = (WIDE_EXPECTED if wide else EXPECTED)[ckan]
    known = tuple(name for names in WIDE_FAILING.values() for name in names) if wide else ()
    unknown = [name for name in result.failed if not name.endswith(known or ("\0",))]
    print(f"CKAN {ckan}: {result.passed} of {wanted} tests of its own suite pass.")
    for name in unknown:
        print(f"should not fail: {name}")
    return int(bool(unknown) or result.passed != wanted or result.code not in (0, 1))


def main() -> int:
    """Judge; the exit code is 0 when every test that there should be has passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ckan", default="2.12", choices=EXPECTED)
    parser.add_argument("--wide", action="store_true", help="the logic, the models, the DataStore and activities")
    parser.add_argument("more", nargs="*", help="tests to run in place of all, or options of pytest after --")
    options = parser.parse_args()
    result = run_tests(options.ckan, options.more or (WIDE if options.wide else TESTS), wide=options.wide)
    return result.code if options.more else verdict(options.ckan, result, wide=options.wide)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
