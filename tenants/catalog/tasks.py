"""The catalogue's work in the background."""

from typing import Any

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.catalog.services import arrange_pictures, editor_drafts, search_words_of


@shared_task(base=StoreTask)
def purge_pictures(*, store: str, **_newer: Any) -> None:
    """Delete the files of pictures that were removed more than a day ago."""
    arrange_pictures.purge_pictures(now=clock.now())


@shared_task(base=StoreTask)
def cut_search_words(*, store: str, **_newer: Any) -> None:
    """Cut the letters of products that were written before the search had an index, 500 a time."""
    while search_words_of.write_missing_search_words():
        pass


@shared_task(base=StoreTask)
def purge_drafts(*, store: str, **_newer: Any) -> None:
    """Forget what was typed into the editor and left there for two weeks."""
    editor_drafts.purge_drafts(now=clock.now())
