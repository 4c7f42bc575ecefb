"""Words to ids: beginnings, accents, case, addresses and external ids, and never across tenants."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import selectors, services
from accounts.models import Account, Persona
from accounts.scope import NoTenant, tenant_scope


def add_account(now, name, **values):
    item = services.Item(values={"name": name, **values})
    return services.save_accounts(items=[item], mode=services.Mode.CREATE, actor=None, at=now)[0].id


def add_person(now, account_id, name, **values):
    item = services.Item(values={"name": name, "account": account_id, **values})
    return services.save_personas(items=[item], mode=services.Mode.CREATE, actor=None, at=now)[0].id


@pytest.fixture
def book(northwind, now):
    """Two accounts and two people of Northwind, and one account of Globex with the same words."""
    northwind.zoe_ltd = add_account(now, "Société Zoé", domain="zoe.example", external_id="crm/1009")
    northwind.plover = add_account(now, "Plover & Sons", domain="plover.example")
    northwind.dana = add_person(now, northwind.plover, "Dana O'Brien-Łukasz", email="d.obrien@mail.example")
    northwind.jeanne = add_person(now, northwind.zoe_ltd, "Жанна Стрёмберг", external_id="contact:7")
    with tenant_scope(northwind.globex.pk):
        northwind.theirs = add_account(now, "Plover of Globex", external_id="crm/1009")
    return northwind


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("soc", "zoe_ltd"),
        ("SOCIETE ZOE", "zoe_ltd"),
        ("zoé soci", "zoe_ltd"),
        ("crm/1009", "zoe_ltd"),
        ("zoe.exam", "zoe_ltd"),
        ("plover sons", "plover"),
    ],
)
def test_an_account_is_found_by_the_beginnings_of_its_words(book, words, expected):
    assert selectors.find_by_words(words=words).accounts == [getattr(book, expected)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dan", "dana"),
        ("o'brien", "dana"),
        ("lukasz", "dana"),
        ("d.obrien@mail.example", "dana"),
        ("D.OBRIEN@MAIL", "dana"),
        ("contact:7", "jeanne"),
        ("жан", "jeanne"),
        ("СТРЕМБЕРГ", "jeanne"),
    ],
)
def test_a_person_is_found_by_name_address_or_external_id_without_accents_or_case(book, words, expected):
    assert selectors.find_by_words(words=words).personas == [getattr(book, expected)]


@pytest.mark.parametrize(
    "words", ["", "   ", "&", "'", "\\", "':*", "!!! ???", "lover", "zoe plover", "1/plover"]
)
def test_no_beginning_finds_nothing_and_signs_of_the_query_language_are_only_punctuation(book, words):
    found = selectors.find_by_words(words=words)
    assert (found.accounts, found.personas) == ([], [])


def test_another_tenants_rows_are_never_found(book):
    assert selectors.find_by_words(words="plover").accounts == [book.plover]
    with tenant_scope(book.globex.pk):
        assert selectors.find_by_words(words="plover").accounts == [book.theirs]
        assert selectors.find_by_words(words="dana").personas == []


def test_a_word_that_names_another_tenant_stays_in_this_one(book):
    word = f"{book.globex.pk}/plover"
    assert selectors.find_by_words(words=word).accounts == []


def test_a_deleted_account_is_not_found_and_an_erased_person_neither(book, now):
    services.delete_account(id=book.plover, actor=book.adam, at=now)
    assert selectors.find_by_words(words="plover").accounts == []
    services.erase_persona(id=book.jeanne, actor=book.adam, at=now)
    assert selectors.find_by_words(words="жанна").personas == []


def test_a_new_name_is_found_and_the_old_one_no_more(book):
    Account.objects.filter(pk=book.plover).update(name="Heron")
    assert selectors.find_by_words(words="heron").accounts == [book.plover]
    assert selectors.find_by_words(words="sons").accounts == []


def test_whoever_has_the_very_word_is_found_however_many_begin_with_it(book, now):
    Persona.objects.bulk_create(
        Persona(account_id=book.plover, name=f"Annabel {n}", created_at=now, updated_at=now)
        for n in range(selectors.finding.MOST + 50)
    )
    ann = add_person(now, book.plover, "Ann")
    found = selectors.find_by_words(words="ann").personas
    assert ann in found
    assert len(found) <= selectors.finding.MOST + 1


def test_without_a_scope_nothing_is_searched(cast):
    with transaction.atomic(), pytest.raises(NoTenant):
        selectors.find_by_words(words="plover")
    with pytest.raises(DatabaseError, match="no tenant scope"), transaction.atomic():
        connection.cursor().execute("SELECT * FROM find_by_words('plover', 10)")


def test_a_search_reads_the_index_of_words_alone(book):
    """Under the policy itself it could not: the plan of the listed function is what makes it fast."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'find_by_words'")
        assert {"enable_seqscan=off", "enable_indexscan=off"} < set(cursor.fetchone()[0])
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE indexname IN ('account_words', 'persona_words')"
        )
        assert len(cursor.fetchall()) == 2
