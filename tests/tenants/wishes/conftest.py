"""The books must add up after every test of this room."""

from tests.factories.books import books_add_up, broken_books

__all__ = ["books_add_up", "broken_books"]
