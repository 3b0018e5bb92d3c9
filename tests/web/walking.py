"""Every page of a site with every record that it can name, and what a page's bytes tell of secrets.

For tests/web/test_numbers_anywhere.py.
"""

import io
import itertools
import re
import zipfile
from html import unescape
from typing import ClassVar
from unicodedata import normalize

from starlette.routing import Mount

from core.data.case import State
from core.data.case_query import CaseQuery
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from tests.servers.pages import paths
from web.api import PATH as API
from web.console.mail_pages import PICTURES

PIECE = 8
NUMBER = re.compile(r"\d{17}[\dX]")


def runs(number):
    """Pieces of a number that are long enough to tell it."""
    return {number[at : at + PIECE] for at in range(len(number) - PIECE + 1)}


def told(content, secrets):
    """Which of the secrets a page's bytes show, and of numbers also eight characters on end,
    however they are parted or written."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    text = normalize("NFKC", unescape(content.decode("utf-8", "replace")))
    bare = re.sub(r"[\s\-.·_\u200b-\u200f\u2060\ufeff]+", "", text).upper()
    pieces = set().union(*(runs(found) for found in re.findall(rf"\d{{{PIECE - 1},}}[\dX]", bare)))
    return {
        secret
        for secret in secrets
        if (pieces & runs(secret) if NUMBER.fullmatch(secret) else secret in text)
    }


class Walk:
    """Every GET route with every record that it can name.

    `values`: by parameter; `own`: addresses of routes whose parameters belong together.
    """

    LISTS: ClassVar = {
        "/": [
            *(f"state={state}" for state in (*State, "by_hand", "any")),
            "find=解绑",
            "find=经办",
        ],
        "/mails": [f"disposition={one}" for one in (*Disposition, "waiting")],
        "/letters": [f"state={one}" for one in LetterState],
        "/find": ["words=公司"],
        "/enterprises": ["find=公司"],
    }

    def __init__(self, tx):
        cases, mails, firms = (
            tx.cases.find(CaseQuery(limit=200)),
            tx.mails.newest(limit=200),
            tx.accounts.find("", 200),
        )
        links = [
            tx.links.token(letter.link_id)
            for letter in tx.letters.newest(limit=200)
            if letter.link_id
        ]
        self.status = {case.number: tx.cases.status_token(case.number) for case in cases}
        self.tokens = {*links, *self.status.values()}
        papers = [
            (firm.id, paper.id)
            for firm in firms
            for paper in tx.papers.oldest(enterprise_id=firm.id)
        ]
        self.values = {
            "number": [case.number for case in cases],
            "_act": ["approve"],
            "mail_id": [mail.id for mail in mails],
            "index": range(3),
            "enterprise_id": [firm.id for firm in firms],
            "token": links,
            "picture": list(PICTURES),
            "paper_id": [paper for _, paper in papers],
        }
        self.own = {
            "/status/{number}/{token}": [
                f"/status/{number}/{token}" for number, token in self.status.items()
            ]
        }

    def addresses(self, path):
        if path in self.own:
            return self.own[path]
        names = re.findall(r"{(\w+)}", path)
        filled = [
            path.format(**dict(zip(names, chosen, strict=True)))
            for chosen in itertools.product(*(self.values[name] for name in names))
        ]
        return [*filled, *(f"{path}?{query}" for query in self.LISTS.get(path, ()))]


def routes(app):
    """The GET routes of console and portal; the API for systems says nothing
    of a case (tests/openid)."""
    [api] = [route.app for route in app.routes if isinstance(route, Mount) and route.path == API]
    return sorted(paths(app, "GET") - paths(api, "GET") - {"/metrics"})
