"""What to look at in each kind of document. A list helps to see; it decides nothing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

EVERY_PAPER = (
    _("The name is the one the member gave, or a note says why it is not: marriage, spelling, a missing middle name."),
    _("Everything is in the picture: four corners, no finger, no glare over a name or a date."),
    _("Letters are of one hand: same typeface, size and line, no halo around a name or a date."),
)
LISTS: dict[str, tuple[Any, ...]] = {
    "passport": (
        _("The country is one where Portuguese is spoken, or the place of birth is in one."),
        _("The two lines at the foot say the same name, number and dates as the page above them."),
        _("The day it ends is still to come; one that ended tells of a tie all the same: ask if you doubt."),
    ),
    "identity_card": (
        _("Front and back are there and are of the same card."),
        _("The number, the name and the date of birth agree on both sides."),
        _("A residence permit of a third country is no proof of a tie by itself: look at the place of birth."),
    ),
    "birth": (
        _("The place of birth, or that of a parent or grandparent, is in a Portuguese-speaking country."),
        _("The line from that person to the member can be followed: names of parents agree from paper to paper."),
        _("Registry, book and number of the entry are there, and a date it was issued."),
    ),
    "citizenship": (
        _("It says citizenship, not an application for it."),
        _("The office that issued it and the number of the record are there."),
        _("How it was gained does not matter: descent, marriage and residence count alike."),
    ),
    "other": (
        _("It says by itself who it is about and what ties them to a Portuguese-speaking country."),
        _("Someone who answers for it issued it: a registry, a school, a parish, a consulate."),
        _("If you have never seen one like it, ask another moderator with a note before you decide."),
    ),
    "cultural_knowledge": (
        _("The score is counted by the town; what was asked stays there. Nine of twelve is enough to be handed in."),
        _("Just enough were right, and neither note nor profile tells of a tie: ask what it is."),
        _("Two tries soon after each other with very different scores: ask before you decide."),
    ),
    "community_reference": (
        _("Both referees wear the badge; the town has checked that neither vouches in a ring with the applicant."),
        _("You are neither a friend of the applicant nor of a referee. If you are, declare it."),
        _("The note and the profile tell the same story. If they do not, ask."),
    ),
}


EVERY_CLAIM_PAPER = (
    _("The name and the address on it are those of the listing, or a note says why they are not."),
    _("It names whoever claims, or their part in the business can be followed: a director, a tenant, a licensee."),
    _("Letters are of one hand: same typeface, size and line, no halo around a name or a date."),
)
CLAIM_LISTS: dict[str, tuple[Any, ...]] = {
    "registration": (
        _("The company number is on it; the public register has the same name and a company that is active."),
        _("A registered office elsewhere is common: look for the trading name or the address of the shop."),
    ),
    "bill": (
        _("It is of the last three months: business rates, energy, water, telephone, insurance."),
        _("It is made out to the business or to whoever claims, at this address; a delivery note proves neither."),
    ),
    "licence": (
        _("An authority issued it: the council, the fire service, a regulator; its number is there."),
        _("It is valid today, and for this address."),
    ),
    "lease": (
        _("The address is the shop’s, the tenant is the business or whoever claims, and both sides signed."),
        _("It has not run out."),
    ),
    "bank_letter": (
        _("The bank’s name and a date of the last three months are on it; amounts and numbers may be covered."),
        _("The account is the business’s; a private account shows nothing."),
    ),
    "another": (
        _("It says by itself which business it is about and who may speak for it."),
        _("If you have never seen one like it, ask them for another before you decide."),
    ),
}


def claim_checklist(kinds: list[str]) -> list[Any]:
    """What to look at in the documents of a claim, each once; nothing where there is none."""
    special = [line for kind in dict.fromkeys(kinds) for line in CLAIM_LISTS[kind]]
    return [*special, *EVERY_CLAIM_PAPER] if kinds else []


def checklist(route: str, kinds: list[str]) -> list[Any]:
    """What to look at in a case of this route with documents of these kinds, each once."""
    if route != "document":
        return list(LISTS[route])
    special = [line for kind in dict.fromkeys(kinds) for line in LISTS[kind]]
    return [*special, *EVERY_PAPER]
