from django.db import migrations, models

# What was taken back before had its five years from the decision.
WORN = """
UPDATE verification_case SET worn_from = decided_at, worn_until = decided_at + interval '5 years' WHERE revoked_for <> '';
"""

ASK = """
-- Why someone may have no part in taking a case's badge back; NULL if they may.
CREATE FUNCTION bar_to_revoking(its_case uuid, someone uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE
            WHEN NOT EXISTS (SELECT FROM community_member
                              WHERE id = someone AND is_superuser AND is_staff AND is_active) THEN 'no_rank'
            WHEN EXISTS (SELECT FROM verification_stop WHERE moderator_id = someone AND lifted_at IS NULL)
                THEN 'stopped'
            WHEN c.member_id = someone THEN 'own_case'
            WHEN EXISTS (SELECT conflicts_of(c.id, someone)) THEN 'conflict'
        END FROM verification_case AS c WHERE c.id = its_case
    $$;

-- The proposal to take a case's badge back that stands: for fourteen days, while nobody set it aside, and while whoever
-- made it might still make it.
CREATE FUNCTION proposal_on(its_case uuid) RETURNS verification_vote LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT v.* FROM verification_vote AS v JOIN verification_case AS c ON c.id = v.case_id
         WHERE v.case_id = its_case AND c.status = 'approved' AND v.verdict = 'revoke' AND v.sentence <> ''
           AND v.at > now() - interval '14 days' AND v.by_id IS NOT NULL
           AND bar_to_revoking(its_case, v.by_id) IS NULL
           AND NOT EXISTS (SELECT FROM verification_vote AS k
                            WHERE k.case_id = its_case AND k.verdict = 'keep' AND k.at >= v.at)
         ORDER BY v.at DESC LIMIT 1
    $$;

-- The same for the desk: the case, who proposed it, and whether whoever asks may be the second.
CREATE FUNCTION proposals() RETURNS TABLE (its_case uuid, its_number integer, vote uuid, bar text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT c.id, c.number, p.id,
               CASE WHEN p.by_id = current_member() THEN 'voted_already'
                    ELSE bar_to_revoking(c.id, current_member()) END
          FROM (SELECT DISTINCT case_id FROM verification_vote
                 WHERE verdict = 'revoke' AND at > now() - interval '14 days') AS v
          JOIN verification_case AS c ON c.id = v.case_id
          CROSS JOIN LATERAL proposal_on(c.id) AS p
         WHERE p.id IS NOT NULL AND works_at_the_desk() AND c.member_id IS DISTINCT FROM current_member()
         ORDER BY p.at
    $$;

-- A case, the appeal that rests on it, and the appeal that rests on that.
CREATE FUNCTION cases_upon(its_case uuid) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2
    SET search_path = public, pg_temp
    AS $$
        WITH RECURSIVE upon (id) AS (
            SELECT its_case UNION SELECT a.id FROM verification_case AS a JOIN upon ON a.appeal_of_id = upon.id)
        SELECT id FROM upon
    $$;

-- A case, and those that it rests on.
CREATE FUNCTION cases_below(its_case uuid) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2
    SET search_path = public, pg_temp
    AS $$
        WITH RECURSIVE below (id) AS (
            SELECT its_case
             UNION
            SELECT c.appeal_of_id FROM verification_case AS c JOIN below ON c.id = below.id
             WHERE c.appeal_of_id IS NOT NULL)
        SELECT id FROM below
    $$;

-- The second word: the badge goes, and the member reads why in the words of the first.
CREATE FUNCTION take_badge_back(its_case uuid, why text) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_member uuid := (SELECT member_id FROM verification_case WHERE id = its_case);
        its_since timestamptz := (SELECT heritage_verified_at FROM community_profile WHERE member_id = its_member);
        its_end timestamptz := (SELECT max(expires_at) FROM verification_case
                                 WHERE member_id = its_member AND status = 'approved');
    BEGIN
        UPDATE verification_case
           SET status = 'expired', expires_at = now(), revoked_for = why,
               worn_from = coalesce(its_since, decided_at), worn_until = its_end
         WHERE id = its_case;
        -- Another that gave the same badge, before it was renewed, gives it no more.
        UPDATE verification_case SET status = 'expired', expires_at = now()
         WHERE member_id = its_member AND status = 'approved';
        UPDATE community_profile SET heritage_verified_at = NULL WHERE member_id = its_member;
    END $$;

REVOKE EXECUTE ON FUNCTION bar_to_revoking(uuid, uuid), proposal_on(uuid), proposals(), cases_upon(uuid),
    cases_below(uuid), take_badge_back(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION proposals() TO lusotown_desk;
DROP FUNCTION revoke_case(uuid, text);

CREATE OR REPLACE FUNCTION gave_another_the_badge(its_fingerprint text, its_member uuid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = public, pg_temp
    AS $$
        SELECT its_fingerprint <> '' AND EXISTS (
            SELECT FROM verification_evidence AS e CROSS JOIN LATERAL cases_upon(e.case_id) AS upon (id)
              JOIN verification_case AS c ON c.id = upon.id
             WHERE e.fingerprint = its_fingerprint AND c.member_id <> its_member AND c.status = 'approved')
    $$;
"""

UNDO_ASK = """
DELETE FROM verification_vote WHERE verdict IN ('revoke', 'keep');
CREATE OR REPLACE FUNCTION gave_another_the_badge(its_fingerprint text, its_member uuid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = public, pg_temp
    AS $$
        SELECT its_fingerprint <> '' AND EXISTS (
            SELECT FROM verification_evidence AS e JOIN verification_case AS c ON e.case_id IN (c.id, c.appeal_of_id)
             WHERE e.fingerprint = its_fingerprint AND c.member_id <> its_member AND c.status = 'approved')
    $$;
CREATE FUNCTION revoke_case(its_case uuid, its_sentence text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(its_case);
        bar text := recusal_of(its_case, current_member());
    BEGIN
        IF NOT administers() THEN
            PERFORM refuse('no_rank');
        ELSIF bar IN ('own_case', 'stopped', 'conflict') THEN
            PERFORM refuse(bar);
        ELSIF it.status <> 'approved' OR it.member_id IS NULL OR its_sentence = '' THEN
            PERFORM refuse('ended_already');
        END IF;
        UPDATE verification_case SET status = 'expired', expires_at = now(), revoked_for = its_sentence
         WHERE id = its_case;
        UPDATE community_profile SET heritage_verified_at = NULL WHERE member_id = it.member_id;
    END $$;
REVOKE EXECUTE ON FUNCTION revoke_case(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION revoke_case(uuid, text) TO lusotown_desk;
DROP FUNCTION take_badge_back(uuid, text);
DROP FUNCTION cases_below(uuid);
DROP FUNCTION cases_upon(uuid);
DROP FUNCTION proposals();
DROP FUNCTION proposal_on(uuid);
DROP FUNCTION bar_to_revoking(uuid, uuid);
"""

# Each function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    (
        "vote_is_fair()",
        "        IF it.waiting_since IS NULL THEN\n",
        """        IF NEW.verdict IN ('revoke', 'keep') THEN  -- of a badge that is worn: nobody holds such a case
            bar := bar_to_revoking(it.id, NEW.by_id);
            IF bar IS NOT NULL THEN
                PERFORM refuse(bar);
            ELSIF it.status <> 'approved' OR it.member_id IS NULL THEN
                PERFORM refuse('ended_already');
            ELSIF NEW.verdict = 'keep' OR NEW.sentence = '' THEN  -- a second word
                IF (proposal_on(it.id)).id IS NULL THEN
                    PERFORM refuse('nothing_proposed');
                ELSIF NEW.verdict = 'revoke' AND (proposal_on(it.id)).by_id = NEW.by_id THEN
                    PERFORM refuse('voted_already');
                END IF;
            ELSIF (proposal_on(it.id)).id IS NOT NULL THEN
                PERFORM refuse('proposed_already');
            END IF;
            NEW.at := clock_timestamp();
            RETURN NEW;
        END IF;
        IF it.waiting_since IS NULL THEN
""",
    ),
    (
        "vote_moves_the_case()",
        "        IF it.waiting_since IS NULL THEN  -- another row",
        """        IF NEW.verdict IN ('revoke', 'keep') THEN
            IF NEW.verdict = 'revoke' AND NEW.sentence = '' THEN
                IF coalesce((proposal_on(it.id)).by_id, NEW.by_id) = NEW.by_id THEN  -- set aside by the same statement
                    PERFORM refuse('nothing_proposed');
                END IF;
                PERFORM take_badge_back(it.id, (proposal_on(it.id)).sentence);
            END IF;
            RETURN NULL;
        END IF;
        IF it.waiting_since IS NULL THEN  -- another row""",
    ),
    (
        "vote_moves_the_case()",
        "WHERE e.case_id IN (it.id, it.appeal_of_id) AND gave_another_the_badge(e.fingerprint, it.member_id)",
        "WHERE e.case_id IN (SELECT cases_below(it.id)) AND gave_another_the_badge(e.fingerprint, it.member_id)",
    ),
    (
        "vote_moves_the_case()",
        "AND (e.destroyed_at IS NULL OR EXISTS (",
        """AND (e.destroyed_at IS NULL
                        -- What gave the badge that is asked back was looked at when it did.
                        OR e.destroyed_at > (SELECT f.decided_at FROM verification_case AS f
                                              WHERE f.id = it.appeal_of_id AND f.worn_until IS NOT NULL)
                        OR EXISTS (""",
    ),
    (
        "vote_moves_the_case()",
        "expires_at = CASE WHEN outcome = 'approved' THEN now() + interval '5 years' END",
        """expires_at = CASE WHEN outcome = 'approved' THEN coalesce(
                (SELECT f.worn_until FROM verification_case AS f WHERE f.id = it.appeal_of_id),
                now() + interval '5 years') END""",
    ),
    (
        "vote_moves_the_case()",
        "heritage_verified_at = coalesce(heritage_verified_at, now())",
        """heritage_verified_at = coalesce(heritage_verified_at,
                (SELECT f.worn_from FROM verification_case AS f WHERE f.id = it.appeal_of_id), now())""",
    ),
    (
        # A badge that was taken back rests on words by then: what still stands is looked at, and nothing has to.
        "vote_is_informed()",
        "ELSIF NEW.verdict = 'approve' AND NOT EXISTS (",
        """ELSIF NEW.verdict = 'approve' AND NOT EXISTS (
                SELECT FROM verification_case AS f WHERE f.id = it.appeal_of_id AND f.worn_until IS NOT NULL)
              AND NOT EXISTS (""",
    ),
    (
        "vote_is_informed()",
        "IF it.route = 'document' AND NEW.verdict <> 'ask'",
        "IF it.route = 'document' AND NEW.verdict IN ('approve', 'reject')",
    ),
    (
        "case_is_opened()",
        """AND first.status = 'rejected' AND first.appeal_of_id IS NULL
                AND (first.decided_at > now() - interval '14 days' OR NOT is_at_the_site) FOR UPDATE;""",
        """AND CASE
                    WHEN first.worn_until IS NOT NULL
                        THEN first.expires_at > now() - interval '14 days' OR NOT is_at_the_site
                    ELSE first.status = 'rejected' AND first.appeal_of_id IS NULL
                         AND (first.decided_at > now() - interval '14 days' OR NOT is_at_the_site) END FOR UPDATE;""",
    ),
    (
        "case_keeps_its_word()",
        "           OR (NEW.status <> OLD.status AND (OLD.status",
        """           OR ((NEW.worn_from, NEW.worn_until) IS DISTINCT FROM (OLD.worn_from, OLD.worn_until)
               AND NOT (OLD.status = 'approved' AND NEW.status = 'expired'))
           OR (NEW.status <> OLD.status AND (OLD.status""",
    ),
    (
        "case_makes_news()",
        "WHEN NEW.status = 'expired' AND current_door() = 'desk' THEN 'expired'",
        "WHEN NEW.status = 'expired' AND NEW.worn_until IS NOT NULL THEN 'expired'",
    ),
    (
        "clear_cases()",
        "FROM verification_case AS a WHERE a.appeal_of_id = c.id\n",
        "FROM cases_upon(c.id) AS upon (id) JOIN verification_case AS a ON a.id = upon.id WHERE a.id <> c.id\n",
    ),
)


def rewording(function: str, found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """A badge is taken back by two administrators: one proposes it with a sentence, another confirms, within 14 days.

    Both are votes on the case that gave it, so nobody confirms what they proposed, and none of them is its member,
    stands near to them or is stopped. Either may be answered by setting it aside. The member may appeal for fourteen
    days, once, by a case of its own that goes to someone who had no part before; if it succeeds, the badge is back
    from and until the days it had. A document that is gone by then is not asked for again.
    """

    dependencies = [("verification", "0094_words_that_go")]

    operations = [
        migrations.AddField(
            "case", "worn_from", models.DateTimeField("worn from, before it was taken back", null=True, editable=False)
        ),
        migrations.AddField(
            "case",
            "worn_until",
            models.DateTimeField("worn until, had it not been taken back", null=True, editable=False),
        ),
        migrations.RunSQL(WORN, migrations.RunSQL.noop),
        migrations.AlterField(
            "vote",
            "verdict",
            models.CharField(
                "verdict",
                max_length=7,
                choices=[
                    ("approve", "approve"),
                    ("reject", "do not approve"),
                    ("ask", "ask the member"),
                    ("revoke", "take the badge back"),
                    ("keep", "leave the badge"),
                ],
            ),
        ),
        migrations.RemoveConstraint("vote", "vote_of_a_moderator_counts_once"),
        migrations.AddConstraint(
            "vote",
            models.UniqueConstraint(
                "case",
                "by",
                condition=models.Q(verdict__in=("approve", "reject")),
                name="vote_of_a_moderator_counts_once",
            ),
        ),
        migrations.RemoveConstraint("vote", "vote_against_has_a_reason_and_a_question_its_words"),
        migrations.AddConstraint(
            "vote",
            models.CheckConstraint(
                name="vote_against_has_a_reason_and_a_question_its_words",
                condition=models.Q(verdict__in=("approve", "revoke"), reason="")
                | models.Q(verdict="keep", reason="", sentence="")
                | models.Q(models.Q(verdict="reject") & ~models.Q(reason="") & ~models.Q(reason="other", sentence=""))
                | models.Q(models.Q(verdict="ask", reason="") & ~models.Q(sentence="")),
            ),
        ),
        migrations.AddIndex(
            "vote", models.Index(fields=["at"], name="vote_to_revoke", condition=models.Q(verdict="revoke"))
        ),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                name="case_taken_back_in_full_or_not_at_all",
                condition=models.Q(worn_from=None, worn_until=None, revoked_for="")
                | models.Q(worn_from__isnull=False, worn_until__isnull=False, status="expired"),
            ),
        ),
        migrations.RemoveConstraint("case", "case_is_revoked_only_once_approved"),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                name="case_is_revoked_only_once_approved",
                condition=models.Q(worn_until=None) | models.Q(status="expired", expires_at__isnull=False),
            ),
        ),
        migrations.RunSQL(ASK, UNDO_ASK),
        *(
            migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
            for function, found, instead in CHANGES
        ),
    ]
