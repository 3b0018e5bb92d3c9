"""Passwords that guessers come to early, by zxcvbn (MIT): it carries 30,000 leaked passwords and knows rows of keys, dates, repetitions and 1337.

Refused is what it takes fewer than LEAST_GUESSES to reach: with 60 wrong tries of an account an hour, the most that the desk lets anybody make, that
is 190 years. Its dictionaries are English; what Chinese users are known to choose is added here.
"""

from collections.abc import Collection
from typing import Final

LEAST_GUESSES: Final = 10**8
LONGEST_JUDGED: Final = 24
"""Characters; zxcvbn takes 0.7 s for 66 hostile ones. A beginning that is hard to guess is not made easier by what follows."""
CHOSEN_OFTEN: Final = (
    "woaini", "woaiwojia", "mima", "wodemima", "nihao", "zhongguo", "beijing", "shanghai", "admin", "administrator", "guanli", "guanliyuan", "xitong",
    "ggzy", "gonggong", "ziyuan", "jiaoyi", "zhongxin", "jiebang", "unbind", "desk", "5201314", "1314520", "520", "1314", "168", "888", "666",
)


def guessable(password: str, known: Collection[str] = ()) -> bool:
    """Whether a guesser who knows the `known` words (the account's name) needs fewer than LEAST_GUESSES tries."""
    from zxcvbn import zxcvbn  # its word lists take 20 ms to load, and few commands need them

    judged = password[:LONGEST_JUDGED]
    return bool(judged) and int(zxcvbn(judged, user_inputs=[*known, *CHOSEN_OFTEN])["guesses"]) < LEAST_GUESSES
