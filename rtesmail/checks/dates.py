"""Dates are right, and still to come."""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.calendar_words import find_written_days
from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject, place_in
from rtesmail.model.content import Snippet, When
from rtesmail.model.dates import day_words, moment_words, weekday
from rtesmail.model.findings import Severity


@check("weekday", Severity.ERROR)
def compare_weekdays_with_dates(subject: Subject) -> Iterator[Remark]:
    near = subject.issue.planned_for.date()
    for source in subject.sources:
        for written in find_written_days(source.text, near):
            place = source.place_at(written.position)
            if written.day is None:
                yield Remark(
                    _("“{words}”: there is no such day.").format(words=written.words), _("Look at a calendar."), place
                )
            elif written.weekday != written.day.weekday():
                yield Remark(
                    _("“{words}”: {date} is a {weekday}.").format(
                        words=written.words, date=day_words(written.day), weekday=weekday(written.day)
                    ),
                    _("Correct the weekday or the date.")
                    if written.has_year
                    else _("Correct the weekday or the date, or add the year when it is another one."),
                    place,
                    # Without a year the date is a guess: the nearest to the issue's day.
                    None if written.has_year else Severity.WARNING,
                )


@check("past-event", Severity.ERROR)
def find_past_events(subject: Subject) -> Iterator[Remark]:
    planned = subject.issue.planned_for
    for snippet in subject.issue.snippets:
        end = snippet.end
        if end is None or _deadline(snippet) is not None or end.end_of_moment >= planned:
            continue
        field = next((name for name in ("end", "start", "days") if name in snippet.line_of), "start")
        yield Remark(
            _("“{title}” was over on {day}, before this issue goes out ({planned}).").format(
                title=snippet.title, day=day_words(end.day), planned=moment_words(planned)
            ),
            _("Take it out of the issue, or correct its date."),
            place_in(snippet, field),
        )


@check("passed-deadline", Severity.ERROR)
def find_passed_deadlines(subject: Subject) -> Iterator[Remark]:
    planned = subject.issue.planned_for
    for snippet in subject.issue.snippets:
        deadline = _deadline(snippet)
        if deadline is None or deadline.end_of_moment >= planned:
            continue
        yield Remark(
            _("The deadline of “{title}” passed on {day}, before this issue goes out ({planned}).").format(
                title=snippet.title, day=day_words(deadline.day), planned=moment_words(planned)
            ),
            _("Take it out of the issue, or correct its deadline."),
            place_in(snippet, "deadline"),
        )


def _deadline(snippet: Snippet) -> When | None:
    value = snippet.details.get("deadline")
    return value if isinstance(value, When) else None
