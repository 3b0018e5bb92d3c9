"""Settings that config.yaml may hold, declared as fields of the dataclass
that the code itself takes."""

from dataclasses import field
from typing import Any


def setting(default: Any, why: str, *, example: str = "", kind: str = "", **bounds: float) -> Any:
    """A field that config.yaml may set; a field that is declared otherwise is none.

    `default`: the value, or a function that makes it. `why`: what it is for, with its unit.
    `example`: what config.yaml shows of it, as YAML; "" for what no operator decides. `kind`: of a
    text, a row of app.settings.setting_kinds.KINDS, or "file": a path below the folder of
    config.yaml. `bounds`: ge, gt, le, lt of a number.
    """
    described = {"description": why, "example": example, "kind": kind, **bounds}
    if callable(default):
        return field(default_factory=default, metadata=described)
    return field(default=default, metadata=described)
