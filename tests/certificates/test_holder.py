"""Whose lock it is, by each issuer's profile: the tables of true, false and unsure."""

from itertools import product

import pytest

from core.check_digits import id_check_digit, organisation_code_ok, uscc_check_character
from core.locks.certificate_holder import CertificateTexts, holder_of
from core.locks.certificate_reasons import REASONS, refusal
from core.locks.issuer_profiles import IssuerProfile
from core.locks.lock_certificate import HolderKind
from core.masking import hide
from tests.certificates import pki
from tests.certificates.conftest import Chain
from tests.certificates.pki import (
    BJCA_ID,
    BJCA_ID_SM2,
    GMT_CODE,
    GMT_PERSON,
    NAME,
    enterprise,
    enterprise_subject,
    tlv,
)
from tests.certificates.profiles import BEIJING_ONE, BJCA, GENERIC, OLD_ZJCA, SHECA

USCC = pki.uscc()
CODE = USCC[8:17]
PERSON = "11999919900101123"
PERSON += id_check_digit(PERSON)
E, P, U = HolderKind.ENTERPRISE, HolderKind.PERSON, HolderKind.UNKNOWN
RSA_ID, REGISTRATION, TAX, OLD_RSA_CODE = (
    "2.16.840.1.113732.2",
    "1.2.156.10260.4.1.3",
    "1.2.156.10260.4.1.5",
    "1.2.86.11.7.4",
)


def both_numbers(*, organisation: bool) -> str:
    """An ID number that has a USCC's check character too, by chance;
    its organisation code is right or wrong."""
    for day, order in product(range(1, 29), range(1000)):
        body = f"119999199001{day:02d}{order:03d}"
        number = body + id_check_digit(body)
        if (
            uscc_check_character(body) == number[-1]
            and organisation_code_ok(number[8:17]) is organisation
        ):
            return number
    raise AssertionError


KINDS: list[tuple[str, IssuerProfile, dict[str, str], HolderKind]] = [
    ("a USCC", GENERIC, {GMT_CODE: USCC}, E),
    ("a USCC in full width and lower case", GENERIC, {GMT_CODE: "９１" + USCC[2:].lower()}, E),
    ("a USCC as the tax number", GENERIC, {TAX: USCC}, E),
    ("the edition of 2023", GENERIC, {"1.2.156.10260.4.4": USCC}, E),
    ("the RSA twin", GENERIC, {OLD_RSA_CODE: CODE}, E),
    ("an organisation code with its hyphen", GENERIC, {GMT_CODE: f"{CODE[:8]}-{CODE[8]}"}, E),
    ("a person's number only", GENERIC, {GMT_PERSON: PERSON}, P),
    ("the handler's number beside the USCC", GENERIC, {GMT_PERSON: PERSON, GMT_CODE: USCC}, E),
    ("nothing", GENERIC, {}, U),
    ("a registration number that is no USCC", GENERIC, {REGISTRATION: "110108012345678"}, U),
    (
        "a wrong check character",
        GENERIC,
        {GMT_CODE: USCC[:-1] + ("1" if USCC[-1] != "1" else "2")},
        U,
    ),
    ("an organisation code of zeros", GENERIC, {GMT_CODE: "000000000"}, U),
    ("an ID number in the place of the code", GENERIC, {GMT_CODE: PERSON}, U),
    (
        "an ID number that looks like a USCC",
        GENERIC,
        {GMT_CODE: both_numbers(organisation=False)},
        U,
    ),
    (
        "a USCC that looks like an ID number",
        GENERIC,
        {GMT_CODE: both_numbers(organisation=True)},
        E,
    ),
    ("a USCC with something behind it", GENERIC, {GMT_CODE: USCC + "1"}, U),
    ("a USCC where no profile looks", GENERIC, {"1.2.3.4": USCC}, U),
    ("BJCA: JJ and a code", BJCA, {BJCA_ID: f"JJ{CODE}"}, E),
    ("BJCA: a lead, JJ and a code", BJCA, {RSA_ID: f"1001@5009JJ0{CODE}"}, E),
    ("BJCA: JJ and a USCC", BJCA, {BJCA_ID_SM2: f"JJ{USCC}"}, E),
    ("BJCA: SF and an ID number", BJCA, {BJCA_ID: f"SF{PERSON}"}, P),
    (
        "BJCA: an employee's names the enterprise too",
        BJCA,
        {BJCA_ID: f"SF{PERSON}", GMT_CODE: USCC},
        P,
    ),
    ("BJCA: JJ inside another text", BJCA, {BJCA_ID: f"ABCJJ{CODE}XYZ"}, U),
    ("BJCA: a USCC alone", BJCA, {GMT_CODE: USCC}, E),
    ("SHECA: its own extension", SHECA, {"1.2.156.1.8888.148": f"QT{USCC}"}, E),
    ("SHECA: a person's", SHECA, {"1.2.156.1.8888.148": f"SF{PERSON}"}, P),
]


@pytest.mark.parametrize(
    ("title", "profile", "extensions", "kind"), KINDS, ids=[row[0] for row in KINDS]
)
def test_the_kind_follows_evidence(
    title: str, profile: IssuerProfile, extensions: dict[str, str], kind: HolderKind
) -> None:
    texts = CertificateTexts([(pki.O, NAME)], {oid: (text,) for oid, text in extensions.items()})
    holder = holder_of(texts, profile)
    assert holder.kind is kind
    assert holder.enterprise_name == (NAME if kind is E else "")


def test_an_employees_name_does_not_hide_the_enterprise() -> None:
    """An enterprise lock that shows a person's name: CN is the person, O the enterprise."""
    holder = holder_of(
        CertificateTexts([(pki.CN, "张三"), (pki.O, NAME)], {GMT_CODE: (USCC,)}), GENERIC
    )
    assert (holder.kind, holder.enterprise_name, holder.uscc) == (E, NAME, USCC)


def test_a_name_has_nothing_that_nobody_sees() -> None:
    """Registered, it stands on pages, where a mark that turns the writing shows another name."""
    texts = CertificateTexts([(pki.O, f"\u202e{NAME}\u200b")], {GMT_CODE: (USCC,)})
    assert holder_of(texts, GENERIC).enterprise_name == NAME


def test_the_unique_id_is_kept_whole() -> None:
    holder = holder_of(CertificateTexts([], {BJCA_ID_SM2: (f" 1001@5009jj0{CODE} ",)}), BJCA)
    assert (holder.ca_unique_id, holder.organisation_code, holder.uscc) == (
        f"1001@5009JJ0{CODE}",
        CODE,
        "",
    )


def test_the_old_layout_of_zhejiang() -> None:
    texts = CertificateTexts(
        [(pki.G, NAME), (pki.OLD_CODE, f"{CODE[:8]}-{CODE[8]}"), (pki.CN, "张三")], {}
    )
    holder = holder_of(texts, OLD_ZJCA)
    assert (holder.kind, holder.enterprise_name, holder.organisation_code) == (E, NAME, CODE)
    assert holder_of(texts, GENERIC).kind is U


@pytest.mark.parametrize(
    ("code", "right"),
    [
        (CODE, True),
        ("D2143569X", True),
        ("D21435690", False),  # the example of GB 11714
        (CODE[:-1] + "?", False),
        ("000000000", False),
        ("12345678", False),
        ("", False),
    ],
)
def test_organisation_codes(code: str, right: bool) -> None:
    assert organisation_code_ok(code) is right


WRAPPED: list[tuple[str, bytes]] = [
    ("UTF8String", tlv(0x0C, USCC.encode())),
    ("PrintableString", tlv(0x13, USCC.encode())),
    ("IA5String", tlv(0x16, USCC.encode())),
    ("SEQUENCE", pki.seq(tlv(0x0C, USCC.encode()))),
    ("SET of context tags", tlv(0x31, tlv(0x80, USCC.encode()))),
    ("explicit tag", tlv(0xA0, tlv(0x13, USCC.encode()))),
    ("OCTET STRING", tlv(0x04, tlv(0x13, USCC.encode()))),
    ("bare octets", USCC.encode()),
    ("BMPString", tlv(0x1E, USCC.encode("utf-16-be"))),
    ("T61String", tlv(0x14, USCC.encode())),
]


@pytest.mark.parametrize(("title", "value"), WRAPPED, ids=[row[0] for row in WRAPPED])
def test_a_value_is_found_however_it_is_wrapped(
    chains: dict[str, Chain], title: str, value: bytes
) -> None:
    leaf = enterprise(chains["sm2"].issuer, extensions=((GMT_CODE, False, value),))
    assert chains["sm2"].verifier.verify(leaf, pki.NOW).uscc == USCC


def test_a_profiles_own_extension_may_be_critical(chains: dict[str, Chain]) -> None:
    kind, _, value = pki.code_extension()
    assert (
        chains["sm2"].reason(enterprise(chains["sm2"].issuer, extensions=((kind, True, value),)))
        is None
    )


def test_beijing_yzt_logs_in(make_verifier) -> None:
    issuer = pki.root("sm2")
    verifier = make_verifier([issuer.der], profile=BEIJING_ONE)
    assert verifier.verify(enterprise(issuer), pki.NOW)


def test_a_profile_may_do_without_key_usage(make_verifier) -> None:
    issuer = pki.root("sm2")
    verifier = make_verifier([issuer.der], require_key_usage=False)
    assert verifier.verify(enterprise(issuer, key_usage=None), pki.NOW)


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_says_what_to_do(code: str) -> None:
    error = refusal(code, "甲")
    assert error.reason_code == code
    assert "{" not in error.message
    assert error.message.endswith(("。", "更换证书。"))
    assert any("一" <= character <= "鿿" for character in error.message)


def test_an_inspection_explains_line_by_line_and_hides_id_numbers(chains: dict[str, Chain]) -> None:
    chain = chains["sm2"]
    leaf = enterprise(
        chain.issuer,
        subject=enterprise_subject("张三\u202e"),
        extensions=((GMT_PERSON, False, tlv(0x0C, PERSON.encode())),),
    )
    lines = chain.verifier.explain(leaf)
    text = "\n".join(lines)
    assert PERSON not in text
    assert hide(PERSON) in text
    assert "\u202e" not in text
    for words in (
        "主体：CN=张三",
        "有效期：",
        "颁发者：",
        f"扩展项：{GMT_PERSON}={hide(PERSON)}",
        "种类：个人锁",
        "［holder.person］",
    ):
        assert words in text


@pytest.mark.parametrize("junk", [b"", b"hello", b"\x30\x82\x7f\xff", bytes(100_000)])
def test_an_inspection_of_junk_says_so(chains: dict[str, Chain], junk: bytes) -> None:
    lines = chains["rsa"].verifier.explain(junk)
    assert "不能作为证书读取" in lines[0]
    assert lines[-1].startswith("结论：不可使用［certificate.")
