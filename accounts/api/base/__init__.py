"""What every JSON door shares. It promises: errors are problems (RFC 9457), bad input is 400 and never 500, lists
page by keyset, POSTs may carry an Idempotency-Key, bulks answer per item, requests are counted and limited.

How to add a resource, say widgets (``accounts/api/work.py`` is the model to look at):

1. The model is a ``Resource``; the service ``save_widgets(*, items, mode, actor, at) -> list[Saved]`` is a ``Saver``
   (accounts.services) of a dozen lines; ``delete_widget(*, id, actor, at)`` and ``restore_widget`` call ``bury`` and
   ``raise_up``. Append-only rows have ``record_widgets`` of the same shape, which starts with ``settle_repeats``,
   and ``withdraw_widget(*, id, actor, at)``.
2. A selector ``widget_rows()`` gives every row, tombstones included, with what the serializer reads.
3. In ``api.py``::

       class WidgetSerializer(ItemSerializer):
           needs = ("title",)
           id = serializers.UUIDField(read_only=True)
           external_id = external_id()
           account = reference("account", "account_id", null=False)
           account_external_id = external_reference("account")
           title = text(300)

       class WidgetView(ResourceView):  # or AppendOnlyView, or ListedView to read only
           serializer_class = WidgetSerializer
           filterset_class = WidgetFilter  # a ResourceFilter; without it the filters every resource has
           orderings = {**ResourceView.orderings, "due_on": ("due_on", "id")}
           save = staticmethod(services.save_widgets)
           delete_one = staticmethod(services.delete_widget)
           restore_one = staticmethod(services.restore_widget)

           def rows(self):
               return selectors.widget_rows()

4. In ``urls.py``: ``api_routes = [*resource_routes("widgets", WidgetView)]``, and the roof includes it.

A view that is not a resource is a ``RestView`` with actions of its own: ``self.actor`` and ``self.at`` are set, and it
answers with a ``Response`` or raises. Services refuse with ``Fault`` (in a Saved) or ``Refused``.
"""

from accounts.api.base.fields import (
    AccountFilter,
    AccountNameFilter,
    FlagFilter,
    ItemSerializer,
    PersonaFilter,
    ResourceFilter,
    StrictSerializer,
    WarningSerializer,
    choice,
    day,
    effective_at,
    external_id,
    external_reference,
    historical,
    moment,
    money,
    reference,
    text,
)
from accounts.api.base.paging import refuse_unknown
from accounts.api.base.problems import Conflict, Invalid, StaleVersion, Unavailable, problem
from accounts.api.base.resources import (
    AppendOnlyView,
    Extra,
    ListedView,
    ResourceView,
    WrittenView,
    resource_routes,
)
from accounts.api.base.views import Missing, RestView
from accounts.api.strict import StrictJSONParser

__all__ = [
    "AccountFilter",
    "AccountNameFilter",
    "AppendOnlyView",
    "Conflict",
    "Extra",
    "FlagFilter",
    "Invalid",
    "ItemSerializer",
    "ListedView",
    "Missing",
    "PersonaFilter",
    "ResourceFilter",
    "ResourceView",
    "RestView",
    "StaleVersion",
    "StrictJSONParser",
    "StrictSerializer",
    "Unavailable",
    "WarningSerializer",
    "WrittenView",
    "choice",
    "day",
    "effective_at",
    "external_id",
    "external_reference",
    "historical",
    "moment",
    "money",
    "problem",
    "reference",
    "refuse_unknown",
    "resource_routes",
    "text",
]
