"""Which mail domains belong together, and which only look as if they did.

Domains are aligned if they are the same, or one lies within the other. This is stricter than the
relaxed alignment of DMARC (RFC 7489 section 3.1.1), so that no list of suffixes decides on a proof.
At a provider a domain within its own may be a customer's, and vouches for that alone. The short
list of suffixes here serves only shares and look-alikes.

Three kinds of look-alikes are recognised: the same skeleton, in which characters of similar shape
are one (after Unicode TS 39, for the characters of domains); one typing error (a letter added,
removed or replaced, two neighbours swapped); the known name before another domain. This proves no
fraud; an administrator judges it.
"""

import re
import unicodedata

from rapidfuzz.distance import OSA

_SECOND_LEVEL = {
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
_SUFFIXES = frozenset(
    f"{second}.{top}" for top, seconds in _SECOND_LEVEL.items() for second in seconds.split()
)
PROVIDERS = frozenset(
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
        "eyou.com",
        "china.com",
        "88.com",
        "2980.com",
        "outlook.com",
        "hotmail.com",
        "live.cn",
        "live.com",
        "msn.com",
        "gmail.com",
        "yahoo.com",
        "yahoo.cn",
        "ymail.com",
        "icloud.com",
        "me.com",
        "aol.com",
        "proton.me",
        "protonmail.com",
        "googlemail.com",
        "163.net",
        "sogou.com",
        "yahoo.com.cn",
        "yahoo.com.hk",
        "mail.com",
        "gmx.com",
        "yandex.com",
        "yandex.ru",
        "zoho.com",
        "zohomail.cn",
        "petalmail.com",
        "dingtalk.com",
        "mac.com",
        "pm.me",
        "gmx.net",
        "gmx.de",
        "web.de",
        "mail.ru",
        "naver.com",
        "hanmail.net",
        "fastmail.com",
        "tutanota.com",
        "yahoo.co.jp",
        "yahoo.com.tw",
        "yahoo.co.uk",
        "hotmail.co.uk",
        "hotmail.fr",
        "outlook.jp",
        "live.hk",
    }
)
"""Domains where anybody can have an address: the part before the @ identifies the person."""

# Cyrillic, Greek and other characters, and below each the Latin one that it resembles
_ALIKE = str.maketrans(
    "01ı|iаɑαеоοоρрсϲхχуѕіϳјһԁɡոνωкκмтвнпгӏ",
    "ollllaaaeoooppccxxysljjhdgnvwkkmtbhnrl",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_MIN_SLIP = 5
"""Characters of a skeleton: shorter names often differ in one letter by chance."""


def organisational(domain: str) -> str:
    """The domain that an organisation registered: mail.example.com.cn → example.com.cn."""
    labels = domain.strip().strip(".").lower().split(".")
    return ".".join(labels[-3:] if ".".join(labels[-2:]) in _SUFFIXES else labels[-2:])


def domain_share(address: str) -> str:
    """The key by which the shares of senders are counted: the organisation's domain, or at a
    provider the address."""
    domain = organisational(address.rpartition("@")[2])
    return address.strip().lower() if domain in PROVIDERS else domain


def aligned(vouching: str, domain: str) -> bool:
    """Whether what one domain proves counts for the other."""
    first, second = (f".{one.strip('. ').lower()}" for one in (vouching, domain))
    both_whole = first.count(".") > 1 and second.count(".") > 1
    lies_within = first.endswith(second) and organisational(domain) not in PROVIDERS
    return both_whole and (lies_within or second.endswith(first))


def resembles(address: str, known: str) -> bool:
    """Whether a mail address is neither the known one nor of its organisation, but could be
    mistaken for it."""
    local, _, domain = address.lower().rpartition("@")
    known_local, _, known_domain = known.lower().rpartition("@")
    if not domain or not known_domain:
        return False
    mine, theirs = organisational(domain), organisational(known_domain)
    if mine == theirs:
        return mine in PROVIDERS and local != known_local and _alike(local, known_local)
    if mine in PROVIDERS:
        return False
    if mine.partition(".")[0] == theirs.partition(".")[0]:
        # an enterprise may own both domains: it is an imitation only if the part before the @ is
        # the same
        return local == known_local
    return (
        _domains_alike(mine, theirs)
        or domain.startswith(f"{known_domain}.")
        or f".{known_domain}." in domain
    )


def mixed_scripts(domain: str) -> bool:
    """Whether a label of the domain has letters of two of these scripts, whose letters resemble
    each other: Latin, Cyrillic, Greek, Armenian."""
    domain = unicode_form(domain)
    return not domain.isascii() and any(
        len(_scripts(label) & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1
        for label in domain.split(".")
    )


def unicode_form(domain: str) -> str:
    """The domain as mail programs display it: xn-- labels decoded."""
    return ".".join(_decoded(label) for label in domain.lower().split("."))


def _domains_alike(domain: str, known: str) -> bool:
    """Whether the domains differ only in hyphens and dots, the first label is the known domain with
    hyphens (example-com.cn for example.com), or the first labels look alike."""
    label, known_label = domain.partition(".")[0], known.partition(".")[0]
    return (
        re.sub(r"[-.]", "", domain) == re.sub(r"[-.]", "", known)
        or label == known.replace(".", "-")
        or _alike(label, known_label)
    )


def _alike(one: str, other: str) -> bool:
    """Whether two labels have the same skeleton, or longer ones differ by one typing error."""
    first, second = _skeleton(one), _skeleton(other)
    return first == second or (
        min(len(first), len(second)) >= _MIN_SLIP and OSA.distance(first, second) == 1
    )


def _skeleton(label: str) -> str:
    """The label with one character for all that resemble it."""
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
    except (ValueError, OverflowError):
        return label


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(c, "").partition(" ")[0] for c in label if c.isalpha()}
