from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.timezone import now

from community.mailboxes import mailbox_of
from community.models import Invitation, Member, Rank, StaffChange

HOLDS = timedelta(days=7)


class Command(BaseCommand):
    """Stands in for the second administrator of a town that has none, and for both where the only one lost their keys.

    Run as the owner. It refuses where enough administrators are there to say it themselves.
    """

    help = "Confirm the invitation that waits for a member, or (--rank) invite and confirm, where no administrator can."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the member's account")
        parser.add_argument("--rank", choices=Rank.values, help="what they are to be, if no invitation waits")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        member = Member.objects.filter(email=mailbox_of(options["email"]), is_active=True).first()
        if member is None:
            raise CommandError("No open account has this address: they join at the site first.")
        others = Member.objects.filter(is_superuser=True, is_staff=True, is_active=True).exclude(pk=member.pk)
        waiting = Invitation.objects.filter(member=member).standing(at=now()).filter(seconded_at=None).first()
        if waiting is not None:
            if any(other.pk != waiting.invited_by_id for other in others):
                raise CommandError("There is another administrator, who confirms this at the desk.")
        elif not options["rank"]:
            raise CommandError("No invitation waits for them: say --rank to invite them yourself.")
        elif others.count() > 1:
            raise CommandError("There are two administrators, who do this at the desk.")
        at = now()
        invitation = waiting or Invitation(member=member, rank=options["rank"], invited_at=at)
        invitation.starts_anew = True
        invitation.by_operator, invitation.seconded_at, invitation.sent_to = True, at, member.email.lower()
        invitation.expires_at = at + HOLDS
        invitation.save()
        StaffChange.objects.create(at=at, kind=StaffChange.Kind.SECONDED, member=member, rank=invitation.rank)
        self.stdout.write("Confirmed. The worker mails them their link within a minute.")
