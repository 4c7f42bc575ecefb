"""Notes in the browser: written, shown safely, edited by two at once."""

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import Note, NoteVersion
from accounts.scope import tenant_scope
from accounts.services import Item, Mode
from accounts.templatetags.notes import note_text

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def visit(cast):
    """Northwind's pages as somebody sees them: ``visit.alice("/accounts")``, with a form it posts."""

    def of(actor):
        client = Client()
        client.force_login(actor.membership.user, backend=BACKEND)

        def ask(path, **form):
            address = f"/t/northwind{path}"
            return client.post(address, form) if form else client.get(address)

        return ask

    class Visit:
        alice, lena, vera, adam = (of(getattr(cast, name)) for name in ("alice", "lena", "vera", "adam"))
        charlie = of(cast.charlie)

    return Visit


@pytest.fixture
def account(cast):
    item = Item(values={"name": "Larkspur", "owner_email": "alice@northwind.test"})
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        (saved,) = services.save_accounts(items=[item], mode=Mode.CREATE, actor=None, at=timezone.now())
    return saved.id


@pytest.fixture
def note(cast, account):
    item = Item(values={"account": account, "body": "Call Dana.\nSend the plan."})
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        (saved,) = services.save_notes(items=[item], mode=Mode.CREATE, actor=cast.alice, at=timezone.now())
    return saved.id


def bodies(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return list(NoteVersion.objects.order_by("number").values_list("body", flat=True))


def test_a_note_written_on_an_account_stands_there_with_its_mention(cast, visit, account):
    answer = visit.alice(f"/accounts/{account}/notes/new", body="@Lena <script>alert(1)</script>")
    assert answer.headers["Location"] == f"/t/northwind/accounts/{account}/notes"
    page = visit.vera(f"/accounts/{account}/notes").content.decode()
    assert '<span class="mention" title="lena@northwind.test">@Lena</span> &lt;script&gt;' in page
    assert "<script>alert" not in page
    assert "Add note" not in page
    assert "Add note" in visit.alice(f"/accounts/{account}").content.decode()


def test_an_empty_note_is_refused_and_says_why(cast, visit, account):
    answer = visit.alice(f"/accounts/{account}/notes/new", body="  ")
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    assert bodies(cast) == []


@pytest.mark.parametrize(
    ("who", "path", "form", "status"),
    [
        ("vera", "edit", {"body": "Mine", "version": "1"}, 403),
        ("vera", "delete", {"x": "1"}, 403),
        ("vera", "pin", {"x": "1"}, 403),
        ("charlie", "edit", {"body": "Mine", "version": "1"}, 404),
    ],
)
def test_who_may_not_write_changes_nothing(cast, visit, note, who, path, form, status):
    assert getattr(visit, who)(f"/notes/{note}/{path}", **form).status_code == status
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        found = Note.objects.get()
    assert (found.body, found.pinned, found.deleted_at) == ("Call Dana.\nSend the plan.", False, None)


def test_an_edit_is_saved_and_the_history_shows_what_changed(cast, visit, note):
    form = visit.lena(f"/notes/{note}/edit").context["form"]
    assert (form["body"].value(), form["version"].value()) == ("Call Dana.\nSend the plan.", 1)
    visit.lena(f"/notes/{note}/edit", body="Call Dana.\r\nSend the new plan.", version="1")
    page = visit.alice(f"/notes/{note}").content.decode()
    assert "Send the<ins> new</ins> plan." in page or "Send the <ins>new </ins>plan." in page
    assert bodies(cast) == ["Call Dana.\nSend the plan.", "Call Dana.\nSend the new plan."]


def test_two_edits_at_once_are_put_together_and_nothing_is_overwritten(cast, visit, note):
    visit.lena(f"/notes/{note}/edit", body="Call Dana.\nSend the new plan.", version="1")
    answer = visit.alice(f"/notes/{note}/edit", body="Call Dana today.\nSend the plan.", version="1")
    assert answer.status_code == 409
    form = answer.context["form"]
    assert form["body"].value() == "Call Dana today.\nSend the new plan."
    page = answer.content.decode()
    assert "Lena changed this note while you wrote" in page
    assert "Call Dana today.\nSend the plan." in page
    assert "Call Dana.\nSend the new plan." in page
    assert len(bodies(cast)) == 2
    again = visit.alice(
        f"/notes/{note}/edit", body=form["body"].value(), version=form["version"].value(), restore="False"
    )
    assert again.status_code == 302
    assert bodies(cast)[-1] == "Call Dana today.\nSend the new plan."


def test_an_edit_of_a_note_deleted_meanwhile_keeps_the_words_and_offers_to_take_it_back(cast, visit, note):
    visit.lena(f"/notes/{note}/delete", x="1")
    answer = visit.alice(f"/notes/{note}/edit", body="Call Dana and Eli.", version="1")
    assert answer.status_code == 409
    assert "deleted while you wrote" in answer.content.decode()
    assert "Call Dana and Eli." in answer.context["form"]["body"].value()
    visit.alice(f"/notes/{note}/edit", body="Call Dana and Eli.", version="1", restore="True")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert (Note.objects.get().body, Note.objects.get().deleted_at) == ("Call Dana and Eli.", None)


def test_a_deleted_note_is_out_of_sight_and_comes_back(cast, visit, account, note):
    visit.alice(f"/notes/{note}/delete", x="1")
    assert "Send the plan" not in visit.alice(f"/accounts/{account}/notes").content.decode()
    visit.alice(f"/notes/{note}/restore", x="1")
    assert "Send the plan" in visit.alice(f"/accounts/{account}/notes").content.decode()


def test_a_pinned_note_stands_first(cast, visit, account, note):
    visit.alice(f"/accounts/{account}/notes/new", body="Newer")
    visit.alice(f"/notes/{note}/pin", x="1")
    found = visit.alice(f"/accounts/{account}/notes").context["notes"]
    assert [one.body.partition("\n")[0] for one in found] == ["Call Dana.", "Newer"]
    visit.alice(f"/notes/{note}/pin", off="1")
    assert [one.pinned for one in visit.alice(f"/accounts/{account}/notes").context["notes"]] == [
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("a <b> & c", "a &lt;b&gt; &amp; c"),
        ("see https://a.test/?x=1&y=2.", '<a href="https://a.test/?x=1&amp;y=2" rel="nofollow">https://a.test/?x=1&amp;y=2</a>.'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ('https://a.test/"onmouseover="x', None),
    ],
)  # fmt: skip
def test_what_people_type_is_shown_and_never_run(body, shown):
    found = note_text(body, [])
    assert shown is None or shown in found
    assert '"onmouseover' not in found
    assert 'href="javascript' not in found
