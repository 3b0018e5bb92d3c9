"""Where drivers are looked for, on three platforms, with folders made for the purpose."""

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

    def named(platform, environment=None):
        monkeypatch.setattr("agent.modules.PLATFORM", platform)
        for name in ("SystemRoot", "ProgramFiles"):
            monkeypatch.setenv(name, (environment or {}).get(name, "/nowhere"))
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


def test_windows(tmp_path, names):
    tree(
        tmp_path,
        "Windows/System32/eps2003csp11.dll",
        "Windows/System32/WDPKCS.DLL",
        "Windows/System32/kernel32.dll",
        "Programs/Vendor/bin/GM3000_PKCS11.dll",
    )
    environment = {
        "SystemRoot": str(tmp_path / "Windows"),
        "ProgramFiles": str(tmp_path / "Programs"),
    }
    assert names("win32", environment) == [
        "Windows/System32/WDPKCS.DLL",
        "Windows/System32/eps2003csp11.dll",
        "Programs/Vendor/bin/GM3000_PKCS11.dll",
    ]
    assert names("win32") == []


@pytest.mark.parametrize("platform", ["linux", "win32", "freebsd"])
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
