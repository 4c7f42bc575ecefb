"""check_isolation finds every fault planted into a real catalogue; the processes refuse to start on the worst."""

import os
import subprocess
import sys

import psycopg2
import pytest
from django.core.management import CommandError, call_command

from csplatform import boot
from csplatform.postgres import isolation, walls
from tests.live import ROOT, url_of_this_run

pytestmark = pytest.mark.django_db
PARTITION = "health_observation_202610"
RIGHTS = "SECURITY DEFINER LANGUAGE sql SET search_path = public, pg_temp AS 'SELECT 1'"


@pytest.fixture
def owner(db):
    """A cursor of the schema's owner, in a transaction that is rolled back: a fault planted here is nobody else's."""
    connection = psycopg2.connect(url_of_this_run(os.environ["OWNER_DATABASE_URL"]))
    with connection.cursor() as cursor:
        yield cursor
    connection.rollback()
    connection.close()


def test_a_migrated_database_has_no_broken_wall(owner):
    assert isolation.findings(owner, app_role="cs_app") == []


FAULTS = {
    "row level security switched off": (
        "ALTER TABLE accounts_account DISABLE ROW LEVEL SECURITY",
        "table accounts_account: row level security is not enabled",
    ),
    "row level security not forced": (
        "ALTER TABLE accounts_persona NO FORCE ROW LEVEL SECURITY",
        "table accounts_persona: row level security is not forced",
    ),
    "a partition without it": (
        f"ALTER TABLE {PARTITION} DISABLE ROW LEVEL SECURITY",
        f"table {PARTITION}: row level security is not enabled",
    ),
    "a table without a policy": (
        "DROP POLICY tenant ON accounts_step",
        "table accounts_step: 0 policies instead of one",
    ),
    "a second policy that lets everything through": (
        "CREATE POLICY open ON accounts_step USING (true)",
        "table accounts_step: 2 policies instead of one",
    ),
    "a policy with another text": (
        "ALTER POLICY tenant ON accounts_case USING (tenant_id > 0)",
        "table accounts_case: its policy reads (tenant_id > 0)",
    ),
    "a policy that checks nothing on writing": (
        "ALTER POLICY tenant ON accounts_case WITH CHECK (true)",
        "table accounts_case: its policy checks true",
    ),
    "a policy on a partition with another text": (
        f"ALTER POLICY tenant ON {PARTITION} USING (true)",
        f"table {PARTITION}: its policy reads true",
    ),
    "a policy for reading only": (
        "DROP POLICY tenant ON accounts_job; "
        f"CREATE POLICY tenant ON accounts_job FOR SELECT USING ({walls.POLICY})",
        "table accounts_job: its policy is PERMISSIVE for SELECT to public",
    ),
    "a foreign key without the tenant": (
        "CREATE UNIQUE INDEX bare ON accounts_account (id); ALTER TABLE accounts_step ADD CONSTRAINT plain "
        "FOREIGN KEY (account_id) REFERENCES accounts_account (id)",
        "table accounts_step: the foreign key plain ignores the tenant",
    ),
    "a foreign key dropped": (
        "DO $$ DECLARE n text; BEGIN SELECT conname INTO n FROM pg_constraint WHERE contype = 'f' AND conrelid = "
        "'accounts_step'::regclass AND confrelid = 'accounts_account'::regclass; EXECUTE "
        "format('ALTER TABLE accounts_step DROP CONSTRAINT %I', n); END $$",
        "table accounts_step: no foreign key (tenant_id, account_id) to accounts_account",
    ),
    "a primary key without the tenant": (
        "ALTER TABLE health_dirtymark DROP CONSTRAINT health_dirtymark_pkey, ADD PRIMARY KEY (id)",
        "table health_dirtymark: its primary key is not (tenant_id, id)",
    ),
    "a unique key over all tenants": (
        "ALTER TABLE accounts_account ADD CONSTRAINT everywhere UNIQUE (external_id)",
        "table accounts_account: the unique key everywhere does not lead with the tenant",
    ),
    "an index that does not lead with the tenant": (
        "CREATE INDEX slow ON accounts_persona (email)",
        "table accounts_persona: the index slow does not lead with the tenant",
    ),
    "a right to change what is append-only": (
        "GRANT UPDATE ON accounts_activity TO cs_app",
        "table accounts_activity: cs_app has UPDATE",
    ),
    "a right on one column of it": (
        "GRANT UPDATE (data) ON accounts_activity TO cs_app",
        "table accounts_activity: cs_app has UPDATE",
    ),
    "a right on a partition": (
        f"GRANT SELECT ON {PARTITION} TO cs_app",
        f"table {PARTITION}: cs_app has SELECT",
    ),
    "a right to empty a table": (
        "GRANT TRUNCATE ON accounts_account TO cs_app",
        "table accounts_account: cs_app has TRUNCATE",
    ),
    "a right for everybody": (
        "GRANT SELECT ON accounts_account TO PUBLIC",
        "table accounts_account: public has SELECT",
    ),
    "a view with its owner's rights": (
        "CREATE VIEW all_accounts AS SELECT * FROM accounts_account",
        "view all_accounts: runs with its owner's rights (security_invoker is not set)",
    ),
    "a materialized view": (
        "CREATE MATERIALIZED VIEW heap AS SELECT * FROM accounts_account",
        "table heap: a materialized view or foreign table stands outside every policy",
    ),
    "a table that nobody knows": (
        "CREATE TABLE copy_of_accounts AS SELECT * FROM accounts_account",
        "table copy_of_accounts: no model and no list knows it",
    ),
    "a table that is gone": (
        "DROP TABLE relationships_ratingwithdrawal",
        "table relationships_ratingwithdrawal: missing, though a model has it",
    ),
    "a definer function that is not listed": (
        f"CREATE FUNCTION peek() RETURNS int {RIGHTS}",
        "function peek: SECURITY DEFINER, but not in DEFINER_FUNCTIONS",
    ),
    "a definer function without a search path": (
        "ALTER FUNCTION add_month RESET search_path",
        "function add_month: its search path is not public, pg_temp",
    ),
    "a definer function for everybody": (
        "GRANT EXECUTE ON FUNCTION add_month TO PUBLIC",
        "function add_month: PUBLIC may execute it",
    ),
    "a listed function that is missing": (
        "DROP FUNCTION refresh_statistics",
        "function refresh_statistics: listed in DEFINER_FUNCTIONS, but missing",
    ),
    "a trigger": (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
        "CREATE TRIGGER t BEFORE INSERT ON accounts_account FOR EACH ROW EXECUTE FUNCTION f()",
        "table accounts_account: the trigger or rule t is not of our making",
    ),
    "our trigger that is missing": (
        "DROP TRIGGER book_written ON health_score",
        "table health_score: the trigger book_written is missing",
    ),
    "our trigger that is switched off": (
        "ALTER TABLE accounts_step DISABLE TRIGGER book_written",
        "table accounts_step: the trigger book_written is missing",
    ),
    "a rule": (
        "CREATE RULE r AS ON DELETE TO accounts_account DO INSTEAD NOTHING",
        "table accounts_account: the trigger or rule r is not of our making",
    ),
    "a row that names a parent of nobody": (
        "INSERT INTO accounts_tenant (slug, name, currency, time_zone, create_from_group, created_at) "
        "VALUES ('orphanage', 'x', 'EUR', 'UTC', false, now()); "
        "INSERT INTO health_usageday (id, tenant_id, account_id, day, user_key, feature, count, recorded_at) "
        "SELECT gen_random_uuid(), id, gen_random_uuid(), current_date, 'u', 'f', 1, now() FROM accounts_tenant "
        "WHERE slug = 'orphanage'",
        "table health_usageday: 1 of the newest rows name a account_id their tenant does not have",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_named(owner, fault):
    plant, line = FAULTS[fault]
    owner.execute(plant)
    assert line in isolation.findings(owner, app_role="cs_app")


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("postgres", "role postgres: is a superuser: no policy applies to it"),
        ("cs_owner", "role cs_owner: bypasses row level security"),
        ("cs_owner", "role cs_owner: owns objects, and an owner may change the walls"),
        ("cs_owner", "table accounts_account: owned by cs_owner"),
        ("nobody_we_know", "role nobody_we_know: does not exist"),
    ],
)
def test_an_application_role_that_can_ignore_the_walls_is_found(owner, role, line):
    if role == "nobody_we_know":
        assert list(isolation.role_findings(owner, role)) == [line]
    else:
        assert line in isolation.findings(owner, app_role=role)


def test_the_command_says_so_and_fails_only_if_a_wall_is_broken(db, capsys, settings):
    call_command("check_isolation")
    assert "stand" in capsys.readouterr().out


def test_the_command_names_what_is_broken(db, monkeypatch):
    monkeypatch.setitem(walls.DEFINER_FUNCTIONS, "no_such_function", "to see it missed")
    with pytest.raises(CommandError, match="function no_such_function: listed"):
        call_command("check_isolation")


def test_a_web_process_starts_on_standing_walls(db):
    boot.refuse_if_a_wall_is_down()


def start(module, **environment):
    """Import a process's module in a new interpreter, on the test database: (exit code, its last words)."""
    base = {name: url_of_this_run(os.environ[name]) for name in ("DATABASE_URL", "OWNER_DATABASE_URL")}
    done = subprocess.run(
        [sys.executable, "-c", module],
        cwd=ROOT, env={**os.environ, **base, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.live
@pytest.mark.parametrize(
    "module",
    [
        "import csplatform.wsgi",
        "from csplatform.celery import app\nfrom celery.signals import worker_init\nimport django\ndjango.setup()\n"
        "worker_init.send(sender=None)",
    ],
    ids=["web", "worker"],
)
def test_no_process_starts_as_a_role_that_bypasses_the_policies(db, module):
    owner_url = url_of_this_run(os.environ["OWNER_DATABASE_URL"])
    app_url = url_of_this_run(os.environ["DATABASE_URL"])
    code, words = start(module, DATABASE_URL=owner_url, OWNER_DATABASE_URL=app_url)
    assert code == 1
    assert "bypasses row level security" in words


@pytest.mark.live
@pytest.mark.parametrize("missing", ["DATABASE_URL", "OWNER_DATABASE_URL"])
def test_no_process_starts_with_one_database_url_of_the_two(missing):
    code, words = start("import csplatform.wsgi", **{missing: ""})
    assert code == 1
    assert missing in words
