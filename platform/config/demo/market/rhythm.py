"""How busy days are and how large baskets are, distilled from two years of a grocer's purchases."""

# Baskets of each of 42 consecutive days, as per cent of their average.
DAY_PERCENT = (
    *(116, 169, 101, 95, 122, 90, 111, 116, 122, 74, 101, 79, 37, 90, 132, 111, 74, 90, 79, 127, 101),
    *(111, 90, 69, 111, 85, 69, 79, 95, 74, 111, 101, 69, 122, 122, 106, 95, 90, 74, 116, 132, 143),
)
# Kinds of goods in a basket, each as often as it occurred (in some 13,000 baskets, scaled to one hundred).
BASKETS = (*(2,) * 69, *(3,) * 18, *(4,) * 9, *(5,) * 2, 6, 8)
