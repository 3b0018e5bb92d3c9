"""What people do at the desk's pages, as a browser does it:
every form is sent with the fields that its page showed."""

import re
from collections.abc import Mapping

import httpx
from lxml import html

FIRST_PASSWORD = "Desk-lvse-77"


class Page:
    """A page that was opened."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.address = answer.url.path
        self._document = html.document_fromstring(answer.text)

    @property
    def words(self) -> str:
        """What a person reads on it."""
        return re.sub(r"\s+", " ", self._document.body.text_content())

    def row(self, number: str) -> str:
        """What the table row of a case says."""
        (found,) = self._document.xpath(
            "//tr[.//a[starts-with(@href, $case)]]", case=f"/cases/{number}"
        )
        return re.sub(r"\s+", " ", found.text_content())

    def form(self, action: str) -> dict[str, list[str]]:
        """The fields that a browser sends with the form that goes there;
        one without an address goes to the page's own."""
        form = next(
            (one for one in self._document.forms if (one.action or self.address) == action), None
        )
        assert form is not None, (action, self.words)
        fields = [*form.iter("input", "textarea", "select")]
        if form.get("id"):
            fields += self._document.xpath("//*[@form=$id]", id=form.get("id"))
        sent: dict[str, list[str]] = {}
        for field in fields:
            if field.get("name") and (
                field.get("type") not in {"checkbox", "radio"} or field.checked
            ):
                sent.setdefault(field.get("name"), []).append(field.value or "")
        return sent


class Browser:
    """One browser with its cookies."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, follow_redirects=True, timeout=60)

    def open(self, path: str) -> Page:
        return Page(self._client.get(path))

    # never changed
    def send(
        self, page: Page, action: str, fields: Mapping[str, object] = {}, to: str = ""
    ) -> Page:
        """Send a form of the page, with these fields filled in.

        `to`: another address than the form's own.
        """
        return Page(self._client.post(to or action, data={**page.form(action), **fields}))

    def close(self) -> None:
        self._client.close()


class Administrator(Browser):
    """Somebody with all roles."""

    def log_in(self, name: str, once: str) -> None:
        password = self.send(self.open("/login"), "/login", {"name": name, "password": once})
        assert password.address == "/password", password.words
        done = self.send(
            password, "/password", {"old": once, "new": FIRST_PASSWORD, "again": FIRST_PASSWORD}
        )
        assert done.status == 200, done.words

    def case(self, number: str) -> Page:
        return self.open(f"/cases/{number}")

    def row(self, number: str) -> str:
        """The case in the list of those that wait."""
        return self.open("/").row(number)

    def approve(self, number: str, **reached: str) -> Page:
        """Open the case and approve it, with how the enterprise was reached or without."""
        looked = {"looked": "1", **reached}
        return self.send(self.case(number), f"/cases/{number}/approve", looked)

    def approve_in_a_batch(self, case_id: int, version: int) -> Page:
        """Approve the case as the list's form does, though nothing lets it be ticked there."""
        queue = self.open("/")
        return self.send(queue, "/batch", {"seen": f"{case_id}:{version}"}, to="/approve")
