# Django's Portuguese, but for the calendar on the wall: weeks in London begin on Monday.
FIRST_DAY_OF_WEEK = 1
