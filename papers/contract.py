"""Documents and seals as other programs get them: the "documents" and "seals" parts
of RULES.md section 5."""

from typing import Any

from core.data.documents import Box, Documents, Part, PartKind

_FIELDS = {
    PartKind.ID_FRONT: ("name", "id_number"),
    PartKind.ID_BACK: ("valid_until",),
    PartKind.LICENCE: ("enterprise_name", "uscc", "legal_representative", "valid_until"),
}


def box_json(box: Box) -> list[float]:
    """[x0, y0, x1, y1] in fractions of the upright page."""
    return [round(v, 4) for v in (box.x0, box.y0, box.x1, box.y1)]


def _part_json(part: Part) -> dict[str, Any]:
    kind = PartKind.OTHER if part.kind is PartKind.REQUEST_LETTER else part.kind
    fields = {name: part.fields.get(name) for name in _FIELDS.get(part.kind, ())}
    return {
        "attachment": part.attachment,
        "page": part.page,
        "kind": kind.value,
        "fields": fields,
        "box": box_json(part.box),
        "confidence": round(part.confidence, 3),
    }


def documents_json(documents: Documents) -> list[dict[str, Any]]:
    """One object a part, in page order.

    A field that was not read is null; a request letter is `other`.
    """
    return [_part_json(part) for part in documents.parts]


def seals_json(documents: Documents) -> list[dict[str, Any]]:
    """One object a seal."""
    return [
        {
            "attachment": s.attachment,
            "page": s.page,
            "box": box_json(s.box),
            "text": s.text,
            "kind": s.kind.value,
        }
        for s in documents.seals
    ]
