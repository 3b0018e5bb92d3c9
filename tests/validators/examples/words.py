"""What the mail says."""

from dataclasses import replace

from core.data.submission import Answer
from tests.validators.builders import (
    NAME,
    OTHER_NAME,
    complete_submission,
    documents,
    form,
    id_back,
    id_front,
    letter,
    licence,
    message,
    page,
)
from tests.validators.examples.example import F, T, U, add, said

add("request.enterprise_name.missing", T, "no name in subject or text", said(enterprise_names=()))
add("request.enterprise_name.missing", T, "only blanks", said(enterprise_names=("　",)))
add("request.enterprise_name.missing", F, "said")
add(
    "request.enterprise_name.missing",
    U,
    "spoken of unclearly",
    said(enterprise_names=(), name_unread=True),
    instead="request.unread",
)
add(
    "request.enterprise_name.missing",
    U,
    "only in the letter",
    said(enterprise_names=(), from_letter=frozenset({"enterprise_name"})),
    instead="request.unread",
)
add(
    "request.enterprise_name.missing",
    U,
    "two names",
    said(enterprise_names=(NAME, OTHER_NAME)),
    instead="request.enterprise_name.ambiguous",
)

for _field, _code in (("unbind", "request.unbind"), ("reset_password", "request.reset_password")):
    add(f"{_code}.missing", T, "not said", said(**{_field: Answer.MISSING}))
    add(f"{_code}.missing", F, "said yes", said(**{_field: Answer.YES}))
    add(
        f"{_code}.missing",
        F,
        "said no",
        said(unbind=Answer.YES, **({} if _field == "unbind" else {_field: Answer.NO})),
    )
    add(f"{_code}.missing", U, "unclear", said(**{_field: Answer.UNREAD}), instead="request.unread")
    add(
        f"{_code}.missing",
        U,
        "only in the letter",
        said(**{_field: Answer.MISSING}, from_letter=frozenset({_field})),
        instead="request.unread",
    )
    add(
        f"{_code}.missing",
        U,
        "the letter says yes",
        said(**{_field: Answer.YES}, from_letter=frozenset({_field})),
        instead="request.unread",
    )
    add(
        f"{_code}.missing",
        U,
        "a letter on a page that was not read well",
        complete_submission(
            request=form(**{_field: Answer.MISSING}),
            documents=documents(
                pages=(page(1), page(2), page(3, confident=False)),
                parts=(id_front(), id_back(), licence(), letter(3, text="…")),
            ),
        ),
        instead="request.unread",
    )
    for _tells, _letter in (
        ("in doubt", replace(letter(3, text="…"), doubts=("text",))),
        ("without words", letter(3)),
    ):
        add(
            f"{_code}.missing",
            U,
            f"a letter read {_tells}",
            complete_submission(
                request=form(**{_field: Answer.MISSING}),
                documents=documents(
                    pages=(page(1), page(2), page(3)),
                    parts=(id_front(), id_back(), licence(), _letter),
                ),
            ),
            instead="request.unread",
        )
    add(f"{_code}.ambiguous", T, "both", said(**{_field: Answer.AMBIGUOUS}))
    add(f"{_code}.ambiguous", F, "one", said(**{_field: Answer.YES}))
    add(
        f"{_code}.ambiguous",
        U,
        "unclear is not both",
        said(**{_field: Answer.UNREAD}),
        instead="request.unread",
    )
add(
    "request.unbind.missing",
    T,
    "the letter was read and does not say it",
    complete_submission(
        request=form(unbind=Answer.MISSING),
        documents=documents(
            pages=(page(1), page(2), page(3)),
            parts=(id_front(), id_back(), licence(), letter(3, text="兹委托张三办理")),
        ),
    ),
)

add("request.unread", T, "unclear unbind", said(unbind=Answer.UNREAD))
add("request.unread", T, "unclear name", said(enterprise_names=(), name_unread=True))
add("request.unread", T, "said by a forwarded mail", complete_submission(message(is_forward=True)))
add("request.unread", T, "denied above", complete_submission(message(new_text="有人冒充我单位")))
add("request.unread", F, "all said")
add("request.unread", F, "a name said although another sentence is unclear", said(name_unread=True))
add(
    "request.unread",
    U,
    "only the letter says it",
    said(unbind=Answer.MISSING, from_letter=frozenset({"unbind"})),
    instead="request.unread",
)

add("request.enterprise_name.ambiguous", T, "two names", said(enterprise_names=(NAME, OTHER_NAME)))
add("request.enterprise_name.ambiguous", F, "one name", said())
add(
    "request.enterprise_name.ambiguous",
    F,
    "one name in two widths",
    said(enterprise_names=("北京（甲）有限公司", "北京(甲) 有限公司")),
)
add(
    "request.enterprise_name.ambiguous",
    U,
    "two names are never a rejection",
    said(enterprise_names=(NAME, OTHER_NAME, "甲公司")),
)

add(
    "request.nothing_requested", T, "both refused", said(unbind=Answer.NO, reset_password=Answer.NO)
)
add("request.nothing_requested", F, "reset only", said(unbind=Answer.NO, reset_password=Answer.YES))
add(
    "request.nothing_requested",
    F,
    "not said is not refused",
    said(unbind=Answer.NO, reset_password=Answer.MISSING),
)
add(
    "request.nothing_requested",
    U,
    "one refusal is unclear",
    said(unbind=Answer.NO, reset_password=Answer.UNREAD),
    instead="request.unread",
)
add(
    "request.nothing_requested",
    U,
    "refused only by the letter",
    said(unbind=Answer.NO, reset_password=Answer.NO, from_letter=frozenset({"unbind"})),
    instead="request.unread",
)
