"""The seals of a calibration on one page of HTML: pictures beside expected names and answers, so that a person judges fifty mails in minutes.

All is in the one file; it names and shows what is on seals, nothing of a card that was recognised. Whoever makes it keeps it as carefully as the scans.
"""

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from core.cases.submission import Documents, Seal, SealKind
from core.cases.words import SEALS, seal_answer
from core.errors import DeskError
from mail_intake.documents.reading import Reading

_HEAD: Final = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>印章核对</title>
<style>body{font:14px sans-serif;margin:16px}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:6px 10px;text-align:left;vertical-align:top}
img{display:block;max-width:420px;margin-bottom:4px}.right{background:#e9f5ea}.wrong{background:#fbe3e1}.doubtful,.missing{background:#fdf3d8}</style>
<h1>印章核对</h1><p>文字下标色：绿为一致，红为不一致，黄为未看清。底色：绿为与标注相符，红为不符，黄为存疑或未找到。</p>
<table><tr><th>文件</th><th>应有印章</th><th>图像</th><th>读取与答复</th></tr>"""
Row = tuple[str, str, str, Reading]
"""A file, the name that its seal should bear, the outcome (right, wrong, doubtful, missing), and what was read."""


def refuse_existing(path: Path) -> None:
    """Raise DeskError for a file that is there: to be called before hours of reading."""
    if path.exists():
        raise DeskError(f"{path} 已存在，不会覆盖；请换一个文件名。")


def write_page(path: Path, rows: Sequence[Row]) -> None:
    """The page as a new file of mode 600. Raises DeskError where it cannot be written."""
    refuse_existing(path)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.writelines([_HEAD, *(line for row in rows for line in _lines(*row)), "</table></html>\n"])
    except OSError as error:
        raise DeskError(f"无法写入 {path}（{error.strerror}）。") from error


def _lines(file: str, wanted: str, outcome: str, reading: Reading) -> Iterator[str]:
    """A row a seal, the registry's own left out; one row where there is none."""
    seals = own_seals(reading.documents)
    for seal in seals:
        pictures = "".join(_picture(reading.images, sha256) for sha256 in (seal.crop_sha256, seal.unrolled_sha256) if sha256)
        yield _line(outcome, file, wanted, pictures, "<br>".join(map(escape, _said(seal))))
    if not seals:
        yield _line(outcome, file, wanted, "", "没有找到印章")


def _line(outcome: str, file: str, wanted: str, pictures: str, said: str) -> str:
    return f'<tr class="{outcome}"><td>{escape(file)}</td><td>{escape(wanted)}</td><td>{pictures}</td><td>{said}</td></tr>\n'


def own_seals(documents: Documents) -> list[Seal]:
    return [seal for seal in documents.seals if seal.kind is not SealKind.AUTHORITY]


def _said(seal: Seal) -> list[str]:
    doubt = "（存疑）" if seal.doubtful else ""
    return [SEALS[seal.kind] + doubt, f"读作 {seal.text}" if seal.text else "（印文未读出）", *(seal_answer(check, check.name) for check in seal.checks)]


def _picture(images: Mapping[str, bytes], sha256: str) -> str:
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(images[sha256]).decode()}" alt="印章">' if sha256 in images else ""
