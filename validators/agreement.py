"""Whether mail, licence and seal speak of the same enterprise.

Seals were compared with the names that may be on them (papers.seals.asking). The name that was read
from a seal counts where it was not compared, or where that was unsure and the name read is equal.
Names are compared after folding (core.enterprise_names); an administrator sees any difference that
remains, however small, because an impostor's name differs in one character. The finding points at
the characters that differ, so that one look at the picture is enough. These findings never go into
a letter. Source: RULES.md section 4, match.*.
"""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator

from rapidfuzz.distance import Levenshtein

from core.cases.intake.request_sheet import code_in
from core.check_digits import USCC_ALPHABET, id_number_ok, uscc_ok
from core.data.documents import Part, PartKind, Seal, SealKind, SealVerdict
from core.data.finding import Finding
from core.enterprise_names import fold_name
from validators.absence import licence_papers
from validators.evidence import Evidence, seen
from validators.request_form import names_in_words

_MISREAD = 2  # characters of a doubtful name that may be misread, at most
# the shortest piece of a name, without legal form; in each so many characters one may be misread
_PIECE = 4
_FEW = 4  # differing characters that a finding points at; with more it is another name
_LEGAL_FORM = re.compile(r"(集团)?(股份)?有限(责任?)?(公司?)?$")  # whole, or its begin
_CODE = re.compile(rf"(?<![A-Z\d])[{USCC_ALPHABET}]{{18}}(?![A-Z\d])")
_HANDLER = frozenset({"经办人", "经办人姓名", "办理人", "办理人姓名"})
_PERSON = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]+(·[\u4e00-\u9fff]+)+")
_NOBODY = frozenset({"本人", "同上", "如上", "见附件", "法人", "法人代表", "无"})
_KIND_WORDS = re.compile(r"\(?((合同|财务|发票|业务|投标|报关)?专用章|公章|印章)(\(\d+\))?\)?$")


def enterprise_name(evidence: Evidence) -> Iterator[Finding]:
    """The licence names another enterprise than the mail."""
    in_words = names_in_words(evidence.request)
    for part in _named_parts(evidence):
        name = part.fields["enterprise_name"]
        if in_words and fold_name(name) not in in_words:
            yield seen(
                at=part,
                written=evidence.request.enterprise_names,
                read=name,
                differences=_differences(in_words, fold_name(name)),
            )


def seal(evidence: Evidence) -> Iterator[Finding]:
    """A seal bears another name than the licence's, or than the mail's where the licence gives
    none. One finding, of the first such seal."""
    expected = _expected(evidence)
    answers = _answers(evidence, expected)
    first = next((one for one, answer in answers if answer is SealVerdict.DIFFERS), None)
    if first is None:
        return
    odd = next((check.odd for check in first.checks if check.name in expected), ())
    if odd and (len(odd) <= _FEW or not first.text):
        yield seen("asked", first, differences=odd if len(odd) <= _FEW else ())
    else:
        differences = _differences(expected, seal_name(first))
        yield seen(at=first, read=first.text or "", differences=differences)


def credit_code(evidence: Evidence) -> Iterator[Finding]:
    """The mail names credit codes, and none of them is the licence's. One finding."""
    read, written = _codes_read(evidence), _codes_written(evidence.message.new_text)
    if read and written and not read & {*written}:
        yield seen(written=written, read=min(read))


def _codes_written(text: str) -> tuple[str, ...]:
    """The credit codes in a text that are right in themselves, once each."""
    found = _CODE.findall(unicodedata.normalize("NFKC", text).upper())
    return tuple(dict.fromkeys(one for one in found if uscc_ok(one) and not id_number_ok(one)))


def _codes_read(evidence: Evidence) -> set[str]:
    """The credit codes on the licences that were read without doubt."""
    return {
        part.fields["uscc"]
        for part in evidence.documents.licences
        if "uscc" in part.fields and "uscc" not in part.doubts
    }


def sheet(evidence: Evidence) -> Iterator[Finding]:
    """The request sheet was created for another credit code than the licence's. One finding."""
    read = _codes_read(evidence)
    for page in evidence.documents.pages:
        code = code_in(page.sheet.code) if page.sheet else None
        if read and code and code.uscc not in read:
            yield seen(at=(page.attachment, (page.number,)))
            return


def handler(evidence: Evidence) -> Iterator[Finding]:
    """The mail's form names a handler, and every ID card is another person's: their names share no
    character, so that a misread character does not explain it."""
    cards = evidence.documents.of(PartKind.ID_FRONT)
    on_cards = [card.fields.get("name", "") for card in cards]
    sure = all(on_cards) and not any("name" in card.doubts for card in cards)
    written = _handlers(evidence.message.new_text)
    if sure and cards and written and not {*"".join(on_cards)} & {*"".join(written)}:
        yield seen(at=cards[0], written=written, read=on_cards[0])


def _handlers(text: str) -> tuple[str, ...]:
    """The persons' names in the lines of a form for the handler (经办人：某某)."""
    lines = (line.replace("：", ":").partition(":") for line in text.splitlines())
    answers = [fold_name(answer) for label, _, answer in lines if fold_name(label) in _HANDLER]
    return tuple(name for name in answers if _PERSON.fullmatch(name) and name not in _NOBODY)


def unverified_seal(evidence: Evidence) -> Seal | None:
    """The first seal whose name is unsure, where no seal differs and none agrees; official seals
    alone, if there are any."""
    answers = _answers(evidence, _expected(evidence))
    official = [one for one in answers if one[0].kind is SealKind.OFFICIAL] or answers
    differs = any(answer is SealVerdict.DIFFERS for _, answer in answers)
    agrees = any(answer is SealVerdict.AGREES for _, answer in official)
    return official[0][0] if official and not differs and not agrees else None


def _expected(evidence: Evidence) -> frozenset[str]:
    """The names that a seal may bear, folded: the licence's.

    Where that was read with doubt, the mail's too, if it is nearly the same, or one of them nearly
    a piece of the other (a lamp's reflection hides the rest, or a neighbouring field is joined on).
    """
    in_words, on_licence = names_in_words(evidence.request), licence_names(evidence)
    if not on_licence:
        return in_words
    if all("enterprise_name" not in part.doubts for part in _named_parts(evidence)):
        return on_licence
    return on_licence | {
        name for name in in_words if any(_is_nearly(name, other) for other in on_licence)
    }


def _is_nearly(name: str, other: str) -> bool:
    """Whether two names are the same but for a few misread characters, or, without legal forms, one
    is a piece of the other but for those."""
    piece, whole = sorted((_LEGAL_FORM.sub("", one) for one in (name, other)), key=len)
    windows = (whole[start : start + len(piece)] for start in range(len(whole) - len(piece) + 1))
    misread = min(_MISREAD, len(piece) // _PIECE)
    return Levenshtein.distance(name, other) <= _MISREAD or (
        len(piece) >= _PIECE
        and any(Levenshtein.distance(piece, window) <= misread for window in windows)
    )


def _answers(evidence: Evidence, expected: frozenset[str]) -> list[tuple[Seal, SealVerdict]]:
    """The seals that were compared with an expected name or could be read, each with its verdict.

    A name read with guessed letters does not count where an official seal bears an expected name.
    """
    if not expected:
        return []
    sure = [s for s in evidence.documents.seals if not s.doubtful]
    seals = [s for s in sure if s.kind is not SealKind.AUTHORITY]
    is_confirmed = any(
        s.kind is SealKind.OFFICIAL and (seal_name(s) in expected or bears(s, expected))
        for s in seals
    )
    found: list[tuple[Seal, SealVerdict]] = []
    for one in seals:
        name = seal_name(one)
        if any(check.name in expected for check in one.checks):
            found.append((one, _answer_of(one, expected)))
        elif name and (one.legible or not is_confirmed):
            verdict = SealVerdict.AGREES if name in expected else SealVerdict.DIFFERS
            found.append((one, verdict))
    return found


def bears(seal: Seal, expected: Collection[str]) -> bool:
    """Whether a seal was compared with one of these folded names, and agrees."""
    return any(
        check.name in expected and check.verdict is SealVerdict.AGREES for check in seal.checks
    )


def _answer_of(seal: Seal, expected: frozenset[str]) -> SealVerdict:
    """A seal's verdict on the expected names together: AGREES by one of them, DIFFERS by all."""
    verdicts = dict.fromkeys(expected, SealVerdict.UNSURE) | {
        check.name: check.verdict for check in seal.checks if check.name in expected
    }
    name_read = seal_name(seal) if seal.legible else ""
    if SealVerdict.AGREES in verdicts.values() or verdicts.get(name_read) is SealVerdict.UNSURE:
        return SealVerdict.AGREES
    return SealVerdict.UNSURE if SealVerdict.UNSURE in verdicts.values() else SealVerdict.DIFFERS


def licence_names(evidence: Evidence) -> frozenset[str]:
    """The names on the licence, folded; those read with doubt only where there is no other."""
    return frozenset(fold_name(p.fields["enterprise_name"]) for p in _named_parts(evidence))


def seal_name(seal: Seal) -> str:
    """The name on a seal, folded, without the words that name its kind."""
    return _KIND_WORDS.sub("", fold_name(seal.text or ""))


def _differences(expected: Collection[str], name: str) -> tuple[tuple[str, str], ...]:
    """Where a folded name differs from the most similar of the expected ones, as (expected, read);
    () where it is another name altogether."""
    most_similar = max(
        expected,
        key=lambda other: difflib.SequenceMatcher(None, other, name, autojunk=False).ratio(),
    )
    steps = difflib.SequenceMatcher(None, most_similar, name, autojunk=False).get_opcodes()
    odd = tuple((most_similar[a:b], name[c:d]) for tag, a, b, c, d in steps if tag != "equal")
    return () if sum(max(len(theirs), len(ours)) for theirs, ours in odd) > _FEW else odd


def _named_parts(evidence: Evidence) -> tuple[Part, ...]:
    """The papers that give the licence's name, as `licence_names` chooses them."""
    named = tuple(
        p
        for p in licence_papers(evidence.documents)
        if fold_name(p.fields.get("enterprise_name", ""))
    )
    return tuple(p for p in named if "enterprise_name" not in p.doubts) or named
