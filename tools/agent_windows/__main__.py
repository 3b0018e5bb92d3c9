"""Builds the lock agent for Windows: a zip that a clerk unpacks and double-clicks once.

    python -m tools.agent_windows --origin https://ggzy.example.cn [--python FOLDER]

It holds a Python for Windows with tkinter (uv fetches it and checks its digest; `--python` names
one that is unpacked already), the wheels of requirements.lock for Windows, the agent, an agent.toml
with the desk's address, and programs to double-click: install, check, uninstall. Nothing is
compiled, so it is built on any system; nothing asks for administrator's rights on the PC.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent import VERSION
from agent.agent_config import origins
from core.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PYTHON = "cpython-3.13-windows-x86_64-none"
LIBRARIES = ("asn1crypto", "cffi", "cryptography", "pycparser", "python-pkcs11")
"""What the agent needs, by its pyproject.toml and what those need."""
CODE_PAGE = "gb18030"
"""Chinese Windows reads programs of cmd.exe and text files without a mark in it."""
SCRIPTS = {
    "install.cmd": "安装锁助手.cmd",
    "readme.txt": "先看这里.txt",
    "check.cmd": "program/检查CA锁.cmd",
    "uninstall.cmd": "program/卸载锁助手.cmd",
    "stop.cmd": "program/stop.cmd",
}
"""Where each lies in the zip."""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    problems: list[str] = []
    pages = origins(asked.origin, problems)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 2
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "zip"
        python = asked.python or fetched_python(Path(scratch) / "python")
        fill(folder, python, pages, asked.wheels)
        packed(folder, asked.out)
    print(f"{asked.out}: {asked.out.stat().st_size / 2**20:.1f} MiB, for {' '.join(pages)}")
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m tools.agent_windows", description=__doc__)
    found.add_argument(
        "--origin", action="append", required=True, help="the desk, as browsers see it"
    )
    found.add_argument("--python", type=Path, help="an unpacked Python for Windows with tkinter")
    found.add_argument("--wheels", type=Path, help="a folder with the wheels: nothing is fetched")
    found.add_argument("--out", type=Path, default=ROOT / "build" / "unbind-agent-windows.zip")
    return found


def fetched_python(folder: Path) -> Path:
    """A Python for Windows, by uv from python-build-standalone (UV_PYTHON_INSTALL_MIRROR: another
    place); its digest stands in uv. Raises ConfigError.
    """
    ran = subprocess.run(
        [uv(), "python", "install", "--no-bin", "--install-dir", str(folder), PYTHON], check=False
    )
    found = [one.parent for one in folder.glob("*/python.exe")]
    if ran.returncode or not found:
        raise ConfigError(
            f"uv could not fetch {PYTHON}. Unpack one elsewhere and name it by --python, or name a "
            "mirror by UV_PYTHON_INSTALL_MIRROR."
        )
    return found[0]


def fill(folder: Path, python: Path, pages: list[str], wheels: Path | None) -> None:
    """The folder as it is zipped."""
    program = folder / "program"
    shutil.copytree(python, program / "python")
    if not (program / "python" / "Lib" / "tkinter" / "__init__.py").is_file():
        raise ConfigError(f"{python} has no tkinter: the PIN window would not open.")
    packages = program / "python" / "Lib" / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    install_libraries(packages, wheels)
    for package in ("agent", "lock_protocol"):
        ignore = shutil.ignore_patterns("__pycache__", "pyproject.toml", "*.egg-info")
        shutil.copytree(ROOT / package, packages / package, ignore=ignore)
    listed = ", ".join(f'"{page}"' for page in pages)
    (program / "agent.toml").write_text(f"origins = [{listed}]\n", encoding="utf-8")
    for name, place in SCRIPTS.items():
        words = (HERE / name).read_text(encoding="utf-8").replace("{version}", VERSION)
        lines = words.replace("{page}", pages[0]).replace("\n", "\r\n")
        (folder / place).write_bytes(lines.encode(CODE_PAGE))


def install_libraries(packages: Path, wheels: Path | None) -> None:
    """The wheels for Windows, by the digests of requirements.lock."""
    lock = packages / "agent.lock"
    lock.write_text("".join(locked()), encoding="utf-8")
    version = PYTHON.split("-")[1]
    command = [uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--python-platform", "x86_64-pc-windows-msvc"]
    command += ["--python-version", version, "--target", str(packages), "-r", str(lock)]
    if wheels:
        command += ["--no-index", "--find-links", str(wheels)]
    ran = subprocess.run(command, check=False)
    lock.unlink()
    if ran.returncode:
        raise ConfigError("The libraries could not be installed.")


def locked() -> Iterator[str]:
    """The lines of requirements.lock about LIBRARIES, with their digests."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=\S)", text):
        if entry.split("==")[0] in LIBRARIES:
            yield entry + "\n"


def packed(folder: Path, out: Path) -> None:
    """The zip, its names in UTF-8."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())


def uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else "uv"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConfigError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
