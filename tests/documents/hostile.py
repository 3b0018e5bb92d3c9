"""Files of the hostile set: one sheet of paper with a line of print, in every wrapping that a PDF
knows or that a stranger may think of.

The sheet has the grain of paper, so that nothing on it is pure white; its one line stands where
`LINE` says. `Reads` is an Ocr that reads it surely: then a page that shows the whole sheet proves
that no paper is on it, and whatever is not wholly seen must come out as doubt.
"""

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image, TiffImagePlugin

from papers.lines.ocr_models import Line
from tests.documents.fake_ocr import FakeOcr
from tests.drawing.generate import _assembled
from tests.drawing.seals import RED, seal

LINE = (0.1, 0.1, 0.6, 0.13)  # x0, y0, x1, y1 in fractions of the sheet
WIDTH, HEIGHT = 420, 594
PAGE = (595, 842)


class Reads(FakeOcr):
    """Reads the sheet's line at its place on any page, and nothing else."""

    def lines(self, image, quads=()):
        height, width = image.shape[:2]
        x0, y0, x1, y1 = LINE[0] * width, LINE[1] * height, LINE[2] * width, LINE[3] * height
        return [Line(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), "关于召开年度工作会议的通知", 0.99)]


@cache
def sheet() -> Image.Image:
    pixels = np.random.default_rng(1).integers(236, 250, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    y0, y1, x0, x1 = (
        int(f * n)
        for f, n in ((LINE[1], HEIGHT), (LINE[3], HEIGHT), (LINE[0], WIDTH), (LINE[2], WIDTH))
    )
    pixels[y0 + 3 : y1 - 3, x0 + 4 : x1 - 4 : 3] = 20
    pixels[y0 + 3 : y1 - 3 : 5, x0 + 4 : x1 - 4] = 20
    return Image.fromarray(pixels)


def shows_the_sheet(pixels: np.ndarray) -> bool:
    """Whether a drawn page (grey) has the line's ink at its place, and paper elsewhere."""
    height, width = pixels.shape
    y0, y1, x0, x1 = (
        int(f * n)
        for f, n in ((LINE[1], height), (LINE[3], height), (LINE[0], width), (LINE[2], width))
    )
    ink = pixels < 140
    inside = float(ink[y0:y1, x0:x1].mean())
    return inside > 0.25 and float(ink.sum()) - inside * (y1 - y0) * (x1 - x0) < 0.005 * ink.size


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(**options: object) -> bytes:
    return saved(sheet(), "JPEG", quality=60, **options)


def picture_pdf(
    head: bytes,
    data: bytes,
    *,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    draw: bytes = b"",
    page: bytes = b"",
    catalogue: bytes = b"",
    resources: bytes = b"",
    extra: tuple[bytes, ...] = (),
    box: tuple[int, int] = PAGE,
) -> bytes:
    """A page filled by one picture; `extra` objects begin at 6."""
    draw = draw or b"q %d 0 0 %d 0 0 cm /I Do Q" % box
    return _assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            (
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R/Resources<</XObject<"
                b"</I 5 0 R>>%s>>%s>>"
            )
            % (*box, resources, page),
            b"<</Length %d>>stream\n%s\nendstream" % (len(draw), draw),
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d%s/Length %d>>stream\n"
            % (*size, head, len(data))
            + data
            + b"\nendstream",
            *extra,
        ]
    )


DCT = b"/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
FLATE = b"/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"


def plain(**changes: object) -> bytes:
    return picture_pdf(DCT, jpeg(), **changes)


def cmyk_jpeg(*, decode: bool) -> bytes:
    """Adobe's inverted CMYK, as Photoshop and scanners write it;
    without /Decode every viewer shows a negative."""
    inverse = b"/Decode[1 0 1 0 1 0 1 0]" if decode else b""
    return picture_pdf(
        b"/ColorSpace/DeviceCMYK/BitsPerComponent 8/Filter/DCTDecode" + inverse,
        saved(sheet().convert("CMYK"), "JPEG"),
    )


def cmyk_flate() -> bytes:
    return picture_pdf(
        b"/ColorSpace/DeviceCMYK/BitsPerComponent 8/Filter/FlateDecode",
        zlib.compress(sheet().convert("CMYK").tobytes(), 1),
    )


def sixteen_bit() -> bytes:
    wide = (np.asarray(sheet()).astype(">u2") * 257).astype(">u2")
    return picture_pdf(
        b"/ColorSpace/DeviceRGB/BitsPerComponent 16/Filter/FlateDecode",
        zlib.compress(wide.tobytes(), 1),
    )


def jpeg_2000(share: float = 1.0) -> bytes:
    data = saved(sheet(), "JPEG2000")
    return picture_pdf(b"/Filter/JPXDecode", data[: int(len(data) * share)])


def two_tones() -> Image.Image:
    return sheet().convert("L").point(lambda v: 255 if v > 140 else 0).convert("1")


def fax_data() -> bytes:
    """The sheet in CCITT group 4, black as 0: one strip of a TIFF."""
    TiffImagePlugin.STRIP_SIZE = 2**24
    try:
        tiff = saved(two_tones(), "TIFF", compression="group4")
    finally:
        TiffImagePlugin.STRIP_SIZE = 65536
    tags = Image.open(io.BytesIO(tiff)).tag_v2
    return tiff[tags[273][0] : tags[273][0] + tags[279][0]]


def fax(share: float = 1.0) -> bytes:
    data = fax_data()
    head = (
        b"/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K "
        b"-1/Columns %d/Rows %d/BlackIs1 true>>"
    )
    return picture_pdf(head % (WIDTH, HEIGHT), data[: int(len(data) * share)])


def jbig2(share: float = 1.0) -> bytes:
    """One page with one generic region, coded as a fax is (MMR); JBIG2 has black as 1."""
    data = fax_data()
    region = struct.pack(">IIIIB", WIDTH, HEIGHT, 0, 0, 0) + b"\x01" + data
    page = struct.pack(">IIIIBH", WIDTH, HEIGHT, 0, 0, 0, 0)
    segments = ((0, 48, page), (1, 38, region), (2, 49, b""))
    stream = b"".join(
        struct.pack(">IBBBI", n, kind, 0, 1, len(body)) + body for n, kind, body in segments
    )
    head = b"/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]/Filter/JBIG2Decode"
    return picture_pdf(head, stream[: int(len(stream) * share)])


def cut_jpeg(share: float, *, zeros: bool = False, page: bytes = b"") -> bytes:
    data = jpeg()
    kept = data[: int(len(data) * share)]
    return picture_pdf(DCT, kept + bytes(len(data) - len(kept)) if zeros else kept, page=page)


def cut_flate(share: float) -> bytes:
    data = zlib.compress(sheet().tobytes(), 1)
    return picture_pdf(FLATE, data[: int(len(data) * share)])


def hundred_megapixels() -> bytes:
    """10,000 × 10,000 black pixels in three colours: 300 MB from 300 kB."""
    return picture_pdf(FLATE, zlib.compress(bytes(300_000_000), 1), size=(10_000, 10_000))


def thousand_pictures() -> bytes:
    marks = b"".join(
        b"q 12 0 0 12 %d %d cm /I Do Q\n" % (20 + (n % 33) * 16, 20 + n // 33 * 25)
        for n in range(1000)
    )
    return picture_pdf(
        b"/ColorSpace/DeviceRGB/BitsPerComponent 8",
        bytes(range(0, 240, 5)),
        size=(4, 4),
        draw=marks,
    )


def in_trailer(words: bytes) -> bytes:
    return plain().replace(b"trailer\n<<", b"trailer\n<<" + words)


def locked_to_a_certificate() -> bytes:
    return in_trailer(
        b"/Encrypt<</Filter/Adobe.PubSec/SubFilter/adbe.pkcs7.s5/V 4/R 4/Length "
        b"128/CF<</DefaultCryptFilter<</CFM/AESV2/Length 16"
        b"/Recipients[(0)]>>>>/StmF/DefaultCryptFilter/StrF/DefaultCryptFilter>>/ID[<00><00>]"
    )


def xref_loop() -> bytes:
    return in_trailer(b"/Prev %d" % plain().rindex(b"xref\n0"))


def object_stream_loop() -> bytes:
    """The catalogue lies in an object stream that extends itself;
    the table names itself as the one before it."""
    body = b"2 0 3 30<</Type/Catalog/Pages 3 0 R>><</Type/Pages/Count 1/Kids[3 0 R]>>"
    head = b"%PDF-1.5\n"
    out = (
        head
        + b"1 0 obj\n<</Type/ObjStm/N 2/First 8/Extends 1 0 R/Length %d>>stream\n" % len(body)
        + body
        + b"\nendstream\nendobj\n"
    )
    table = len(out)
    rows = b"".join(
        struct.pack(">BIB", *row)
        for row in ((0, 0, 255), (1, len(head), 0), (2, 1, 0), (2, 1, 1), (1, table, 0))
    )
    out += b"4 0 obj\n<</Type/XRef/Size 5/W[1 4 1]/Root 2 0 R/Length %d/Prev %d>>stream\n" % (
        len(rows),
        table,
    )
    return out + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % table


def enclosing(inner: bytes, *, portfolio: bool = False, name: bytes = b"inner") -> bytes:
    """The sheet as a cover, with a file inside the file."""
    collection = b"/Collection<</Type/Collection/View/T>>" if portfolio else b""
    return plain(
        catalogue=b"/Names<</EmbeddedFiles<</Names[(%s) 6 0 R]>>>>%s" % (name, collection),
        extra=(
            b"<</Type/Filespec/F(%s)/EF<</F 7 0 R>>>>" % name,
            b"<</Type/EmbeddedFile/Length %d>>stream\n" % len(inner) + inner + b"\nendstream",
        ),
    )


def dynamic_form() -> bytes:
    """XFA, shown by Adobe alone: every other viewer shows its placeholder page."""
    packet = b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template/></xdp:xdp>'
    return plain(
        catalogue=b"/AcroForm<</Fields[]/XFA 6 0 R>>/NeedsRendering true",
        extra=(b"<</Length %d>>stream\n" % len(packet) + packet + b"\nendstream",),
    )


def missing_font() -> bytes:
    """The sheet, and under it Chinese words in a font without glyphs: what a machine without
    Chinese fonts leaves of a font that is not embedded."""
    codes = bytes(range(0x41, 0x49))
    pairs = b" ".join(b"<%02x> <%04x>" % (code, 0x8425 + code) for code in codes)
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType "
        b"2 def 1 begincodespacerange <00> <ff> "
        b"endcodespacerange %d beginbfchar %s endbfchar endcmap end end" % (len(codes), pairs)
    )
    draw = b"q %d 0 0 %d 0 0 cm /I Do Q BT /F 20 Tf 60 420 Td (%s) Tj 0 -60 Td (%s) Tj ET" % (
        PAGE[0],
        PAGE[1],
        codes,
        codes,
    )
    glyphs = b" ".join(b"/g%02x 8 0 R" % code for code in codes)
    names = b" ".join(b"/g%02x" % code for code in codes)
    return page_of_words(
        draw,
        (
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 "
            b"0]/CharProcs<<%s>>/Encoding<</Type/Encoding"
            b"/Differences[65 %s]>>/FirstChar 65/LastChar 72/Widths[%s]/ToUnicode 7 0 "
            b"R/Resources<<>>>>" % (glyphs, names, b"1000 " * 8),
            b"<</Length %d>>stream\n%s\nendstream" % (len(to_unicode), to_unicode),
            b"<</Length 35>>stream\n1000 0 0 0 1000 1000 d1 0 0 0 0 re f\nendstream",
        ),
    )


def page_of_words(draw: bytes, font: tuple[bytes, ...]) -> bytes:
    """A page that is drawn with the font /F alone, whose objects are the sixth and those behind."""
    return picture_pdf(
        b"/ColorSpace/DeviceRGB/BitsPerComponent 8",
        b"\xf5\xf5\xf5",
        size=(1, 1),
        draw=draw,
        resources=b"/Font<</F 6 0 R>>",
        extra=font,
    )


SONG = (
    (
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/"
        b"DescendantFonts[7 0 R]>>"
    ),
    (
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/"
        b"Ordering(GB1)/Supplement 4>>"
        b"/DW 1000/FontDescriptor 8 0 R>>"
    ),
    (
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 "
        b"880]/ItalicAngle 0/Ascent 880/Descent -120/StemV 93>>"
    ),
)
"""A Chinese font that is not in the file (Adobe's Asian pack), as objects 6 to 8."""


def chinese_without_its_font() -> bytes:
    text = "营业执照 统一社会信用代码 法定代表人 有限责任公司".encode("utf-16-be").hex().encode()
    draw = b"BT /F 15 Tf 40 700 Td <" + text + b"> Tj ET"
    return page_of_words(draw, SONG)


def printed(lines: tuple[tuple[int, int, int, str], ...], *, wrong: bool) -> bytes:
    """A page that a program printed: lines of (size, x, y, text).

    `wrong`: its font maps every glyph to another character, as fonts against copying do.
    """
    draw = b"".join(
        b"BT /F %d Tf %d %d Td <%s> Tj ET\n" % (*place, text.encode("utf-16-be").hex().encode())
        for *place, text in lines
    )
    cmap = (
        b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange "
        b"1 beginbfrange <0001> <2000> <5200> endbfrange endcmap"
    )
    composite, *others = SONG
    return page_of_words(
        draw,
        (
            composite.replace(b">>", b"/ToUnicode 9 0 R>>") if wrong else composite,
            *others,
            b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap),
        ),
    )


def layered(*, shown: bool) -> bytes:
    """The sheet on a layer that its author switched on or off."""
    state = b"ON" if shown else b"OFF"
    return plain(
        draw=b"/OC /L BDC q %d 0 0 %d 0 0 cm /I Do Q EMC" % PAGE,
        resources=b"/Properties<</L 6 0 R>>",
        catalogue=b"/OCProperties<</OCGs[6 0 R]/D<</%s[6 0 R]/Order[6 0 R]>>>>" % state,
        extra=(b"<</Type/OCG/Name(layer)>>",),
    )


def annotated(
    kind: bytes, *, form: bytes = b"", seal_face: bool = True, more: tuple[bytes, ...] = ()
) -> bytes:
    """The sheet, and an annotation at the lower right whose face is a red seal on a clear ground.

    `more` objects begin at 10.
    """
    ink = seal(
        "北京甲乙丙工程有限公司", bottom="", number="1101123456789", size_px=340, colour=RED
    ).convert("RGBA")
    colour, opacity = (
        zlib.compress(ink.convert("RGB").tobytes(), 1),
        zlib.compress(ink.getchannel("A").tobytes(), 1),
    )
    size = b"/Width %d/Height %d/BitsPerComponent 8/Filter/FlateDecode" % ink.size
    face = b"q 120 0 0 120 0 0 cm /I Do Q"
    return plain(
        page=b"/Annots[6 0 R]",
        catalogue=form,
        extra=(
            b"<</Type/Annot%s/Rect[380 200 500 320]%s>>"
            % (kind, b"/AP<</N 7 0 R>>" if seal_face else b""),
            (
                b"<</Type/XObject/Subtype/Form/BBox[0 0 120 120]/Resources<</XObject<</I 8 0 "
                b"R>>>>/Length %d>>stream\n%s\nendstream"
            )
            % (len(face), face),
            b"<</Type/XObject/Subtype/Image/ColorSpace/DeviceRGB%s/SMask 9 0 R/Length %d>>stream\n"
            % (size, len(colour))
            + colour
            + b"\nendstream",
            b"<</Type/XObject/Subtype/Image/ColorSpace/DeviceGray%s/Length %d>>stream\n"
            % (size, len(opacity))
            + opacity
            + b"\nendstream",
            *more,
        ),
    )


SEAL_AT = (380 / 595, 1 - 320 / 842, 500 / 595, 1 - 200 / 842)
"""Where `annotated` has its seal, in fractions of the page."""
