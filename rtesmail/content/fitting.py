"""Whether a section's rules allow a snippet, and in a person's words why not. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from gettext import gettext as _
from gettext import ngettext
from textwrap import shorten

from msgspec import Struct, field

from rtesmail.content.link_cleaning import page_key
from rtesmail.model.content import Snippet, SnippetStatus, When
from rtesmail.model.dates import day_words
from rtesmail.model.publication import SectionOrder, SectionRule


class Earlier(Struct, frozen=True):
    """What issues sent before had, as far as this publication carried it.

    `carried` gives by snippet the issue that had it, `addresses` by address the snippet and the issue. `words` are
    those of what lay beside its own issue: the next editorial has the same name and is another. `drawn` gives, by
    publication, the snippets of its last issues, each with its issue, for sections that draw on them; `later` those of
    its issues of the same day that leave after this one.
    """

    carried: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    words: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    drawn: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    later: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def had(self, snippet: Snippet) -> tuple[str, str]:
        """Give the snippet that readers had, this one or another of its address, and the issue; empty when none."""
        if issue := self.carried.get(snippet.id) or self.words.get(own_words(snippet), ""):
            return snippet.id, issue
        return self.addresses.get(address_of(snippet), ("", ""))


def repeat_of(snippet: Snippet, rule: SectionRule, earlier: Earlier) -> tuple[str, str]:
    """Give of what a snippet is a repeat that its section does not allow: the snippet and the issue; else empty.

    Assembly refuses what this names, and the check tells what a person typed in nevertheless.
    """
    return ("", "") if rule.repeats else earlier.had(snippet)


def own_words(snippet: Snippet) -> tuple[str, ...]:
    """Give by what a snippet beside an issue is known again beside another: its name and all that it says."""
    return snippet.id, snippet.title, snippet.lead, snippet.body


def address_of(snippet: Snippet) -> str:
    """Give by what two snippets lead to the same thing; empty for none, and for a site's front page.

    One page may announce many meetings: those of another day are others.
    """
    page = page_key(snippet.url or "")
    return f"{page} {snippet.start.day}" if page and snippet.start else page


def reason_against(snippet: Snippet, rule: SectionRule, earlier: Earlier, planned: datetime) -> str:
    """Say why a section's rules do not allow a snippet; empty when they do. Its kind and the room left are not asked.

    `planned` is the local time at which the issue leaves. Of several reasons the first is told: what keeps the snippet
    out of every section, then for whom the section is, then when things happen, then what readers had.
    """
    return (
        reason_unusable(snippet, planned)
        or _reason_of_place(snippet, rule)
        or _reason_of_time(snippet, rule, planned)
        or _reason_of_earlier(snippet, rule, earlier)
    )


def reason_unusable(snippet: Snippet, planned: datetime) -> str:
    """Say why no section may have it, as a draft or as a thing of the past; empty when one may."""
    return reason_early(snippet, planned) or reason_past(snippet, planned)


def reason_early(snippet: Snippet, planned: datetime) -> str:
    """Say that it is not ready, an empty text when it is."""
    if snippet.status is not SnippetStatus.REVIEWED:
        return _("still a draft")
    if snippet.publish_from and snippet.publish_from > planned.date():
        return _("not before {day}").format(day=day_words(snippet.publish_from))
    return ""


def reason_past(snippet: Snippet, planned: datetime) -> str:
    """Say that it is over, an empty text when it is not."""
    if snippet.expire_at and snippet.expire_at < planned.date():
        return _("expired on {day}").format(day=day_words(snippet.expire_at))
    end = snippet.end
    if end is None or end.end_of_moment >= planned:
        return ""
    if "deadline" in snippet.details:
        return _("its deadline has passed ({day})").format(day=day_words(end.day))
    return _("over on {day}").format(day=day_words(end.day))


def reason_in(snippet: Snippet, rule: SectionRule, earlier: Earlier) -> str:
    """Say what speaks for a snippet that the rules have taken, and which issue it is drawn from."""
    reason = _reason_of_its_own(snippet, rule)
    issue = earlier.drawn.get(rule.draws_on, {}).get(snippet.id)
    return _("{reason}, drawn from {issue}").format(reason=reason, issue=issue) if issue else reason


def _reason_of_its_own(snippet: Snippet, rule: SectionRule) -> str:
    if snippet.is_featured and rule.order is not SectionOrder.START:
        return _("featured")
    if rule.order is SectionOrder.START and snippet.start:
        return _("on {day}").format(day=day_words(snippet.start.day))
    if day := _day_of(snippet):
        return _("{kind} of {day}").format(kind=snippet.kind, day=day_words(day))
    return _("{kind}, reviewed").format(kind=snippet.kind)


def reason_full(rule: SectionRule, last: Snippet | None) -> str:
    """Say that a section has no room left, and which snippet stands last in it; None when it is full of unread ones."""
    if last is None:
        return _("{section} is full ({n})").format(section=rule.title, n=rule.maximum)
    if rule.order is SectionOrder.START and last.start:
        said = _("{section} is full ({n}): the last place went to {day}")
        return said.format(section=rule.title, n=rule.maximum, day=day_words(last.start.day))
    said = _("{section} is full ({n}): the last place went to “{title}”")
    return said.format(section=rule.title, n=rule.maximum, title=shorten(last.title, 40, placeholder="…"))


def sort_key(snippet: Snippet, order: SectionOrder) -> tuple[object, ...]:
    """Give what a section is sorted by: what is featured leads, but in an agenda, which time alone orders."""
    path = snippet.path.as_posix()
    if order is SectionOrder.START:
        return (snippet.start or When(date.max), path)
    leads = not snippet.is_featured
    if order is SectionOrder.NEWEST:
        day = _day_of(snippet) or snippet.publish_from
        return (leads, -day.toordinal() if day else 0, path)
    if order is SectionOrder.TITLE:
        return (leads, snippet.title.casefold(), path)
    return (leads, path)


def _reason_of_place(snippet: Snippet, rule: SectionRule) -> str:
    if rule.levels and snippet.levels and not set(rule.levels) & {level.value for level in snippet.levels}:
        return _("for other levels")
    if rule.regions and snippet.regions and not set(rule.regions) & set(snippet.regions):
        return _("for other regions")
    if rule.featured and not snippet.is_featured:
        return _("not featured")
    return ""


def _reason_of_time(snippet: Snippet, rule: SectionRule, planned: datetime) -> str:
    start, day = snippet.start, _day_of(snippet)
    last = planned.date() + timedelta(days=rule.days_ahead)
    if rule.days_ahead and start and start.day > last:
        return _("too far ahead: {day}, and {section} goes to {last}").format(
            day=day_words(start.day), section=rule.title, last=day_words(last)
        )
    if rule.days_left and "deadline" in snippet.details and start:
        left = (start.day - planned.date()).days
        if left < rule.days_left:
            return ngettext(
                "only {n} day is left to answer, {section} asks for {least}",
                "only {n} days are left to answer, {section} asks for {least}",
                left,
            ).format(n=left, section=rule.title, least=rule.days_left)
    first = planned.date() - timedelta(days=rule.days_old)
    if rule.days_old and day and day < first:
        return _("too old: {day}, and {section} begins on {first}").format(
            day=day_words(day), section=rule.title, first=day_words(first)
        )
    return ""


def _reason_of_earlier(snippet: Snippet, rule: SectionRule, earlier: Earlier) -> str:
    other, issue = repeat_of(snippet, rule, earlier)
    if issue:
        said = _("already in {issue}") if other == snippet.id else _("its address was already in {issue}")
        return said.format(issue=issue)
    if not rule.draws_on or snippet.id in earlier.drawn.get(rule.draws_on, {}):
        return ""
    if later := earlier.later.get(rule.draws_on, {}).get(snippet.id):
        return _("in {issue}, which leaves later on the same day").format(issue=later)
    return _("not in the last issues of {publication}").format(publication=rule.draws_on)


def _day_of(snippet: Snippet) -> date | None:
    """Give the day of what is news."""
    day = snippet.details.get("date") or snippet.details.get("joined")
    return day if isinstance(day, date) else None
