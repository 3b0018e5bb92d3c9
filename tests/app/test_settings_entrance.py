"""Profiles of CAs as data: what is written goes over what is built in, and every mistake is told."""

import pytest
from pydantic import ValidationError

from app.settings_entrance import CertificatesZone, EntranceZone, profile_of, source_of
from core.accounts.issuer_profiles import BUILT_IN, Place, Source


def test_the_built_in_profiles_survive_the_way_through_config():
    zone = CertificatesZone()
    for name, profile in BUILT_IN.items():
        assert profile_of(name, zone.profiles[name], ()) == profile


def test_one_written_field_leaves_the_rest_of_a_profile_and_the_other_profiles():
    zone = CertificatesZone.model_validate({"profiles": {"bjca": {"issuers": ["ca/bjca.cer"]}}})
    assert [path.name for path in zone.profiles["bjca"].issuers] == ["bjca.cer"]
    assert zone.profiles["bjca"].unique_id == CertificatesZone().profiles["bjca"].unique_id
    assert set(zone.profiles) == set(BUILT_IN)


def test_a_new_profile_needs_its_sources():
    with pytest.raises(ValidationError, match="uscc"):
        CertificatesZone.model_validate({"profiles": {"newca": {"title": "新CA"}}})
    zone = CertificatesZone.model_validate(
        {"profiles": {"newca": {"title": "新CA", "name": ["subject 2.5.4.10"], "uscc": ["extension 1.2.3 X(\\d+)"]}}}
    )
    assert source_of(zone.profiles["newca"].uscc[0]) == Source(Place.EXTENSION, "1.2.3", "X(\\d+)")


@pytest.mark.parametrize("text", ["", "issuer 2.5.4.3", "subject cn", "subject 2.5.4.3 (", "subject 2.5.4.3 nothing", "subject 2.5.4.3 (a)(b)"])
def test_a_source_that_cannot_be_read_is_told(text):
    with pytest.raises(ValueError, match=r"应写成|应有|不是正则"):
        source_of(text)


@pytest.mark.parametrize("origin", ["https://a.example.org/", "a.example.org", "ftp://a.example.org"])
def test_an_origin_is_scheme_and_host_only(origin):
    with pytest.raises(ValidationError, match="来源"):
        EntranceZone(origins=(origin,))


def test_a_certificate_is_explained_without_database_or_network(tmp_path):
    from tests.app.running import inside
    from tests.certificates import pki

    authority = pki.root("rsa")
    (tmp_path / "ca.cer").write_bytes(authority.der)
    (tmp_path / "lock.cer").write_bytes(pki.enterprise(authority))
    (tmp_path / "config.yaml").write_text("certificates:\n  profiles:\n    gmt0015:\n      issuers: [ca.cer]\n")
    told = inside("--config", str(tmp_path / "config.yaml"), "certificate", "inspect", str(tmp_path / "lock.cer"), cwd=tmp_path)
    assert told.code == 0
    assert "企业锁" in told.out
    missing = inside("certificate", "inspect", "nothing.cer", cwd=tmp_path)
    assert missing.code == 1
    assert "无法读取" in missing.err


def test_links_lead_to_the_port_that_was_chosen():
    from app.settings import WebZone

    assert WebZone.model_validate({"port": 8399}).base_url == "http://127.0.0.1:8399"
    assert WebZone.model_validate({"port": 8399, "base_url": "https://desk.example.org"}).base_url == "https://desk.example.org"
    assert WebZone().base_url == "http://127.0.0.1:8321"
