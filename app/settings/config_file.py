"""Parses config.yaml: its values, and the line of each.

Reads the core schema of YAML 1.2, because in YAML 1.1 an unquoted 11:00 is the number 660, `on` is
true and 2026-10-10 is a date object. Reports keys that are written twice (`Written.twice`), since
YAML would silently use the second.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

DEFAULT_NAME = "config.yaml"
KeyPath = tuple[str, ...]


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without the surprises of version 1.1."""


_PLAIN = (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$",
        "-+.0123456789",
    ),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ("~", "n", "N", "")),
)
"""Types of unquoted values: tag, pattern, the characters with which one can begin."""
_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _PLAIN:
    _PlainLoader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


@dataclass(frozen=True)
class Written:
    """The content of the file.

    `values`: plain data. `lines`: the line of each key path, from 1. `twice`: key paths that are
    written twice. `name`: the file's, for people.
    """

    values: Any = None
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    twice: tuple[KeyPath, ...] = ()
    name: str = DEFAULT_NAME

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest section around it; None if neither is written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def _walk(node: yaml.Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """The path and line of each key and list item below a node."""
    children: list[tuple[str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(str(i), value, value) for i, value in enumerate(node.value)]
    for name, key, value in children:
        yield (*path, name), key.start_mark.line + 1
        yield from _walk(value, (*path, name))


def read(text: str, name: str = DEFAULT_NAME) -> Written:
    """Parse the text of a config.yaml. Raises yaml.YAMLError."""
    loader = _PlainLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return Written({}, name=name)
        lines: dict[KeyPath, int] = {}
        twice = []
        for path, line in _walk(root, ()):
            if path in lines:
                twice.append(path)
            lines[path] = line
        return Written(loader.construct_document(root), lines, tuple(twice), name)
    finally:
        loader.dispose()
