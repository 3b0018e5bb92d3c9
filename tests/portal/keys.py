"""A page used by keys alone."""

from tests.servers.chromium import walk_to


def type_into(tab, **fields):
    """What stands in the fields becomes these words."""
    for name, value in fields.items():
        walk_to(tab.locator(f"[name={name}]:visible").first)
        tab.keyboard.press("Control+A")
        tab.keyboard.insert_text(value)


def press(tab, words, key="Enter"):
    """The button with these words."""
    walk_to(tab.get_by_role("button", name=words, exact=True))
    tab.keyboard.press(key)


def follow(tab, words):
    """The link with these words."""
    walk_to(tab.get_by_role("link", name=words, exact=True).first)
    tab.keyboard.press("Enter")


def choose(tab, radios, wanted):
    """One of several: Tab leads to the chosen one, arrows to the others."""
    walk_to(radios.and_(tab.locator(":checked")))
    for _ in range(radios.count()):
        if wanted.is_checked():
            return
        tab.keyboard.press("ArrowDown")
    raise AssertionError(f"no arrow reaches {wanted}")
