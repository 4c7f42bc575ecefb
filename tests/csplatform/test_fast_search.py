"""The search under row level security: what PostgreSQL reads for it, beside thousands of rows of two tenants."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import selectors as directory
from accounts import services
from accounts.models import Account
from accounts.scope import tenant_scope
from csplatform.selectors.accounts import Wanted, accounts_rows
from tests.conftest import make_cast
from tests.kept import KEPT
from tests.plans import nodes_run

MANY = 1500
FEW = 20  # rows that may be read to find one


@pytest.fixture
def kept_books(request, django_db_blocker, django_db_setup):
    return KEPT.given(request, django_db_blocker, two_books)


@pytest.fixture
def books(kept_books, db):
    with tenant_scope(kept_books.northwind.pk), transaction.atomic():
        yield kept_books


def two_books():
    """Thousands of accounts of two tenants, one of each called Larkspur."""
    cast, at = make_cast(), timezone.now()
    for tenant in (cast.northwind, cast.globex):
        with tenant_scope(tenant.pk), transaction.atomic():
            names = ["Larkspur", *(f"Company {number}" for number in range(MANY))]
            Account.objects.bulk_create(Account(name=name, created_at=at, updated_at=at) for name in names)
    services.refresh_statistics("accounts_account")
    return cast


def read_so_far():
    """Whole reads of the table in this transaction, rows of them, and rows that were fetched through an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_scan, seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = 'accounts_account'"
        )
        return cursor.fetchone()


def test_the_quick_jump_reads_what_it_finds_and_never_the_whole_table(books):
    before = read_so_far()
    assert len(directory.find_by_words(words="larks").accounts) == 1
    scans, read, fetched = (now - then for now, then in zip(read_so_far(), before, strict=True))
    assert (scans, read) == (0, 0)
    assert 0 < fetched < FEW


def test_the_search_of_the_accounts_page_reads_what_it_finds_and_never_the_whole_table(books):
    with CaptureQueriesContext(connection) as asked:
        rows = accounts_rows(
            wanted=Wanted(q="larks", status="all"), actor=books.alice, at=timezone.now(), limit=50
        )
    assert [row.name for row in rows] == ["Larkspur"]
    searches = [one["sql"] for one in asked if "accounts_by_words" in one["sql"]]
    assert len(searches) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, row_security_active('accounts_account')")
        assert cursor.fetchone() == (connection.settings_dict["USER"], True)
    reads = [node for node in nodes_run(searches[0]) if node.get("Relation Name") == "accounts_account"]
    assert reads
    assert {node["Node Type"] for node in reads} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
    for node in reads:
        assert node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) < FEW


def test_the_search_of_the_accounts_page_finds_all_that_has_the_words(books):
    rows = accounts_rows(
        wanted=Wanted(q="comp", status="all"), actor=books.alice, at=timezone.now(), limit=MANY + 1
    )
    assert len(rows) == MANY


@pytest.mark.parametrize("words", ["", "!!!", "'", ":*", "arkspur"])
def test_what_begins_no_word_narrows_to_nothing(books, words):
    assert not Account.objects.filter(pk__in=directory.accounts_with_words(words)).exists()
