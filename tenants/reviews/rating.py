"""A product's average out of its counts. Pure."""

from collections.abc import Sequence


def count_of(by_stars: Sequence[int]) -> int:
    """Say how many reviews there are."""
    return sum(by_stars)


def average_of(by_stars: Sequence[int]) -> str:
    """Write the average with one decimal, halves rounded up; empty while there is no review.

    ``by_stars`` counts the reviews of one star, two, ... five.
    """
    count = count_of(by_stars)
    if not count:
        return ""
    stars = sum(stars * reviews for stars, reviews in enumerate(by_stars, start=1))
    tenths = (stars * 20 + count) // (2 * count)
    return f"{tenths // 10}.{tenths % 10}"


def masked(nickname: str) -> str:
    """Write a name that its bearer knows again and nobody else: 王阿姨 → 王**."""
    return f"{nickname[:1]}**"
