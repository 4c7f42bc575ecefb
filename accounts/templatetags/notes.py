"""How a note is shown: everything escaped, addresses as links, mentions marked. Line breaks are the style sheet's."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe

from accounts.formulas import spans
from accounts.models import NoteMention

register = template.Library()


@register.filter
def note_text(body: str, mentions: Iterable[NoteMention]) -> SafeString:
    """A note's body as HTML; ``mentions`` are those of the note, each with its member."""
    members = {mention.words: mention.member for mention in mentions}
    shown, end = [], 0
    for span in spans(body, members):
        shown.append(urlize(body[end : span.start], nofollow=True, autoescape=True))
        words = body[span.start : span.end]
        shown.append(
            format_html('<span class="mention" title="{}">{}</span>', members[span.word].user.email, words)
        )
        end = span.end
    shown.append(urlize(body[end:], nofollow=True, autoescape=True))
    return mark_safe("".join(shown))  # noqa: S308 (urlize and format_html escaped every part)
