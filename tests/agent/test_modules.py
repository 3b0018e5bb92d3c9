"""Where drivers are looked for, on three platforms, with folders made for the purpose."""

import os
from pathlib import Path

import pytest

from agent.modules import found
from agent.pkcs11_lock import Module


def tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


@pytest.fixture
def names(tmp_path, monkeypatch):
    monkeypatch.setattr("agent.modules.ROOT", tmp_path)

    def named(platform, **environment):
        """On Windows os.environ lists its names in capitals, and finds them in any spelling."""
        capitals = {name.upper(): value for name, value in environment.items()}
        with monkeypatch.context() as there:
            there.setattr("agent.modules.PLATFORM", platform)
            if platform == "win32":
                there.setattr(os, "environ", os._Environ(capitals, str.upper, str, str, str))
            return [Path(module.path).relative_to(tmp_path).as_posix() for module in found(())]

    return named


def test_linux(tmp_path, names):
    tree(
        tmp_path,
        "usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
        "usr/lib/x86_64-linux-gnu/p11-kit-proxy.so",
        "usr/lib/softhsm/libsofthsm2.so",
        "opt/apps/org.example.lock/files/lib/libgm3000_p11.so",
        "usr/lib/libcastle.so",
        "usr/lib/libcrypto.so",
        "usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-trust.so",
        "usr/lib/libcastle.so.1.0",
    )
    assert sorted(names("linux")) == [
        "opt/apps/org.example.lock/files/lib/libgm3000_p11.so",
        "usr/lib/libcastle.so",
        "usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    ]


def test_linux_takes_what_p11_kit_lists(tmp_path, names):
    tree(
        tmp_path,
        "opt/vendor/weird.so",
        "usr/lib/x86_64-linux-gnu/pkcs11/vendor.so",
        "usr/share/p11-kit/modules/x",
    )
    for name, module in (
        ("a", "/opt/vendor/weird.so"),
        ("b", "vendor.so"),
        ("c", "p11-kit-trust.so"),
        ("d", "/gone.so"),
        ("e", ""),
    ):
        (tmp_path / f"usr/share/p11-kit/modules/{name}.module").write_text(
            f"# x\nmodule: {module}\ncritical: no\n"
        )
    assert names("linux") == [
        "opt/vendor/weird.so",
        "usr/lib/x86_64-linux-gnu/pkcs11/vendor.so",
    ]


def test_what_cannot_be_read_of_p11_kit_stops_no_search(tmp_path, names, caplog):
    tree(tmp_path, "etc/pkcs11/modules/a.module/folder", "opt/x.so", "usr/lib/libcastle.so")
    (tmp_path / "etc/pkcs11/modules/b.module").write_text("module: /opt/x.so\n")
    assert names("linux") == ["opt/x.so", "usr/lib/libcastle.so"]
    assert "a.module" in caplog.text


def test_windows(tmp_path, names):
    tree(
        tmp_path,
        "Windows/System32/eps2003csp11.dll",
        "Windows/System32/WDPKCS.DLL",
        "Windows/System32/kernel32.dll",
        "Programs/Vendor/bin/GM3000_PKCS11.dll",
        "Programs of 32 bits/Vendor/libcastle.dll",
    )
    environment = {
        "SystemRoot": str(tmp_path / "Windows"),
        "ProgramFiles": str(tmp_path / "Programs"),
        "ProgramFiles(x86)": str(tmp_path / "Programs of 32 bits"),
    }
    assert names("win32", **environment) == [
        "Windows/System32/WDPKCS.DLL",
        "Windows/System32/eps2003csp11.dll",
        "Programs/Vendor/bin/GM3000_PKCS11.dll",
        "Programs of 32 bits/Vendor/libcastle.dll",
    ]
    assert names("win32") == []


@pytest.mark.parametrize("platform", ["linux", "freebsd"])
def test_the_configured_one_comes_first_and_no_file_twice(tmp_path, monkeypatch, platform):
    monkeypatch.setattr("agent.modules.ROOT", tmp_path)
    monkeypatch.setattr("agent.modules.PLATFORM", platform)
    tree(tmp_path, "usr/lib/opensc-pkcs11.so")
    (tmp_path / "usr/lib/x86_64-linux-gnu").mkdir()
    (tmp_path / "usr/lib/x86_64-linux-gnu/opensc-pkcs11.so").symlink_to(
        tmp_path / "usr/lib/opensc-pkcs11.so"
    )
    mine = Module(str(tmp_path / "usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"), (("A", "b"),))
    assert found([mine]) == (mine,)
