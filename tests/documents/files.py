"""Files for the tests: ordinary, locked, broken and hostile PDFs,
made here so that nothing hostile lies in the tree."""

import io
import zlib

import pypdf

from tests.drawing.generate import _assembled


def blank_pdf(pages: int = 1, box: str = "0 0 595 842") -> bytes:
    kids = " ".join(f"{n + 3} 0 R" for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
    ]
    objects += [f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]>>".encode()] * pages
    return _assembled(objects)


def with_content(
    stream: bytes, resources: bytes = b"<<>>", extra: tuple[bytes, ...] = (), *, flate: bool = False
) -> bytes:
    packed = zlib.compress(stream, 9) if flate else stream
    head = b"<</Length %d%s>>stream\n" % (len(packed), b"/Filter/FlateDecode" if flate else b"")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources%s>>" % resources,
        head + packed + b"\nendstream",
        *extra,
    ]
    return _assembled(objects)


def deflate_bomb() -> bytes:
    """A few kilobytes that unpack to two gigabytes of drawing commands, packed twice."""
    inner = zlib.compress(b"0 0 m 9 9 l S\n" * 4_000_000, 9)
    twice = zlib.compress(inner * 40, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % len(twice)
        + twice
        + b"\nendstream",
    ]
    return _assembled(objects)


def self_recursive_form() -> bytes:
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</F 5 0 R>>>>/Length "
        b"12>>stream\n/F Do /F Do \nendstream"
    )
    return with_content(b"/F Do", b"<</XObject<</F 5 0 R>>>>", (form,))


def nested_forms(depth: int = 40) -> bytes:
    """Each form draws the next one ten times: ten to the power of the depth."""
    forms = []
    for n in range(depth):
        body = b"/F Do " * 10 if n < depth - 1 else b"0 0 9 9 re f "
        inner = b"<</XObject<</F %d 0 R>>>>" % (6 + n) if n < depth - 1 else b"<<>>"
        forms.append(
            (
                b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources%s/Length %d>>stream\n"
                b"%s\nendstream"
            )
            % (inner, len(body), body)
        )
    return with_content(b"/F Do", b"<</XObject<</F 5 0 R>>>>", tuple(forms))


def locked(pdf: bytes, user: str, owner: str, algorithm: str = "RC4-128") -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    writer.encrypt(user_password=user, owner_password=owner, algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def without_xref(pdf: bytes) -> bytes:
    """Cut behind the last object: every reader must mend it."""
    return pdf[: pdf.rindex(b"xref\n0")]
