"""The vault's key wrapped by a key on a token (SoftHSM2), and as a credential of systemd."""

import base64
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import KeyType

from app.operations import doctor
from app.operations.diagnosis import Line
from app.settings.config import load
from app.wiring import Wiring
from core.errors import ConfigError
from core.keys.key_wrapping import TokenKey
from tests.app.running import Ran, inside
from tests.store.test_sealed_rows import filled
from tests.store.test_store import AT

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, SO_PIN = "246810", "13579113"


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A token with one key of each kind."""
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        subprocess.run(
            [
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                "desk",
                "--so-pin",
                SO_PIN,
                "--pin",
                PIN,
            ],
            check=True,
            capture_output=True,
        )
        library = pkcs11.lib(str(MODULE))
        library.reinitialize()
        with library.get_token(token_label="desk").open(rw=True, user_pin=PIN) as session:
            for label in ("aes", "other"):
                session.generate_key(KeyType.AES, 256, label=label, store=True)
            session.generate_keypair(KeyType.RSA, 2048, label="rsa", store=True)
        yield folder
        library.finalize()


@pytest.fixture(params=["aes", "rsa"])
def home(request: pytest.FixtureRequest, tmp_path: Path, softhsm: Path) -> Path:
    """A desk with a token of its own, whose key file is plain still."""
    token = f"{{module: {MODULE}, token_label: desk, key_label: {request.param}}}"
    (tmp_path / "config.yaml").write_text("storage: {folder: data}\n", encoding="utf-8")
    with (
        closing(Wiring(load(tmp_path / "config.yaml")).store()) as store,
        store.transaction() as tx,
    ):
        filled(tx)
        tx.audit.write(AT, "a person", "filled")
    (tmp_path / "config.yaml").write_text(
        f"storage: {{folder: data, vault_pkcs11: {token}}}\n", encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vault.key"


def seen_by_doctor(home: Path) -> list[Line]:
    return list(doctor.vault(Wiring(load(home / "config.yaml"), {"UNBIND_VAULT_PIN": PIN})))


@pytest.fixture
def command(home: Path, softhsm: Path):
    def run(*arguments: str, pin: str = PIN) -> Ran:
        return inside(
            *arguments,
            cwd=home,
            env={"UNBIND_VAULT_PIN": pin, "SOFTHSM2_CONF": str(softhsm / "softhsm2.conf")},
        )

    return run


def test_wrapped_the_key_file_opens_nothing_without_the_token_and_its_pin(
    home, key, command
) -> None:
    plain = key.read_text()
    assert [line.remedy for line in seen_by_doctor(home)] == ["unbind vault wrap"]
    assert command("vault", "wrap").code == 0
    assert key.read_text().startswith("p11:")
    assert plain.strip() not in key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert command("queue").code == 0
    assert ["由令牌 desk 包裹" in line.text for line in seen_by_doctor(home)] == [True]
    for pin, words in (("", "UNBIND_VAULT_PIN"), ("999999", "口令（UNBIND_VAULT_PIN）不对")):
        ran = command("queue", pin=pin)
        assert (ran.code, words in ran.err, pin and pin in ran.err) == (
            1,
            True,
            "" if not pin else False,
        )
    assert command("vault", "unwrap").code == 0
    assert key.read_text() == plain


def test_a_wrapped_key_is_changed_into_a_wrapped_key(home, key, command) -> None:
    command("vault", "wrap")
    before = key.read_text()
    assert command("vault", "rotate", "--yes").code == 0
    assert key.read_text().startswith("p11:")
    assert [path.read_text() for path in key.parent.glob("vault.key.old-*")] == [before]
    assert command("queue").code == 0


def test_a_wrapped_key_without_a_token_in_the_settings_says_what_is_missing(
    home, key, command
) -> None:
    command("vault", "wrap")
    (home / "config.yaml").write_text("storage: {folder: data}\n", encoding="utf-8")
    for ran in (command("queue"), command("vault", "unwrap")):
        assert (ran.code, "storage.vault_pkcs11" in ran.err) == (1, True)


def test_a_desk_that_begins_with_a_token_never_has_a_plain_key_file(home, key, command) -> None:
    for path in key.parent.glob("*"):
        path.unlink()
    assert command("queue").code == 0
    assert key.read_text().startswith("p11:")


@pytest.mark.parametrize("label", ["aes", "rsa"])
def test_what_was_changed_or_wrapped_by_another_key_is_refused(softhsm: Path, label: str) -> None:
    own = TokenKey(MODULE, "desk", label, PIN)
    line = own.wrap("v2:words")
    assert own.unwrap(line) == "v2:words"
    wrapped = bytearray(base64.b64decode(line.removeprefix("p11:")))
    wrapped[-1] ^= 1
    for spoilt in ("p11:" + base64.b64encode(bytes(wrapped)).decode(), line[:-9], "p11:", "p11:?"):
        with pytest.raises(ConfigError):
            own.unwrap(spoilt)
    with pytest.raises(ConfigError):
        TokenKey(MODULE, "desk", "other", PIN).unwrap(line)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token_label": "none"}, "请插入令牌"),
        ({"key_label": "none"}, "没有标签为 key_label"),
        ({"module": Path("/none.so")}, "无法用令牌"),
        ({"pin": "1"}, "口令"),
    ],
)
def test_what_is_wrong_with_the_token_is_told_without_its_pin(
    softhsm: Path, changes: dict[str, object], words: str
) -> None:
    given = {"module": MODULE, "token_label": "desk", "key_label": "aes", "pin": PIN} | changes
    with pytest.raises(ConfigError, match=words) as refused:
        TokenKey(**given).wrap("v2:words")  # type: ignore[arg-type]
    assert PIN not in str(refused.value) + repr(TokenKey(**given))  # type: ignore[arg-type]


def test_half_of_a_token_in_the_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "storage: {vault_pkcs11: {module: /a.so}}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="一起填写"):
        load(tmp_path / "config.yaml")
