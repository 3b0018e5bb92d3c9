"""Check digits of the numbers that the desk relies on.

Decides whether an 18-character number is whole in itself: the citizen's ID number by GB 11643-1999
(ISO 7064 MOD 11-2, with a birth date that exists) and the unified social credit code by GB
32100-2015 (MOD 31 over 31 characters, without I, O, S, V, Z). Says nothing about whether the number
was ever issued: district codes are not looked up, because codes of abolished districts stay valid.
"""

from datetime import date
from string import ascii_uppercase

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHARACTERS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_LENGTH = 9
_NO_ORGANISATION = "000000000"
_LENGTH = 18
_DIGITS = frozenset("0123456789")
_CODE = _DIGITS | frozenset(ascii_uppercase)
_FIRST_BIRTH_YEAR = 1850


def id_check_digit(body: str) -> str:
    """The check character of the first 17 digits of an ID number (GB 11643).

    Raises ValueError when they are not 17 digits.
    """
    return _ID_CHARACTERS[sum(w * int(c) for w, c in zip(_ID_WEIGHTS, body, strict=True)) % 11]


def id_birth(number: str) -> date | None:
    """The birth date inside an ID number, or None where no such day exists."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year >= _FIRST_BIRTH_YEAR else None


def id_number_ok(number: str) -> bool:
    """Whether `number` is 17 digits and its right check character (upper case X),
    with a birth date that exists."""
    body = number[:-1]
    if len(number) != _LENGTH or not _DIGITS.issuperset(body):
        return False
    return id_check_digit(body) == number[-1] and id_birth(number) is not None


def uscc_check_character(body: str) -> str:
    """The check character of the first 17 characters of a USCC (GB 32100).

    Raises ValueError for a character outside its alphabet.
    """
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return USCC_ALPHABET[-total % 31]


def uscc_ok(code: str) -> bool:
    """Whether `code` is a USCC in upper case with its right check character, a registering
    department (never 0) and digits where the district code stands."""
    body = code[:-1]
    if (
        code.startswith("0")
        or len(code) != _LENGTH
        or not set(USCC_ALPHABET).issuperset(body)
        or not _DIGITS.issuperset(body[2:8])
    ):
        return False
    return uscc_check_character(body) == code[-1]


def organisation_code_ok(code: str) -> bool:
    """Whether `code`, nine characters, is an organisation code (GB 11714) by its check character.

    In a USCC it is the ninth to seventeenth character; some old ones do not have it right.
    """
    if len(code) != _ORGANISATION_LENGTH or code == _NO_ORGANISATION or not _CODE.issuperset(code):
        return False
    total = sum(w * int(c, 36) for w, c in zip(_ORGANISATION_WEIGHTS, code[:8], strict=True))
    return "0123456789X"[-total % 11] == code[8]
