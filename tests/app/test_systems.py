"""The section `systems` of config.yaml, and where its secrets come from."""

import base64
import contextlib
import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.settings.config import Config, load
from app.system_wiring import door
from app.wiring import Wiring
from core.data.system_event import EventKind
from core.data.trading_systems import SystemsSettings
from core.errors import ConfigError
from tests.app.parsing import parse
from tests.app.running import inside
from tests.servers.listening import Listening

WEB = "web: {base_url: 'https://ca.example.cn'}\n"
ZONGHE = (
    "systems: {zonghe: {title: 综合交易系统, redirect_uris: ['https://zonghe.example.cn/cb']}}\n"
)
SECRET = {"UNBIND_SYSTEM_ZONGHE_SECRET": "s" * 32}


def made_of(text: str, environ: dict[str, str]) -> SystemsSettings:
    return door(here(text, environ))


def here(text: str, environ: dict[str, str]) -> Wiring:
    return Wiring(Config(parse(text), Path()), environ)


def test_a_system_has_its_secret_from_the_environment() -> None:
    made = made_of(WEB + ZONGHE, SECRET)
    assert made.issuer == "https://ca.example.cn"
    assert made.systems["zonghe"].redirect_uris == ("https://zonghe.example.cn/cb",)
    assert made.systems["zonghe"].secrets == ("s" * 32,)
    assert "s" * 32 not in repr(made)
    assert "bjca" in made.signing_profiles
    assert "beijing_yzt" not in made.signing_profiles


def test_or_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("f" * 32 + "\n")
    text = ZONGHE.replace("title", f"secret_file: '{tmp_path}/secret', title")
    assert made_of(WEB + text, {}).systems["zonghe"].secrets == ("f" * 32,)


def test_a_second_line_is_the_secret_that_takes_the_place_of_the_first(tmp_path: Path) -> None:
    events = ["whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"a", b"b")]
    (tmp_path / "events").write_text("\n".join(events))
    text = ZONGHE.replace(
        "title",
        "events_url: 'https://zonghe.example.cn/events', events_secret_file: "
        f"'{tmp_path}/events', title",
    )
    both = {"UNBIND_SYSTEM_ZONGHE_SECRET": f"{'n' * 32}\n\n{'s' * 32}\n"}
    zonghe = made_of(WEB + text, both).systems["zonghe"]
    assert (zonghe.secrets, zonghe.events_secrets) == (("n" * 32, "s" * 32), tuple(events))
    with pytest.raises(ConfigError, match="24"):
        made_of(WEB + ZONGHE, {"UNBIND_SYSTEM_ZONGHE_SECRET": f"{'n' * 32}\nshort"})


@pytest.mark.parametrize(
    "key",
    [RSAKey.generate_key(2048, private=True), ECKey.generate_key("P-256", private=True)],
    ids=["RSA", "EC"],
)
def test_a_system_has_its_public_keys_in_place_of_a_secret(
    tmp_path: Path, key: RSAKey | ECKey
) -> None:
    (tmp_path / "keys").write_text(json.dumps({"keys": [key.as_dict(private=True)]}))
    text = ZONGHE.replace("title", f"keys_file: '{tmp_path}/keys', title")
    zonghe = made_of(WEB + text, {}).systems["zonghe"]
    assert [one.thumbprint() for one in KeySet.import_key_set(json.loads(zonghe.keys))] == [
        key.thumbprint()
    ]
    assert '"d"' not in zonghe.keys, "what is secret in it stays out"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "x",
        '{"keys": []}',
        '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
        '{"keys": [{"kty": "RSA"}]}',
        None,
    ],
)
def test_keys_that_cannot_be_used_forbid_the_start(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "keys").write_text(text)
    with pytest.raises(ConfigError, match="keys_file"):
        made_of(WEB + ZONGHE.replace("title", f"keys_file: '{tmp_path}/keys', title"), {})


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "UNBIND_SYSTEM_ZONGHE_SECRET"),
        ({"UNBIND_SYSTEM_ZONGHE_SECRET": "short"}, "24"),
        (SECRET, "UNBIND_SYSTEM_ZONGHE_EVENTS"),
        (
            SECRET | {"UNBIND_SYSTEM_ZONGHE_EVENTS": "whsec_" + base64.b64encode(b"x").decode()},
            "whsec_",
        ),
        (SECRET | {"UNBIND_SYSTEM_ZONGHE_EVENTS": "x" * 40}, "whsec_"),
    ],
)
def test_a_missing_or_weak_secret_forbids_the_start(environ: dict[str, str], words: str) -> None:
    text = ZONGHE.replace("title", "events_url: 'https://zonghe.example.cn/events', title")
    with pytest.raises(ConfigError, match=words):
        made_of(WEB + text, environ)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ZONGHE.replace("https://zonghe", "http://zonghe"), "https"),
        (ZONGHE.replace("/cb", "/#x"), "https"),
        (ZONGHE.replace("zonghe.example", "*.example"), "https"),
        (
            ZONGHE.replace("https://zonghe.example.cn/cb", "https://u:p@zonghe.example.cn/cb"),
            "https",
        ),
        (ZONGHE.replace("{zonghe:", "{Zong-he:"), "小写字母"),
        ("systems: {zonghe: {title: 综合交易系统}}\n", "redirect_uris"),
        (ZONGHE.replace("title", "scopes: [everything], title"), "accounts:read"),
    ],
)
def test_what_cannot_be_a_system_is_told(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse(WEB + text)


def test_logins_do_not_go_over_the_network_in_clear() -> None:
    with pytest.raises(ConfigError, match="https"):
        parse("web: {base_url: 'http://ca.example.cn'}\n" + ZONGHE)
    assert parse("web: {base_url: 'http://127.0.0.1:8321'}\n" + ZONGHE).systems


def test_without_systems_there_is_no_door() -> None:
    assert door(here("", {})) is None
    made = door(here(WEB + ZONGHE, SECRET))
    assert made is not None
    assert made.systems["zonghe"].title == "综合交易系统"


def test_what_waits_for_its_next_try_is_sent_by_the_command(tmp_path: Path) -> None:
    listening, key = Listening(), base64.b64encode(b"a" * 24).decode()
    (tmp_path / "config.yaml").write_text(
        "storage: {folder: data}\nsystems: {zonghe: {title: 综合交易系统, redirect_uris: "
        f"['https://zonghe.example.cn/cb'], events_url: '{listening.url}/events'}}}}\n"
    )
    environ = {**SECRET, "UNBIND_SYSTEM_ZONGHE_EVENTS": f"whsec_{key}"}

    def send() -> str:
        ran = inside("systems", "send", cwd=tmp_path, env=environ)
        assert ran.code == 0, ran.err
        return ran.out

    assert "0 条" in send()
    wiring = Wiring(load(tmp_path / "config.yaml"), environ)
    with contextlib.closing(wiring.store()) as store, store.transaction() as tx:
        tx.events.write(EventKind.FROZEN, ["events zonghe"], {"type": "account.frozen"})
    listening.status = 503
    assert "仍在等待 1 条" in send()
    listening.status = 204
    assert "已送达 1 条，仍在等待 0 条" in send()
    assert [body for _, _, body in listening.got] == ['{"type": "account.frozen"}'] * 2
    listening.close()
