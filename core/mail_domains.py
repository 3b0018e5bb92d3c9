"""Which mail domains belong together, and which only look as if they did.

Alignment is stricter than DMARC's relaxed one (RFC 7489 section 3.1.1), so that no list of public
suffixes decides on a proof: the same domain, or one within the other. What an organisation
registered is known by a short list, for shares and look-alikes alone. Look-alikes are recognised by
a skeleton in which characters that are drawn alike fall together (after Unicode TS 39, cut down to
what a domain can hold), by one slip (a letter more, less or other, two neighbours swapped), or by
the known name put before another domain.
Nothing here proves a fraud; it is for an administrator to see.
"""

import re
import unicodedata
from typing import Final

from rapidfuzz.distance import OSA

_SECOND_LEVEL: Final = {
    "cn": (
        "com net org gov edu ac mil bj sh tj cq he sx nm ln jl hl js zj ah fj jx sd ha hb hn gd "
        "gx hi sc gz yn xz sn gs qh nx xj tw hk mo "
        "xn--55qx5d xn--io0a7i 公司 网络"
    ),
    "hk": "com net org gov edu idv",
    "mo": "com net org gov edu",
    "tw": "com net org gov edu idv",
    "sg": "com net org gov edu per",
    "uk": "co org net gov ac",
    "jp": "co ne or go ac",
    "kr": "co or go ne re",
    "au": "com net org gov edu",
    "my": "com net org gov edu",
    "th": "co or in go ac",
    "br": "com net org gov",
    "nz": "co net org govt",
    "in": "co net org gov ac",
}
_SUFFIXES: Final = frozenset(
    f"{second}.{top}" for top, seconds in _SECOND_LEVEL.items() for second in seconds.split()
)
PROVIDERS: Final = frozenset(
    {
        "qq.com",
        "foxmail.com",
        "163.com",
        "126.com",
        "yeah.net",
        "188.com",
        "sina.com",
        "sina.cn",
        "sina.com.cn",
        "sohu.com",
        "aliyun.com",
        "139.com",
        "189.cn",
        "wo.cn",
        "21cn.com",
        "tom.com",
        "263.net",
        "outlook.com",
        "hotmail.com",
        "live.cn",
        "live.com",
        "msn.com",
        "gmail.com",
        "yahoo.com",
        "yahoo.cn",
        "icloud.com",
        "me.com",
    }
)
"""Domains where anybody can have an address: there the part before the @ identifies people."""

_ALIKE: Final = str.maketrans(
    "01ı|iаɑαеоοоρрсϲхχуѕіϳјһԁɡոνωкκмтвнпгӏ",
    "ollllaaaeoooppccxxysljjhdgnvwkkmtbhnrl",
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_MIN_SLIP: Final = 5
"""Shorter names are too often one letter different by chance."""


def organisational(domain: str) -> str:
    """The domain that an organisation registered: mail.example.com.cn → example.com.cn."""
    labels = domain.strip().strip(".").casefold().split(".")
    return ".".join(labels[-3:] if ".".join(labels[-2:]) in _SUFFIXES else labels[-2:])


def domain_share(address: str) -> str:
    """In whose name an address counts where one domain may have only a share: the organisation's
    domain; at a provider the address itself."""
    domain = organisational(address.rpartition("@")[2])
    return address.strip().casefold() if domain in PROVIDERS else domain


def aligned(one: str, other: str) -> bool:
    """Whether the domains are the same, or one lies within the other."""
    first, second = (f".{domain.strip('. ').casefold()}" for domain in (one, other))
    both_whole = first.count(".") > 1 and second.count(".") > 1
    return both_whole and (first.endswith(second) or second.endswith(first))


def resembles(address: str, known: str) -> bool:
    """Whether a mail address is not the known one, nor of its organisation,
    but could be taken for it."""
    local, _, domain = address.casefold().rpartition("@")
    known_local, _, known_domain = known.casefold().rpartition("@")
    if not domain or not known_domain:
        return False
    mine, theirs = organisational(domain), organisational(known_domain)
    if mine == theirs:
        return mine in PROVIDERS and local != known_local and _alike(local, known_local)
    if mine in PROVIDERS:
        return False
    if mine.partition(".")[0] == theirs.partition(".")[0]:
        # an enterprise may well own both domains: only the contact's own name under
        # the other one imitates
        return local == known_local
    return (
        _domains_alike(mine, theirs)
        or domain.startswith(f"{known_domain}.")
        or f".{known_domain}." in domain
    )


def mixed_scripts(domain: str) -> bool:
    """Whether one label of the domain mixes Latin letters with letters of scripts
    that are drawn like them."""
    domain = unicode_form(domain)
    return not domain.isascii() and any(
        len(_scripts(label) & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1
        for label in domain.split(".")
    )


def unicode_form(domain: str) -> str:
    """The domain as a mail program shows it: xn-- labels decoded."""
    return ".".join(_decoded(label) for label in domain.casefold().split("."))


def _domains_alike(one: str, other: str) -> bool:
    name, known_name = one.partition(".")[0], other.partition(".")[0]
    if re.sub(r"[-.]", "", one) == re.sub(r"[-.]", "", other) or name == other.replace(".", "-"):
        return True
    return _alike(name, known_name)


def _alike(one: str, other: str) -> bool:
    first, second = _skeleton(one), _skeleton(other)
    return first == second or (
        min(len(first), len(second)) >= _MIN_SLIP and OSA.distance(first, second) == 1
    )


def _skeleton(label: str) -> str:
    text = unicodedata.normalize("NFKD", _decoded(label)).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c)).translate(_ALIKE)
    for pair, single in _PAIRS:
        text = text.replace(pair, single)
    return text


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(c, "").partition(" ")[0] for c in label if c.isalpha()}
