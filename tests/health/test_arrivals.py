"""The lines of what arrived: how long they are kept, and what is counted of those that are not."""

import datetime as dt

from health.models import Arrival, ArrivalHour
from health.selectors.connect import counted_since, sources
from health.services import forget_arrivals
from health.services.arrivals import REFUSED_ROWS, ROWS


def test_old_lines_are_forgotten_but_the_newest_of_each_source_stays(northwind, now):
    def line(source, days):
        at = now - dt.timedelta(days=days)
        Arrival.objects.create(at=at, source=source, accepted=1, duplicates=0, unmatched=0, rejected=0)

    for source, days in (("a", 0), ("a", 1), ("a", 9), ("b", 8), ("b", 9)):
        line(source, days)
    forget_arrivals(at=now)
    kept = [(one.source, (now - one.at).days) for one in Arrival.objects.order_by("source", "-at")]
    assert kept == [("a", 0), ("a", 1), ("b", 8)]


def arrived(at, source="a", accepted=1, rejected=0):
    return Arrival(at=at, source=source, accepted=accepted, duplicates=0, unmatched=0, rejected=rejected)


def keep_lines(rows):
    for row in rows:
        row.stamp()
    Arrival.objects.bulk_create(rows)


def seconds(count):
    return (dt.timedelta(seconds=second) for second in range(count))


def test_ordinary_traffic_pushes_no_refusal_out(northwind, now):
    keep_lines([arrived(now - dt.timedelta(days=2), rejected=1)])
    keep_lines([arrived(now - back) for back in seconds(ROWS + 100)])
    forget_arrivals(at=now)
    assert Arrival.objects.filter(rejected=0).count() == ROWS
    assert Arrival.objects.filter(rejected=1).count() == 1


def test_a_source_that_is_always_refused_keeps_no_more_than_so_many_lines(northwind, now):
    keep_lines([arrived(now - back, rejected=1) for back in seconds(REFUSED_ROWS + 100)])
    forget_arrivals(at=now)
    assert Arrival.objects.count() == REFUSED_ROWS


def test_lines_that_are_forgotten_are_counted_still(northwind, now):
    later = now + dt.timedelta(minutes=10)
    for begin in (now, later):
        keep_lines([arrived(begin - back, accepted=5) for back in seconds(ROWS)])
        keep_lines([arrived(begin - back, accepted=2, rejected=1) for back in seconds(REFUSED_ROWS)])
        forget_arrivals(at=begin)
    (source,) = sources(at=later)
    assert Arrival.objects.count() == ROWS + REFUSED_ROWS
    assert (source.requests, source.taken, source.rejected) == (8000, 28_000, 4000)


def test_what_came_before_the_full_hour_a_day_ago_is_not_counted(northwind, now):
    since = counted_since(at=now)
    assert (since.minute, since.second, since.microsecond) == (0, 0, 0)
    assert dt.timedelta(hours=24) <= now - since < dt.timedelta(hours=25)
    old = [since - dt.timedelta(minutes=1), since]
    keep_lines([arrived(at) for at in old])
    assert sources(at=now)[0].requests == 1
    keep_lines([arrived(now - back) for back in seconds(ROWS)])
    forget_arrivals(at=now)
    assert sources(at=now)[0].requests == ROWS + 1


def test_sums_go_when_they_are_shown_no_more(northwind, now):
    keep_lines([arrived(now - back) for back in seconds(ROWS + 1)])
    forget_arrivals(at=now)
    assert ArrivalHour.objects.count() == 1
    forget_arrivals(at=now + dt.timedelta(days=4))
    assert not ArrivalHour.objects.exists()
