"""Every word that the reading may put before an administrator has its Chinese label."""

import re
from pathlib import Path

import papers
from core.cases.letters import words

PUT = re.compile(r"""(?:\.put\(\s*|_plain\(\s*\w+,\s*)"([a-z_]+)\"""")


def test_every_field_that_can_be_read_has_a_label():
    folder = Path(papers.__file__).parent
    fields = {
        name
        for file in folder.rglob("*.py")
        for name in PUT.findall(file.read_text(encoding="utf-8"))
    }
    assert {"capital", "founded", "id_number", "enterprise_name"} <= fields
    assert fields <= set(words.FIELDS)
