"""Profiles of CAs as data: what is written goes over the data file,
and every mistake is reported with its line."""

import pytest

from app.settings.certificate_settings import LISTS, READING, ProfileZone, shipped
from app.settings.certificate_sources import DATA_FILE, source_text
from app.settings.config_file import read
from app.settings.desk_settings import Settings
from core.errors import ConfigError
from core.locks.issuer_profiles import Place, Source, source_of
from tests.app.parsing import parse, settings_of
from tests.app.running import inside
from tests.certificates import pki

CODE = "([0-9A-Z]{8}-?[0-9X])"
USCC = "([0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10})"


def sources(profile: ProfileZone) -> list[str]:
    return [source for field in LISTS for source in getattr(profile, field)]


def written(text: str) -> dict[str, ProfileZone]:
    return parse(f"certificates:\n  profiles:\n{text}").certificates.profiles


def problems_of(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        written(text)
    return str(raised.value)


def test_the_data_file_gives_all_sources_and_says_no_key_twice():
    lengths = {
        name: tuple(len(getattr(profile, field)) for field in LISTS)
        for name, profile in shipped().items()
    }
    assert lengths == {
        "bjca": (2, 10, 6, 3, 3),
        "beijing_yzt": (2, 10, 6, 3, 3),
        "yixin": (2, 7, 3, 0, 3),
        "gmt0015": (2, 7, 3, 0, 3),
        "sheca": (2, 8, 3, 1, 3),
        "zjca_old": (2, 8, 4, 0, 3),
    }
    given = [source for profile in shipped().values() for source in sources(profile)]
    assert (len(given), len(set(given))) == (112, 29)
    assert not read(DATA_FILE.read_text(encoding="utf-8")).twice


def test_profiles_become_what_certificates_are_read_by():
    bjca = shipped()["bjca"]
    assert source_of(bjca.uscc[0]) == Source(Place.EXTENSION, "1.2.156.10260.4.1.4", USCC)
    assert source_of(bjca.uscc[-1]) == Source(
        Place.EXTENSION, "2.16.840.1.113732.2", f"(?:[0-9A-Z]{{1,12}}@[0-9]{{1,12}})?JJ0?{USCC}"
    )
    assert [*map(source_of, bjca.name)] == [
        Source(Place.SUBJECT, "2.5.4.10"),
        Source(Place.SUBJECT, "2.5.4.3"),
    ]
    signing = {name for name, zone in shipped().items() if zone.can_sign_bids}
    assert shipped().keys() - signing == {"beijing_yzt"}
    assert source_of(shipped()["zjca_old"].organisation_code[0]) == Source(
        Place.SUBJECT, "2.5.4.1", CODE
    )


def test_one_written_field_leaves_the_rest_of_a_profile_and_the_other_profiles():
    profiles = written("    bjca:\n      issuers: [ca/bjca.cer]\n    sheca:\n")
    assert [path.name for path in profiles["bjca"].issuers] == ["bjca.cer"]
    assert profiles["bjca"].unique_id == shipped()["bjca"].unique_id
    assert {name: one for name, one in profiles.items() if name != "bjca"} == {
        name: one for name, one in shipped().items() if name != "bjca"
    }


def test_a_file_of_before_that_holds_all_sources_is_read_as_before():
    extension = (
        "1.2.156.10260.4.1.4",
        "1.2.156.10260.4.4",
        "1.2.86.11.7.4",
        "1.2.156.10260.4.1.3",
        "1.2.86.11.7.3",
        "1.2.156.10260.4.1.5",
        "1.2.86.11.7.5",
    )
    lists = {
        "name": ["subject 2.5.4.42", "subject 2.5.4.10"],
        "uscc": [f"subject 2.5.4.1 {USCC}", *(f"extension {oid} {USCC}" for oid in extension)],
        "organisation_code": [
            f"subject 2.5.4.1 {CODE}",
            *(f"extension {oid} {CODE}" for oid in extension[:3]),
        ],
        "unique_id": [],
        "person_ids": [
            "extension 1.2.156.10260.4.1.1",
            "extension 1.2.86.11.7.1",
            "extension 1.2.156.10260.4.1.2",
        ],
    }
    plain = {
        "title": "浙江CA（旧格式）",
        "issuers": [],
        "person_unique_id": "",
        "enterprise_unique_id": "",
        "can_sign_bids": True,
        "require_key_usage": True,
        "revocation": "auto",
        "crl_grace_hours": 0.0,
        "crl_urls": [],
        "where_to_apply": "",
        "phone": "",
        "drivers": [],
    }
    assert settings_of({"certificates": {"profiles": {"zjca_old": lists | plain}}}) == Settings()


def test_a_new_profile_is_like_another_in_how_it_is_read_and_in_nothing_else():
    profiles = written(
        "    bjca: {issuers: [bjca.cer], phone: '1', revocation: none, can_sign_bids: false}\n"
        "    newca: {title: 新CA, like: bjca}\n    newer: {title: 更新CA, like: bjca, uscc: "
        "['extension 1.2.3 {uscc}']}\n"
    )
    for field in READING:
        assert getattr(profiles["newca"], field) == getattr(shipped()["bjca"], field)
    assert (
        profiles["newca"].issuers,
        profiles["newca"].phone,
        profiles["newca"].revocation,
        profiles["newca"].can_sign_bids,
    ) == ((), "", "auto", True)
    assert profiles["newer"].uscc == (f"extension 1.2.3 {USCC}",)


def test_what_is_corrected_in_one_profile_stays_there():
    profiles = written("    gmt0015: {uscc: ['extension 1.2.3 (.+)']}\n")
    assert profiles["gmt0015"].uscc == ("extension 1.2.3 (.+)",)
    assert profiles["yixin"] == shipped()["yixin"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("    newca:\n      title: 新CA\n", 3, "certificates.profiles.newca.name：必须填写"),
        ("    newca:\n      like: gmt0015\n", 3, "certificates.profiles.newca.title：必须填写"),
        (
            "    newca:\n      title: 新CA\n      like: bjac\n",
            5,
            "profiles.newca.like：须是其中之一",
        ),
        (
            "    bjca:\n      uscc:\n      - extension 1.2.3 {uscc}\n      - issuer 1.2.3\n",
            6,
            "profiles.bjca.uscc.1：应写成",
        ),
        (
            "    bjca:\n      uscc: ['subject 1.2.3 (a)(b)']\n",
            4,
            "profiles.bjca.uscc.0：正则表达式应有且只有一个捕获组",
        ),
        (
            "    bjca:\n      uscc: ['subject 1.2.3 {usccc}']\n",
            4,
            "没有名为 {usccc} 的表达式，只有 uscc, code, bjca_lead",
        ),
        ("    bjca:\n      person_unique_id: '('\n", 4, "不是正则表达式"),
        ("    bjca:\n      isuers: [a.cer]\n", 4, "没有这个设置，是不是 issuers"),
        (
            "    bjca:\n      crl_urls: ['ldap://ca.example.org']\n",
            4,
            "profiles.bjca.crl_urls.0：不是吊销列表的地址",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_line_and_its_key(text, line, words):
    told = problems_of(text)
    assert any(f"第 {line} 行" in row and words in row for row in told.splitlines()), told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "issuer 2.5.4.3",
        "subject cn",
        "subject 2.5.4.3 (",
        "subject 2.5.4.3 nothing",
        "subject 2.5.4.3 (a)(b)",
    ],
)
def test_a_source_that_cannot_be_read_is_told(text):
    with pytest.raises(ValueError, match=r"应写成|应有|不是正则"):
        source_text(text)


def test_a_certificate_is_explained_without_database_or_network(tmp_path):
    authority = pki.root("rsa")
    (tmp_path / "ca.cer").write_bytes(authority.der)
    (tmp_path / "lock.cer").write_bytes(pki.enterprise(authority))
    (tmp_path / "config.yaml").write_text(
        "certificates:\n  profiles:\n    gmt0015:\n      issuers: [ca.cer]\n"
    )
    told = inside(
        "--config",
        str(tmp_path / "config.yaml"),
        "certificate",
        "inspect",
        str(tmp_path / "lock.cer"),
        cwd=tmp_path,
    )
    assert told.code == 0
    assert "企业锁" in told.out
    missing = inside("certificate", "inspect", "nothing.cer", cwd=tmp_path)
    assert missing.code == 2
    assert "nothing.cer" in missing.err
