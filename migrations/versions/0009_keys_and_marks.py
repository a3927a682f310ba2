"""keys_and_marks: a mark on every event of the audit, triggers that know the term, which index key this is, and the
addresses of staff sealed

Every event gets a mark that takes the index key. Those that are there get it now: from here on it shows when an event
is added without the key, also before it is sealed. What was added before this shows only where a seal was over it.

The addresses of staff are found by a keyed hash from here on, and sealed under the newest data key. Whose complaint is
handled waits by a hash of its own: it stood beside the case and the team before.
"""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from flask import current_app

from portal.audit import chain
from portal.config import ConfigError
from portal.db import UtcDateTime
from portal.surveys.inviting import indexes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("audit_event", "audit_digest")
FIXED = ("id", "sealed_on", "kept_until", "first_id", "last_id", "events", "content", "link")
BATCH = 1000

# Where it looks for its table and functions is fixed: who runs it may have a temporary table of that name.
POSTGRESQL = """
CREATE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, {schema}, pg_temp AS $$
DECLARE
  today date := (now() AT TIME ZONE 'Europe/Amsterdam')::date;
BEGIN
  IF TG_TABLE_NAME = 'audit_event' AND TG_OP = 'INSERT' THEN
    IF NEW.mac IS NOT NULL THEN
      RETURN NEW;
    END IF;
  ELSIF TG_TABLE_NAME = 'audit_digest' AND TG_OP = 'INSERT' THEN
    IF NEW.purged_on IS NULL AND NEW.kept_until > today THEN
      RETURN NEW;
    END IF;
  ELSIF TG_TABLE_NAME = 'audit_digest' AND TG_OP = 'UPDATE' THEN
    IF OLD.purged_on IS NULL AND NEW.purged_on >= OLD.kept_until AND NEW.purged_on <= today
        AND to_jsonb(NEW) - 'purged_on' = to_jsonb(OLD) - 'purged_on' THEN
      RETURN NEW;
    END IF;
  ELSIF TG_TABLE_NAME = 'audit_event' AND TG_OP = 'DELETE' THEN
    PERFORM FROM audit_digest
      WHERE purged_on >= kept_until AND purged_on <= today AND OLD.id BETWEEN first_id AND last_id;
    IF FOUND AND OLD.at < now() - interval '1 year' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '% is only added to', TG_TABLE_NAME;
END $$
"""
# Amsterdam is at most two hours ahead of what SQLite calls now.
TODAY = "date('now', '+2 hours')"
OF_THE_MARK = "NEW.mac IS NULL OR EXISTS (SELECT 1 FROM audit_event WHERE mac = NEW.mac) OR "
# Also a row that would take the place of another (INSERT OR REPLACE), for which SQLite asks no other trigger.
SQLITE = {
    ("audit_event", "insert"): (f"{OF_THE_MARK}EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)"),
    ("audit_digest", "insert"): (
        f"NEW.purged_on IS NOT NULL OR NEW.kept_until <= {TODAY}"
        " OR EXISTS (SELECT 1 FROM audit_digest WHERE id = NEW.id OR sealed_on = NEW.sealed_on)"
    ),
    ("audit_event", "update"): "1",
    # No term is shorter than a year: whatever a seal says, what is newer stays.
    ("audit_event", "delete"): (
        "OLD.at >= datetime('now', '-1 year') OR NOT EXISTS (SELECT 1 FROM audit_digest"
        f" WHERE purged_on >= kept_until AND purged_on <= {TODAY} AND OLD.id BETWEEN first_id AND last_id)"
    ),
    ("audit_digest", "update"): " OR ".join(
        [
            "OLD.purged_on IS NOT NULL",
            "NEW.purged_on IS NULL",
            "NEW.purged_on < OLD.kept_until",
            f"NEW.purged_on > {TODAY}",
            *(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED),
        ]
    ),
    ("audit_digest", "delete"): "1",
}

EVENT = sa.table(
    "audit_event",
    sa.column("id", sa.Integer()),
    sa.column("at", UtcDateTime()),
    sa.column("actor", sa.String()),
    sa.column("event", sa.String()),
    sa.column("details", sa.JSON()),
    sa.column("mac", sa.String()),
)
USER = sa.table(
    "staff_user",
    sa.column("id", sa.Integer()),
    sa.column("email", sa.LargeBinary()),
    sa.column("email_index", sa.String()),
    sa.column("tf_totp_secret", sa.String()),
)
NO_CONTACT = sa.table(
    "no_contact",
    *(sa.column(name, sa.String()) for name in ("kind", "value_index", "actor")),
    sa.column("id", sa.Integer()),
    sa.column("value", sa.LargeBinary()),
)
PLAIN_USER = sa.table("staff_user", sa.column("id", sa.Integer()), sa.column("email", sa.String()))
DIGEST = sa.table(
    "audit_digest",
    *(sa.column(name, sa.Date()) for name in ("sealed_on", "kept_until")),
    *(sa.column(name, sa.Integer()) for name in ("id", "first_id", "last_id", "events")),
    *(sa.column(name, sa.String()) for name in ("content", "link")),
)


def upgrade() -> None:
    _refuse_another_key()
    _seal_addresses()
    _hide_who_complained()
    _take_triggers_away()
    op.create_table(
        "key_check",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_check")),
    )
    op.add_column("audit_event", sa.Column("mac", sa.String(length=80), nullable=True))
    _mark_all()
    op.create_index(op.f("ix_audit_event_mac"), "audit_event", ["mac"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
        return
    # A number is never given twice: so it shows when seals were cut off at the end.
    with op.batch_alter_table("audit_digest", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
    for (table, deed), refused in SQLITE.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed} ON {table} "
            f"WHEN {refused} BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
        )


def downgrade() -> None:
    """The triggers stay as they are, but for what they say of the column: they refuse nothing that was right before."""
    _open_addresses()
    _show_who_complained()
    _take_triggers_away()
    op.drop_index(op.f("ix_audit_event_mac"), "audit_event")
    op.drop_column("audit_event", "mac")
    op.drop_table("key_check")
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql("IF NEW.mac IS NOT NULL THEN", "IF TRUE THEN")
        return
    for (table, deed), refused in SQLITE.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed} ON {table} "
            f"WHEN {refused.removeprefix(OF_THE_MARK)} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
        )


def _refuse_another_key() -> None:
    """With another index key the marks would be wrong for ever, and no seal would fit any more."""
    found = op.get_bind().execute(sa.select(DIGEST).order_by(DIGEST.c.id).limit(1)).mappings().one_or_none()
    if found is None:
        return
    seal = chain.Seal(
        **{
            name: found[name]
            for name in ("sealed_on", "kept_until", "first_id", "last_id", "events", "content")
        }
    )
    if chain.link(_mac, chain.BEGIN, seal) != found["link"]:
        raise ConfigError(
            "PORTAL_INDEX_KEY is een andere sleutel dan waarmee het eerste zegel van het logboek is gemaakt. "
            "Zet de goede terug en doe het opnieuw. Er is niets veranderd."
        )


def _seal_addresses() -> None:
    connection, keys = op.get_bind(), current_app.extensions["keyring"]
    # Under a stray key the addresses would be lost: what lies beside them must open, or LostKey says so.
    for secret in connection.scalars(
        sa.select(USER.c.tf_totp_secret).where(USER.c.tf_totp_secret.is_not(None))
    ):
        keys.resealed_within(secret)
    known = connection.execute(sa.select(PLAIN_USER.c.id, PLAIN_USER.c.email)).all()
    with op.batch_alter_table("staff_user") as batch_op:
        batch_op.drop_constraint(op.f("ck_staff_user_email_lower"), type_="check")
        batch_op.drop_constraint(op.f("uq_staff_user_email"), type_="unique")
        batch_op.drop_column("email")
        batch_op.add_column(sa.Column("email_index", sa.String(length=64), nullable=True))
    op.add_column("staff_user", sa.Column("email", sa.LargeBinary(), nullable=True))
    for number, email in known:
        sealed = {"email": keys.encrypt(email), "email_index": keys.index("staff-account", email)}
        connection.execute(USER.update().where(USER.c.id == number).values(**sealed))
    with op.batch_alter_table("staff_user") as batch_op:
        batch_op.alter_column("email", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.alter_column("email_index", existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_staff_user_email_index"), ["email_index"])


def _open_addresses() -> None:
    connection, keys = op.get_bind(), current_app.extensions["keyring"]
    sealed = connection.execute(sa.select(USER.c.id, USER.c.email)).all()
    known = [(number, keys.decrypt(email)) for number, email in sealed]
    with op.batch_alter_table("staff_user") as batch_op:
        batch_op.drop_constraint(op.f("uq_staff_user_email_index"), type_="unique")
        batch_op.drop_column("email_index")
        batch_op.drop_column("email")
    op.add_column("staff_user", sa.Column("email", sa.String(length=255), nullable=True))
    for number, email in known:
        connection.execute(PLAIN_USER.update().where(PLAIN_USER.c.id == number).values(email=email))
    with op.batch_alter_table("staff_user") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=255), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_staff_user_email"), ["email"])
        batch_op.create_check_constraint(op.f("ck_staff_user_email_lower"), "email = lower(email)")


def _hide_who_complained() -> None:
    for number, _kind, value_index, _value in _waiting():
        _found_by(number, indexes.waiting_index(value_index))


def _show_who_complained() -> None:
    """Where the same address is left alone for another reason too, that one stays."""
    connection, keys = op.get_bind(), current_app.extensions["keyring"]
    for number, kind, _value_index, value in _waiting():
        made = (indexes.email_index if kind == "email" else indexes.phone_index)(keys.decrypt(value))
        same = sa.select(NO_CONTACT.c.id).where(NO_CONTACT.c.kind == kind, NO_CONTACT.c.value_index == made)
        if connection.execute(same).first():
            connection.execute(NO_CONTACT.delete().where(NO_CONTACT.c.id == number))
        else:
            _found_by(number, made)


def _waiting() -> Sequence[sa.Row[tuple[int, str, str, bytes]]]:
    columns = [NO_CONTACT.c[name] for name in ("id", "kind", "value_index", "value")]
    found: Sequence[sa.Row[tuple[int, str, str, bytes]]] = (
        op.get_bind().execute(sa.select(*columns).where(NO_CONTACT.c.actor == "complaint")).all()
    )
    return found


def _found_by(number: int, value_index: str) -> None:
    changed = NO_CONTACT.update().where(NO_CONTACT.c.id == number).values(value_index=value_index)
    op.get_bind().execute(changed)


def _mark_all() -> None:
    connection = op.get_bind()
    columns = [EVENT.c[name] for name in ("id", "at", "actor", "event", "details")]
    last = 0
    while True:
        page = sa.select(*columns).where(EVENT.c.id > last).order_by(EVENT.c.id).limit(BATCH)
        entries = [chain.Entry(*row) for row in connection.execute(page)]
        if not entries:
            return
        marks = [
            {"number": one.id, "mark": chain.marked(_mac, secrets.token_hex(chain.NONCE_LENGTH // 2), one)}
            for one in entries
        ]
        marking = EVENT.update().where(EVENT.c.id == sa.bindparam("number")).values(mac=sa.bindparam("mark"))
        connection.execute(marking, marks)
        last = entries[-1].id


def _mac(text: str) -> str:
    found: str = current_app.extensions["keyring"].index("audit", text)
    return found


def _keep_on_postgresql(*instead: str) -> None:
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar()
    made = POSTGRESQL.replace("{schema}", str(schema))
    op.execute(made.replace(*instead) if instead else made)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION only_added_to()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_added_to()"
        )


def _take_triggers_away() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION only_added_to() CASCADE")
        return
    for table in TABLES:
        for deed in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{deed}")
