"""What production installs is named to the byte, apart from development; its bill of materials and
what is known against it are a command each."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.app.running import ROOT
from tests.thorough import thorough

PRODUCTION, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENTRY = re.compile(
    r"([a-z0-9-]+)==([^\s;]+)(?: ; [^\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)


def locked(file: Path) -> dict[str, set[str]]:
    """Versions by name."""
    found: dict[str, set[str]] = {}
    for name, version in ENTRY.findall(file.read_text(encoding="utf-8")):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("file", [PRODUCTION, DEVELOPMENT])
def test_a_lock_holds_versions_with_hashes_and_nothing_else(file: Path) -> None:
    assert ENTRY.sub("", file.read_text(encoding="utf-8")) == ""


def test_production_is_all_that_the_project_names_and_no_tool() -> None:
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["postgresql"],
        *PROJECT["dependency-groups"]["build"],
    ]
    versions = locked(PRODUCTION)
    for requirement in map(Requirement, wanted):
        for version in versions[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(version), requirement
    assert "psycopg-binary" in versions
    assert versions.keys().isdisjoint(
        {
            "pytest",
            "mypy",
            "ruff",
            "playwright",
            "hypothesis",
            "uv",
            "pip-audit",
            "gmssl-pyx",
            "tnefparse",
        }
    )


def test_the_two_locks_agree() -> None:
    production, development = locked(PRODUCTION), locked(DEVELOPMENT)
    shared = production.keys() & development.keys()
    assert {name: production[name] for name in shared} == {
        name: development[name] for name in shared
    }


def make(target: str, *variables: str) -> subprocess.CompletedProcess[str]:
    """A target of the Makefile, with the environment as it is."""
    if shutil.which("make") is None:
        pytest.skip("MAKE IS NOT INSTALLED: its targets are not tested.")
    command = [
        "make",
        "--old-file=env",
        "--no-print-directory",
        target,
        f"VENV={sys.prefix}",
        *variables,
    ]
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@thorough
def test_the_bill_of_materials_names_what_is_locked(tmp_path: Path) -> None:
    ran = make("sbom", f"SBOM={tmp_path / 'bill.json'}")
    assert ran.returncode == 0, ran.stderr
    bill = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "unbind-desk"
    assert {part["name"] for part in bill["components"]} == set(locked(PRODUCTION))
    assert all(part["externalReferences"][0]["hashes"] for part in bill["components"])


def test_the_licence_of_every_locked_package_is_listed(tmp_path: Path) -> None:
    ran = make("licences", f"LICENCES={tmp_path / 'licences.md'}")
    assert ran.returncode == 0, ran.stderr
    packages, _, by_hand = (
        (tmp_path / "licences.md").read_text(encoding="utf-8").partition("# Licences")
    )
    listed = {
        canonicalize_name(name): licence
        for name, licence in re.findall(
            r"^\| (\S+) +\| \S+ +\| (\S.*?) +\|", packages, re.MULTILINE
        )
    }
    here = {canonicalize_name(each.name) for each in distributions()}
    assert locked(PRODUCTION).keys() & here <= listed.keys()
    assert {name for name, licence in listed.items() if licence == "UNKNOWN"} <= set(
        re.findall(r"^\| (\S+) \|", by_hand, re.MULTILINE)
    )


@pytest.fixture
def database() -> Iterator[Callable[[str], str]]:
    """A vulnerability database with one entry, against the package named; gives its address."""
    servers = []

    def serve(bad: str) -> str:
        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"][
                    "name"
                ]
                affected = [
                    {"package": {"name": bad, "ecosystem": "PyPI"}, "ranges": [], "versions": []}
                ]
                entry = {"id": "PYSEC-0000-1", "summary": "an invented one", "affected": affected}
                body = json.dumps({"vulns": [entry]} if asked == bad else {}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def audit(database_url: str, lock: Path = PRODUCTION) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OSV_URL": database_url, "NO_PROXY": "127.0.0.1"}
    command = ["sh", str(ROOT / "tools" / "audit.sh"), f"{sys.prefix}/bin/pip-audit", str(lock)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_audit_names_the_package_that_is_known_to_be_vulnerable(
    database: Callable[[str], str],
) -> None:
    ran = audit(database("pillow"))
    assert ran.returncode == 1
    assert "pillow" in ran.stdout
    assert "PYSEC-0000-1" in ran.stdout
    assert "numpy" not in ran.stdout


def test_an_audit_that_finds_nothing_says_so(database: Callable[[str], str]) -> None:
    ran = audit(database("no-such-package"))
    assert (ran.returncode, ran.stdout) == (0, f"{PRODUCTION}: no known vulnerability.\n")


def test_an_audit_without_a_database_says_so_in_one_line_and_goes_on() -> None:
    ran = audit("http://127.0.0.1:1")
    assert ran.returncode == 0
    assert ran.stdout.startswith("NOT AUDITED")
    assert ran.stdout.count("\n") == 1
