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

# What allauth calls the first passkey and the others.
PASSKEYS = (_("Master key"), _("Backup key"), _("Key nr. {number}"))

# What the desk says in words of one side of the ocean, in the wrong gender, or in the spelling before 1990.
DESK = (
    _("View"),
    _("View %s"),
    _("History"),
    _("Objects"),
    _("Summary"),
    _("No, take me back"),
    _("Add link"),
    _("Change or view list link"),
    _("Toggle sorting"),
    _("Run the selected action"),
    _("Select this object for an action - {}"),
    _("Add another %(verbose_name)s"),
    _("Add another %(model)s"),
    _("Change selected %(model)s"),
    _("Delete selected %(model)s"),
    _("View selected %(model)s"),
    _("Delete selected %(verbose_name_plural)s"),
    _("Items must be selected in order to perform actions on them. No items have been changed."),
    _("The {name} “{obj}” was added successfully."),
    _("The {name} “{obj}” was changed successfully."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("The %(name)s “%(obj)s” was deleted successfully."),
    _("Change password"),
    _("Change password: %s"),
    _("Change my password"),
    _("Password change"),
    _("Password change successful"),
    _("Password changed successfully."),
    _("Your password was changed."),
    _("Set password"),
    _("Reset password"),
    _("password"),
    _("Password confirmation"),
    _("Old password"),
    _("New password"),
    _("New password confirmation"),
    _("Enter a new password for the user <strong>%(username)s</strong>."),
    _("Enter the same password as before, for verification."),
    _("The two password fields didn’t match."),
    _("Your old password was entered incorrectly. Please enter it again."),
    _(
        "Please enter your old password, for security’s sake, and then enter your new password twice "
        "so we can verify you typed it in correctly."
    ),
    _("The password is too similar to the %(verbose_name)s."),
    _("Your password can’t be too similar to your other personal information."),
    _("This password is too common."),
    _("Your password can’t be a commonly used password."),
    _("Designates that this user has all permissions without explicitly assigning them."),
    _("The groups this user belongs to. A user will get all permissions granted to each of their groups."),
    _("user permissions"),
    _("Specific permissions for this user."),
    ngettext(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        0,
    ),
)
