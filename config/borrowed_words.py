"""Words of Django that our pages show, named so that our Portuguese catalogue holds them too.

Nothing imports this file: ``make messages`` reads it. Our catalogue comes before Django's, so what stands
here is said in our words: Django writes days and months with capitals, which Portuguese does not, and its
Portuguese has gaps.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext

DAYS = (
    *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")),
    *(_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")),
)

MONTHS = (
    *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June")),
    *(_("July"), _("August"), _("September"), _("October"), _("November"), _("December")),
)

GAPS = (
    _("Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
    _("Ensure this value is a multiple of step size %(limit_value)s."),
    _("“%(value)s” value must be a decimal number."),
    _("“%(value)s” value must be a float."),
    _("“%(value)s” value must be an integer."),
    _("“%(value)s” value must be either None, True or False."),
    _("“%(value)s” is not a valid UUID."),
    _("“%(pk)s” is not a valid value."),
    _("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    _(
        "%(datetime)s couldn’t be interpreted in time zone %(current_timezone)s; "
        "it may be ambiguous or it may not exist."
    ),
    _(
        "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. "
        "You may need to file a bug report if the issue persists."
    ),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("Error:"),
    ngettext("Please submit at most %(num)d form.", "Please submit at most %(num)d forms.", 0),
    ngettext("Please submit at least %(num)d form.", "Please submit at least %(num)d forms.", 0),
    ngettext(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        0,
    ),
)
