"""`make run` installs what runs, `make check` what tools need besides.

By uv where it is to be had, by pip elsewhere, always by hash.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.app.running import ROOT
from tests.thorough import thorough
from tools.uv_as_pip import settings

PROJECT = """[build-system]
requires = ["setuptools>=80"]
build-backend = "setuptools.build_meta"
[project]
name = "small-desk"
version = "1"
[tool.setuptools]
py-modules = []
"""
TOOLS = ("make_env.sh", "uv_as_pip.py", "find_python.sh")


class Index:
    """A package index on loopback. `wheels`: name → file; `asked_by`: program and path of each
    request."""

    def __init__(self, wheels: Mapping[str, Path]) -> None:
        self.wheels, self.asked_by = dict(wheels), list[tuple[str, str]]()
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked_by.append((self.headers["User-Agent"].partition("/")[0], self.path))
                content = index.page(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, path: str) -> bytes | None:
        kind, _, name = path.strip("/").partition("/")
        if kind == "simple" and name in self.wheels:
            file = self.wheels[name].name
            return f'<!doctype html><a href="/files/{file}">{file}</a>'.encode()
        return next(
            (
                each.read_bytes()
                for each in self.wheels.values()
                if (kind, name) == ("files", each.name)
            ),
            None,
        )


def wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, bytes],
    scripts: Mapping[str, bytes] = {},
) -> Path:
    """A wheel of these files."""
    info, data = f"{name}-{version}.dist-info", f"{name}-{version}.data/scripts"
    written = {
        **files,
        **{f"{data}/{script}": content for script, content in scripts.items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    written[f"{info}/RECORD"] = "".join(
        f"{path},,\n" for path in [*written, f"{info}/RECORD"]
    ).encode()
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in written.items():
            member = zipfile.ZipInfo(path)
            member.external_attr = (0o100755 if path.startswith(data) else 0o100644) << 16
            archive.writestr(member, content)
    return target


def setuptools_wheel(folder: Path) -> Path:
    """The installed setuptools, as a wheel again."""
    here = distribution("setuptools")
    files = {
        str(file): Path(str(file.locate())).read_bytes()
        for file in here.files or ()
        if ".dist-info" not in str(file) and not str(file).endswith(".pyc")
    }
    points = (here.read_text("entry_points.txt") or "").encode()
    info = f"setuptools-{here.version}.dist-info"
    return wheel(folder, "setuptools", here.version, {**files, f"{info}/entry_points.txt": points})


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wheels")
    uv = f'#!/bin/sh\nexec "{Path(sys.prefix) / "bin" / "uv"}" "$@"\n'.encode()
    return {
        "setuptools": setuptools_wheel(folder),
        "uv": wheel(folder, "uv", "1.0", {}, {"uv": uv}),
        "runs": wheel(folder, "runs", "1.0", {"runs.py": b""}),
        "tool": wheel(folder, "tool", "1.0", {"tool.py": b""}),
    }


@pytest.fixture
def index(wheels: Mapping[str, Path]) -> Iterator[Index]:
    index = Index(wheels)
    yield index
    index.server.shutdown()
    index.server.server_close()


@pytest.fixture
def checkout(tmp_path: Path, wheels: Mapping[str, Path]) -> Path:
    """A small project with our Makefile, our scripts and two locks."""
    folder = tmp_path / "checkout"
    (folder / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in TOOLS:
        shutil.copy(ROOT / "tools" / name, folder / "tools")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "requirements.lock").write_text(
        entry(wheels["runs"]) + entry(wheels["setuptools"]), encoding="utf-8"
    )
    (folder / "requirements-dev.lock").write_text(
        entry(wheels["tool"]) + entry(wheels["uv"]), encoding="utf-8"
    )
    return folder


def entry(wheel: Path, octets: bytes | None = None) -> str:
    name, version, *_ = wheel.name.split("-")
    digest = hashlib.sha256(octets or wheel.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


def run(checkout: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """In an environment without settings of this machine for pip and uv."""
    theirs = ("PIP_", "UV_", "MAKE", "MFLAGS", "SSL_CERT")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    environment |= {
        "HOME": str(checkout),
        "XDG_CONFIG_HOME": str(checkout),
        "PIP_RETRIES": "0",
    } | variables
    return subprocess.run(
        command,
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def make_env(checkout: Path, *locks: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(checkout, "sh", "tools/make_env.sh", sys.executable, ".venv", *locks, **variables)


def installed(checkout: Path) -> dict[str, str]:
    """Who installed each package of the locks."""
    [site] = (checkout / ".venv" / "lib").glob("python*/site-packages")
    found = {info.name.partition("-")[0]: info / "INSTALLER" for info in site.glob("*.dist-info")}
    return {
        name: file.read_text().strip() for name, file in found.items() if name in {"runs", "tool"}
    }


@thorough
@pytest.mark.parametrize("by", ["variable", "file"])
def test_uv_installs_what_runs_from_the_index_that_pip_is_configured_with(
    checkout: Path, index: Index, by: str
) -> None:
    pip_conf = checkout / "pip.conf"
    pip_conf.write_text(f"[global]\nindex-url = {index.url}\n", encoding="utf-8")
    ran = make_env(
        checkout,
        "requirements.lock",
        **(
            {"PIP_INDEX_URL": index.url} if by == "variable" else {"PIP_CONFIG_FILE": str(pip_conf)}
        ),
    )
    assert ran.returncode == 0, ran.stderr
    assert installed(checkout) == {"runs": "uv"}, ran.stderr
    assert ("uv", "/simple/runs/") in index.asked_by
    assert ("pip", "/simple/runs/") not in index.asked_by
    assert (checkout / ".venv" / "bin" / "python").exists()
    assert [*checkout.glob(".venv/lib/python*/site-packages/*small_desk*")], "the project itself"
    ran = make_env(checkout, "requirements-dev.lock", PIP_INDEX_URL=index.url)
    assert ran.returncode == 0, ran.stderr
    assert installed(checkout) == {"runs": "uv", "tool": "uv"}


@thorough
def test_pip_installs_where_uv_has_no_wheel(checkout: Path, index: Index) -> None:
    del index.wheels["uv"]
    ran = make_env(checkout, "requirements.lock", PIP_INDEX_URL=index.url)
    assert ran.returncode == 0, ran.stderr
    assert installed(checkout) == {"runs": "pip"}
    assert "pip does" in ran.stderr


@thorough
def test_a_uv_whose_hash_is_not_the_locks_is_not_used(
    checkout: Path, index: Index, wheels: Mapping[str, Path]
) -> None:
    (checkout / "requirements-dev.lock").write_text(entry(wheels["uv"], b"other"), encoding="utf-8")
    ran = make_env(checkout, "requirements.lock", PIP_INDEX_URL=index.url)
    assert not (checkout / ".venv" / "bin" / "uv").exists()
    assert "HASHES" in ran.stderr, "nobody learns of it"
    assert installed(checkout) == {"runs": "pip"}


@thorough
def test_a_file_whose_hash_is_not_the_locks_is_refused_by_both(
    checkout: Path, index: Index, wheels: Mapping[str, Path]
) -> None:
    lock = entry(wheels["runs"], b"other") + entry(wheels["setuptools"])
    (checkout / "requirements.lock").write_text(lock, encoding="utf-8")
    ran = make_env(checkout, "requirements.lock", PIP_INDEX_URL=index.url, UV_NO_VERIFY_HASHES="1")
    assert ran.returncode == 1
    assert installed(checkout) == {}
    assert {who for who, path in index.asked_by if path == "/simple/runs/"} == {"uv", "pip"}


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ({}, {}, {}),
        ({"index-url": "https://a/simple"}, {}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        ({"index-url": "https://a/simple"}, {"UV_INDEX_URL": "https://b"}, {}),
        (
            {"extra-index-url": "\nhttps://a\nhttps://b"},
            {},
            {"UV_INDEX": "https://a https://b", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"find-links": "/opt/a /opt/b"}, {}, {"UV_FIND_LINKS": "/opt/a,/opt/b"}),
        (
            {"trusted-host": "a\nb:81", "cert": "/x.pem", "timeout": "9"},
            {"SSL_CERT_FILE": "/y.pem"},
            {"UV_INSECURE_HOST": "a b:81", "UV_HTTP_TIMEOUT": "9"},
        ),
        ({"proxy": "http://p:1"}, {}, {"ALL_PROXY": "http://p:1"}),
        ({"constraint": "c.txt", "no-cache-dir": "1"}, {}, {}),
    ],
)
def test_pips_settings_are_uvs(
    options: Mapping[str, str], environment: Mapping[str, str], expected: Mapping[str, str]
) -> None:
    assert dict(settings(options, environment)) == expected


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_run_waits_for_what_runs_alone(checkout: Path) -> None:
    def locks(target: str) -> list[str]:
        lines = run(checkout, "make", "-n", target, f"PYTHON={sys.executable}").stdout.splitlines()
        return [line.split()[-1] for line in lines if "make_env.sh" in line]

    assert locks("run") == ["requirements.lock"]
    assert locks("check") == ["requirements.lock", "requirements-dev.lock"]
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / f".runs-{Path(sys.executable).name}").touch()
    assert locks("demo-fresh") == []
    assert locks("check") == ["requirements-dev.lock"]
