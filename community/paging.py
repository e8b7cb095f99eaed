from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator

from community.cursors import Order, first_of

LAST_PAGE = 200  # whoever has turned so many pages is better served by a filter, or is a robot


class Ahead(Page):
    """A page that knows whether another one follows, and not how many there are."""

    def __init__(self, rows: Sequence[Any], number: int, paginator: LookAhead, *, follows: bool) -> None:
        super().__init__(rows, number, paginator)
        self.follows = follows

    def has_next(self) -> bool:
        return self.follows and self.number < LAST_PAGE

    def next_page_number(self) -> int:
        return self.number + 1


class LookAhead(Paginator):
    """Pages without counting: each is read with one row more, whose presence says that another follows.

    With an ``order`` the rows come in it, whatever order they had.
    """

    def __init__(self, object_list: Any, per_page: int, *, order: Order | None = None, **options: Any) -> None:
        super().__init__(object_list, per_page, **options)
        self.order = order

    def validate_number(self, number: Any) -> int:
        try:
            page = int(str(number))
        except ValueError as error:
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from error
        if not 1 <= page <= LAST_PAGE:
            raise EmptyPage(self.error_messages["no_results"])
        return page

    def page(self, number: Any) -> Ahead:
        valid = self.validate_number(number)
        first = (valid - 1) * self.per_page
        most = first + self.per_page + 1
        found: Any = self.object_list
        rows = list((first_of(found, self.order, most=most) if self.order else found)[first:most])
        return Ahead(rows[: self.per_page], valid, self, follows=len(rows) > self.per_page)
