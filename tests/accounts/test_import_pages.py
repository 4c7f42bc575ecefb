"""The pages of imports: a file is dropped, looked at, imported and taken back, without a script."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Import, ImportMapping
from accounts.scope import tenant_scope
from accounts.services import Item, Mode, save_accounts
from tests.accounts.importing import FILES, work_off


class Visitor:
    def __init__(self, actor):
        self.client = Client()
        self.client.force_login(
            actor.membership.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )

    def get(self, path=""):
        return self.client.get(f"/t/northwind/settings/imports{path}")

    def post(self, path="", **data):
        return self.client.post(f"/t/northwind/settings/imports{path}", data)

    def drop(self, content, kind="accounts", filename="accounts.csv", **data):
        content = content.encode() if isinstance(content, str) else content
        return self.post(kind=kind, file=SimpleUploadedFile(filename, content), **data)


@pytest.fixture
def adam(cast):
    return Visitor(cast.adam)


@pytest.fixture
def only(cast):
    """The only import there is."""

    def only():
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            return Import.objects.select_related("job").get()

    return only


@pytest.fixture
def work(cast):
    def work():
        with tenant_scope(cast.northwind.pk):
            work_off(timezone.now())

    return work


def accounts_of(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return sorted(Account.objects.filter(deleted_at=None).values_list("name", flat=True))


def test_a_dropped_file_is_previewed_imported_and_undone(adam, cast, only, work):
    answer = adam.drop((FILES / "salesforce-accounts.csv").read_bytes(), filename="accounts of the CRM.csv")
    assert answer.status_code == 302
    path = f"/{only().pk}"
    page = adam.get(path).content.decode()
    for words in (
        "accounts of the CRM.csv",
        "Bob Nobody is no active member.",
        "Import 4 rows",
        "Larkspur Nordic AB",
    ):
        assert words in page
    assert accounts_of(cast) == []
    assert adam.post(f"{path}/run").status_code == 302
    assert 'role="progressbar"' in adam.get(path).content.decode()
    assert 'role="progressbar"' in adam.get(f"{path}/progress").content.decode()
    work()
    ended = adam.get(f"{path}/progress")
    assert (ended.status_code, ended["HX-Refresh"]) == (204, "true")
    assert len(accounts_of(cast)) == 4
    assert "Undo the import" in adam.get(path).content.decode()
    adam.post(f"{path}/undo")
    work()
    assert accounts_of(cast) == []
    assert "4 taken back" in adam.get(path).content.decode()


def test_the_columns_are_changed_and_the_mapping_is_kept_and_chosen(adam, cast, only):
    adam.drop("Nummer,Firma\na,Lark\n")
    path = f"/{only().pk}"
    answer = adam.post(
        f"{path}/mapping", column_0="external_id", column_1="name", key="external_id", date_order="", decimal="",
        unknown_owner="refuse", empty="keep", keep_as="ERP",
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    assert only().counts == {"created": 1}
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        kept = ImportMapping.objects.get()
        Import.objects.all().delete()
    adam.drop("Nummer,Firma\nb,Wren\n", mapping=str(kept.pk))
    assert only().mapping["columns"] == {"Nummer": "external_id", "Firma": "name"}


def test_a_column_may_not_fill_what_another_fills(adam, only):
    adam.drop("Nummer,Firma\na,Lark\n")
    answer = adam.post(
        f"/{only().pk}/mapping", column_0="name", column_1="name", unknown_owner="refuse", empty="keep"
    )
    assert answer.status_code == 422
    assert "Another column fills name already." in answer.content.decode()


def test_rows_are_shown_by_what_becomes_of_them(adam, only):
    adam.drop("external_id,name,arr\na,Lark,5\nb,Wren,lots\n")
    page = adam.get(f"/{only().pk}?status=failed").content.decode()
    assert "lots is no number." in page
    assert "Lark" not in page.partition('id="rows"')[2].partition("</section>")[0]
    assert adam.get(f"/{only().pk}?status=purple").status_code == 400


def test_the_rows_to_check_are_counted_and_listed(adam, only):
    adam.drop("external_id,name\na,Lark\nb,Wren\nc,Lark\n")
    page = adam.get(f"/{only().pk}?status=to_check")
    assert page.context["tiles"][-1] == ("to_check", 1)
    assert [row["number"] for row in page.context["rows"]] == [4]
    assert b"Row 2 of the file has the same name." in page.content


def test_issues_beyond_those_in_sight_are_counted_and_unfold(adam, only):
    adam.drop("external_id,name,status\n" + "".join(f"a{n},Lark {n},no-{n}\n" for n in range(23)))
    page = adam.get(f"/{only().pk}")
    assert (len(page.context["issues"]), len(page.context["more_issues"])) == (20, 3)
    assert b"3 more</summary>" in page.content
    assert b"no-22" in page.content


def test_columns_that_fill_nothing_are_named_above_the_rows_with_the_way_to_match_them(adam, only):
    adam.drop("external_id,name,Zqx,Wvu\na,Lark,1,2\n")
    page = adam.get(f"/{only().pk}").content.decode()
    assert '2 columns are not imported: Zqx, Wvu. <a href="#columns">' in page
    assert '<form class="card" id="columns"' in page


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a,Lark,lots\n", "every row is wrong"),
        ("known,Wren,5\n", "every row says what is there already"),
        ("known,Wren,5\na,Lark,lots\n", "each row is wrong, or says what is there already"),
        ("known,Wren,5\nb,Finch,6\n", ""),
    ],
)
def test_a_preview_of_which_nothing_can_be_run_says_why(adam, cast, only, rows, words):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        item = Item(values={"external_id": "known", "name": "Wren", "arr": Decimal(5)})
        save_accounts(items=[item], mode=Mode.CREATE, actor=cast.adam, at=timezone.now())
    adam.drop(f"external_id,name,arr\n{rows}")
    said = adam.get(f"/{only().pk}").context["why_not"]
    assert words in said
    assert bool(words) == bool(said)


def test_the_wrong_rows_are_a_file(adam, only):
    adam.drop("external_id,name,arr\nb,Wren,lots\n")
    answer = adam.get(f"/{only().pk}/errors")
    assert b"lots is no number." in b"".join(answer.streaming_content)


def test_a_file_that_cannot_be_read_says_why_on_the_form(adam, cast):
    answer = adam.drop(b"%PDF-1.4", filename="x.pdf")
    assert answer.status_code == 422
    assert "This is no CSV, XLSX or JSON lines file." in answer.content.decode()


def test_who_may_not_write_all_accounts_may_not_import(cast):
    for who in (cast.alice, cast.vera):
        visitor = Visitor(who)
        assert visitor.get().status_code == 403
        assert visitor.drop("external_id,name\na,Lark\n").status_code == 403
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert Import.objects.count() == 0
