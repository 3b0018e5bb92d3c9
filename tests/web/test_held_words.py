"""Texts that hold words: the answers of the pairs are those of looking through all texts,
whatever was changed."""

import random

from web.common.word_index import HeldWords

ALPHABET = "公司科技北京ab1\n"


def test_what_is_found_is_what_a_look_through_all_texts_finds():
    rng = random.Random("held words")
    held, texts = HeldWords(), {}
    for _ in range(600):
        text_id, text = rng.randrange(80), "".join(rng.choices(ALPHABET, k=rng.randrange(12)))
        held.put(text_id, text)
        texts[text_id] = text
        words = [
            "".join(rng.choices(ALPHABET[:-1], k=rng.randrange(2, 4)))
            for _ in range(rng.randrange(1, 3))
        ]
        assert list(held.find(words)) == sorted(
            (one for one, whole in texts.items() if all(word in whole for word in words)),
            reverse=True,
        )


def test_nothing_that_is_sought_goes_over_two_fields():
    held = HeldWords()
    held.put(1, "华信\n公司")
    assert list(held.find(["信公"])) == []
