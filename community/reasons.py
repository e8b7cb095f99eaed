"""Why two members match, as a sentence of the reader's language. Whole patterns, never glued pieces."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from community.matching import Common, Match
from community.models import Interest, Region
from community.translated import told

NAMED = 4  # interests in a sentence; of more, three are named and the rest counted


def words_of(commons: Iterable[Common]) -> dict[str, str]:
    """The names of all regions and interests of these, by kind and slug, in two queries."""
    commons = list(commons)
    regions = Region.objects.filter(slug__in={slug for common in commons for slug in common.regions})
    interests = Interest.objects.filter(slug__in={slug for common in commons for slug in common.interests})
    names = {f"region:{row.slug}": _running_article(told(row, "name").text) for row in regions}
    return names | {f"interest:{row.slug}": _running(told(row, "name").text) for row in interests}


def with_reasons(matches: list[Match]) -> list[tuple[Match, str]]:
    """Each match with its reason in words."""
    names = words_of(match.common for match in matches)
    return [(match, reason(match.common, names)) for match in matches]


def reason(common: Common, names: dict[str, str]) -> str:
    """One sentence: what the reader and the other share. A slug that lost its name is left out."""
    regions = [names[key] for slug in common.regions if (key := f"region:{slug}") in names]
    interests = [names[key] for slug in common.interests if (key := f"interest:{slug}") in names]
    said = {"regions": enumerated(regions), "interests": enumerated(shortened(interests))}
    if regions and interests:
        pattern = ngettext(
            "Both from %(regions)s; you share %(interests)s.",
            "Both from %(regions)s; you share %(interests)s.",
            len(interests),
        )
    elif regions:
        pattern = _("Both from %(regions)s.")
    elif interests:
        pattern = ngettext("You share %(interests)s.", "You share %(interests)s.", len(interests))
    else:
        pattern = _("Nothing in common that both of you show.")
    return pattern % said


def enumerated(names: list[str]) -> str:
    """Names as a list within a sentence. Where one of them is a list itself, semicolons tell them apart."""
    if len(names) < 2:
        return "".join(names)
    is_nested = any("," in name or _conjunction() in name for name in names)
    *start, last = names
    if is_nested:
        middle, end = (
            pgettext("list of lists", "%(list)s; %(next)s"),
            pgettext("list of lists", "%(list)s; and %(last)s"),
        )
    else:
        middle = pgettext("list", "%(list)s, %(next)s")
        end = pgettext("list", "%(list)s and %(last)s")
    text = start[0]
    for name in start[1:]:
        text = middle % {"list": text, "next": name}
    return end % {"list": text, "last": last}


def shortened(names: list[str]) -> list[str]:
    """At most four: the first three and how many more there are."""
    if len(names) <= NAMED:
        return names
    more = len(names) - NAMED + 1
    return [*names[: NAMED - 1], ngettext("%(count)d more", "%(count)d more", more) % {"count": more}]


def _conjunction() -> str:
    return pgettext("list", "%(list)s and %(last)s") % {"list": "", "last": ""}


def _running_article(name: str) -> str:
    """A region as it stands within a sentence: “The Beiras” are the Beiras."""
    return name.replace("The ", "the ", 1) if name.startswith("The ") else name


def _running(name: str) -> str:
    """A name as it stands within a sentence: the capital of its first word goes, unless it is an acronym."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
