"""Whose a certificate is: by USCC, else by organisation code, else by name,
and never by less where it shows more."""

from dataclasses import replace

import pytest

from core.accounts.enterprises.lock_proof import is_holder, require_holder
from core.errors import EntryRefused
from core.locks.lock_certificate import HolderKind
from tests.accounts.entrance import JsonVerifier, lock
from tests.certificates.pki import NOW
from tests.validators.builders import NAME, OTHER_NAME, OTHER_USCC, USCC, enterprise

SHOWN = replace(JsonVerifier().verify(lock(USCC), NOW), enterprise_name=NAME)
WITHOUT_USCC = replace(SHOWN, uscc="")
NAME_ALONE = replace(WITHOUT_USCC, organisation_code="")


@pytest.mark.parametrize(
    ("certificate", "holder"),
    [
        (replace(SHOWN, enterprise_name=OTHER_NAME), True),
        (replace(SHOWN, uscc=OTHER_USCC), False),
        (replace(WITHOUT_USCC, enterprise_name=OTHER_NAME), True),
        (replace(WITHOUT_USCC, organisation_code=OTHER_USCC[8:17]), False),
        (NAME_ALONE, True),
        (replace(NAME_ALONE, enterprise_name=f" {NAME}　"), True),
        (replace(NAME_ALONE, enterprise_name=OTHER_NAME), False),
    ],
)
def test_the_holder_is_known_by_the_strongest_thing_that_the_certificate_shows(certificate, holder):
    assert is_holder(certificate, enterprise()) is holder


@pytest.mark.parametrize("kind", [one for one in HolderKind if one is not HolderKind.ENTERPRISE])
def test_only_an_enterprises_lock_is_its_own(kind):
    require_holder(SHOWN, enterprise())
    with pytest.raises(EntryRefused, match="不是企业锁"):
        require_holder(replace(SHOWN, kind=kind), enterprise())
