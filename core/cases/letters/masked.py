"""Addresses and names with their middle hidden, for those who recognise them without it.

In a letter or on a page of the centre's an address is also a place where a stranger writes what he
likes: a sentence is a domain that anybody can put into From, and nearly one that he can buy. So the
registered contact sees of an address what it knows already, its own domain and those of providers,
and of any other domain two characters, which tell a colleague's but make no words.
"""

from core.mail_domains import PROVIDERS, organisational, unicode_form

_SUFFIX_BYTES = 6
"""So long a last label is shown: online and 公司, but no sentence."""


def mask_address(address: str) -> str:
    """An address with the middle of its name hidden, for people of the centre:
    z***n@example.org."""
    name, at, domain = address.partition("@")
    return f"{_ends(name)}{at}{domain}"


def mask_name(name: str) -> str:
    """A person's name with all but the first character hidden: 王**."""
    return name[:1] + "*" * (len(name) - 1)


def address_for_contact(address: str, contact: str) -> str:
    """An address as the registered contact, whose own address is `contact`, is told it:
    z***n@qq.com, z***n@example.org at its own domain, else z***n@e***e.org."""
    name, _, domain = address.rpartition("@")
    own = _read(contact.rpartition("@")[2])
    return f"{_ends(name)}@{_domain_for_contact(_read(domain), own)}"


def _domain_for_contact(domain: str, own: str) -> str:
    """The registered part of the domain, *** for what lies before it."""
    if domain == own:
        return domain
    registered = organisational(domain)
    below = "" if domain == registered else "***."
    if registered in PROVIDERS or registered == organisational(own):
        return below + registered
    label, dot, suffix = registered.partition(".")
    is_short = len(suffix.rpartition(".")[2].encode()) <= _SUFFIX_BYTES
    return f"{below}{_ends(label)}{dot}{suffix if is_short else '***'}"


def _read(domain: str) -> str:
    """As mail programs display it, unless that has signs which turn or hide a line."""
    shown = unicode_form(domain)
    return shown if shown.isprintable() else domain.lower()


def _ends(text: str) -> str:
    """Its first and last character; of two or less the first, or it would be shown whole."""
    return f"{text[:1]}***{text[-1] if len(text) > 2 else ''}"
