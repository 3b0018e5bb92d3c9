"""A page used by keys alone."""


def go(tab, target):
    """Press Tab until the focus is there."""
    for _ in range(80):
        if target.evaluate("one => one === document.activeElement"):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def type_into(tab, **fields):
    """What stands in the fields becomes these words."""
    for name, value in fields.items():
        go(tab, tab.locator(f"[name={name}]:visible").first)
        tab.keyboard.press("Control+A")
        tab.keyboard.insert_text(value)


def press(tab, words, key="Enter"):
    """The button with these words."""
    go(tab, tab.get_by_role("button", name=words, exact=True))
    tab.keyboard.press(key)


def follow(tab, words):
    """The link with these words."""
    go(tab, tab.get_by_role("link", name=words, exact=True).first)
    tab.keyboard.press("Enter")


def choose(tab, radios, wanted):
    """One of several: Tab leads to the chosen one, arrows to the others."""
    go(tab, radios.and_(tab.locator(":checked")))
    for _ in range(radios.count()):
        if wanted.is_checked():
            return
        tab.keyboard.press("ArrowDown")
    raise AssertionError(f"no arrow reaches {wanted}")
