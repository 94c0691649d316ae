"""Which snippets stand in an issue, and why: a publication's rules merged with what a person decided. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from gettext import gettext as _

from rtesmail.content.issue_file import IssueState, SectionState
from rtesmail.model.content import Snippet, SnippetStatus, When
from rtesmail.model.publication import SectionOrder, SectionRule


@dataclass(frozen=True, slots=True)
class Decision:
    """Why one snippet is in or out; `section_id` is None when it is out."""

    snippet_id: str
    section_id: str | None
    taken: bool
    reason: str


@dataclass(slots=True)
class Selection:
    """The lists being made. `carried` gives, by snippet, the earlier issue that had it; `planned` is local time."""

    snippets: Mapping[str, Snippet]
    rules: Sequence[SectionRule]
    state: IssueState
    carried: Mapping[str, str]
    planned: datetime
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by_rule: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selected:
    """The snippets of each section in order, none empty; what the rules alone chose; a decision for every
    snippet, those taken first, in reading order.

    `by_rule` is in the rules' order and still names what a person took out: comparing it with the lists tells, next
    time, what a person did.
    """

    lists: Mapping[str, tuple[str, ...]]
    by_rule: Mapping[str, tuple[str, ...]]
    decisions: tuple[Decision, ...]


def select(
    snippets: Mapping[str, Snippet],
    rules: Sequence[SectionRule],
    state: IssueState,
    carried: Mapping[str, str],
    planned: datetime,
) -> Selected:
    """Choose the snippets of each section, a person's choices first."""
    selection = Selection(snippets, rules, state, carried, planned)
    for rule in rules:
        _take_by_hand(selection, rule)
    for rule in rules:
        _fill(selection, rule)
    for identity in snippets:
        selection.reasons.setdefault(identity, _reason_out(selection, snippets[identity]))
    in_order = [identity for ids in selection.lists.values() for identity in ids]
    left = sorted(set(snippets) - set(in_order))
    decisions = tuple(
        Decision(i, selection.taken.get(i), i in selection.taken, selection.reasons[i]) for i in (*in_order, *left)
    )
    return Selected(
        {name: ids for name, ids in selection.lists.items() if ids},
        {name: ids for name, ids in selection.by_rule.items() if ids},
        decisions,
    )


def _take_by_hand(selection: Selection, rule: SectionRule) -> None:
    """Give a person's choices their place first: pinned, added or moved here."""
    section = selection.state.sections.get(rule.id, SectionState())
    written = selection.state.assembled.get(rule.id, ())
    for identity in section.pin:
        if identity in selection.snippets and identity not in selection.taken:
            over = _reason_over(selection.snippets[identity], selection.planned)
            selection.taken[identity] = rule.id
            selection.reasons[identity] = _("pinned by hand") + (f" ({over})" if over else "")
    for identity in section.snippets:
        if identity in written or identity in section.exclude or identity not in selection.snippets:
            continue
        if identity not in selection.taken and not _unusable(selection, selection.snippets[identity]):
            selection.taken[identity] = rule.id
            selection.reasons[identity] = _("put here by hand")


def _fill(selection: Selection, rule: SectionRule) -> None:
    """Complete a section by its rules, in its order, up to its maximum."""
    section = selection.state.sections.get(rule.id, SectionState())
    written = selection.state.assembled.get(rule.id, ())
    is_touched = rule.id in selection.state.sections and section.snippets != written
    by_hand = {i for i, name in selection.taken.items() if name == rule.id}
    chosen = sorted(by_hand)
    candidates = sorted(
        (s for s in selection.snippets.values() if _is_candidate(selection, s, rule)),
        key=lambda s: _sort_key(s, rule.order),
    )
    if is_touched:
        # What a person saw and kept stays before newcomers.
        candidates.sort(key=lambda s: s.id not in section.snippets)
    for snippet in candidates:
        if rule.maximum and len(chosen) >= rule.maximum:
            selection.reasons[snippet.id] = _("{section} is full ({n})").format(section=rule.title, n=rule.maximum)
            continue
        selection.taken[snippet.id] = rule.id
        selection.reasons[snippet.id] = _reason_in(snippet, rule)
        chosen.append(snippet.id)
    taken_out = [i for i in written if i not in selection.state.ids and i in selection.snippets]
    by_rule = [i for i in chosen if i not in by_hand]
    selection.by_rule[rule.id] = tuple(_sorted(selection, rule, [*by_rule, *taken_out]))
    selection.lists[rule.id] = _ordered(selection, rule, chosen, section.snippets if is_touched else ())


def _ordered(selection: Selection, rule: SectionRule, chosen: list[str], by_hand: tuple[str, ...]) -> tuple[str, ...]:
    """Sort by the rule; where a person has touched the list, keep that order and put newcomers where they fit."""
    by_rule = _sorted(selection, rule, chosen)
    ordered = [i for i in by_hand if i in chosen]
    for identity in by_rule:
        if identity in ordered:
            continue
        key = _sort_key(selection.snippets[identity], rule.order)
        after = (n for n, i in enumerate(ordered) if _sort_key(selection.snippets[i], rule.order) > key)
        ordered.insert(next(after, len(ordered)) if rule.order is SectionOrder.START else len(ordered), identity)
    return tuple(ordered)


def _sorted(selection: Selection, rule: SectionRule, ids: Sequence[str]) -> list[str]:
    return sorted(ids, key=lambda i: _sort_key(selection.snippets[i], rule.order))


def _is_candidate(selection: Selection, snippet: Snippet, rule: SectionRule) -> bool:
    if snippet.id in selection.taken or snippet.kind not in rule.kinds:
        return False
    if rule.levels and snippet.levels and not set(rule.levels) & {level.value for level in snippet.levels}:
        return False
    if rule.regions and snippet.regions and not set(rule.regions) & set(snippet.regions):
        return False
    if not rule.repeats and snippet.id in selection.carried:
        return False
    return not (_unusable(selection, snippet) or _reason_by_hand(selection, snippet.id))


def _unusable(selection: Selection, snippet: Snippet) -> str:
    """Say why no section may have it, an empty text when one may."""
    day = selection.planned.date()
    if snippet.status is not SnippetStatus.REVIEWED:
        return _("still a draft")
    if snippet.publish_from and snippet.publish_from > day:
        return _("not before {day}").format(day=snippet.publish_from)
    if snippet.expire_at and snippet.expire_at < day:
        return _("expired on {day}").format(day=snippet.expire_at)
    return _reason_over(snippet, selection.planned)


def _reason_over(snippet: Snippet, planned: datetime) -> str:
    end = snippet.end
    if end is None or end.end_of_moment >= planned:
        return ""
    if "deadline" in snippet.details:
        return _("its deadline has passed ({day})").format(day=end.day)
    return _("over on {day}").format(day=end.day)


def _reason_by_hand(selection: Selection, identity: str) -> str:
    """Say that a person took it out, an empty text when nobody did."""
    if any(identity in section.exclude for section in selection.state.sections.values()):
        return _("excluded by hand")
    was_written = any(identity in ids for ids in selection.state.assembled.values())
    return _("taken out by hand") if was_written and identity not in selection.state.ids else ""


def _reason_in(snippet: Snippet, rule: SectionRule) -> str:
    if rule.order is SectionOrder.START and snippet.start:
        return _("on {day}").format(day=snippet.start.day)
    return _("{kind}, reviewed").format(kind=snippet.kind)


def _reason_out(selection: Selection, snippet: Snippet) -> str:
    reason = _reason_by_hand(selection, snippet.id) or _unusable(selection, snippet)
    if reason:
        return reason
    sections = [rule for rule in selection.rules if snippet.kind in rule.kinds]
    if not sections:
        return _("no section takes the kind {kind}").format(kind=snippet.kind)
    if snippet.id in selection.carried and not any(rule.repeats for rule in sections):
        return _("already in {issue}").format(issue=selection.carried[snippet.id])
    return _("for other levels or regions")


def _sort_key(snippet: Snippet, order: SectionOrder) -> tuple[object, ...]:
    if order is SectionOrder.START:
        start = snippet.start or When(date.max)
        return (start, snippet.path.as_posix())
    if order is SectionOrder.NEWEST:
        day = snippet.details.get("date") or snippet.publish_from
        newest = -day.toordinal() if isinstance(day, date) else 0
        return (newest, snippet.path.as_posix())
    if order is SectionOrder.TITLE:
        return (snippet.title.casefold(), snippet.path.as_posix())
    return (snippet.path.as_posix(),)
