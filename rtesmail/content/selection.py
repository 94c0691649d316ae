"""Which snippets stand in an issue, and why: a publication's rules merged with what a person decided. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from gettext import gettext as _

from msgspec import Struct, field
from msgspec.structs import replace

from rtesmail.content.fitting import (
    Earlier,
    address_of,
    reason_against,
    reason_early,
    reason_full,
    reason_in,
    reason_past,
    reason_unusable,
    sort_key,
)
from rtesmail.content.issue_state import IssueState, Memory, SectionState
from rtesmail.model.content import Snippet, SnippetStatus
from rtesmail.model.publication import SectionOrder, SectionRule


class Decision(Struct, frozen=True):
    """Why one snippet is in or out; `section_id` is None when it is out."""

    snippet_id: str
    section_id: str | None
    taken: bool
    reason: str


class Selection(Struct):
    """The lists being made.

    `broken` are the ids of files with mistakes; `beside` those of snippets that lie beside the issue; `planned` is
    local time. `addresses` gives, by canonical address, the snippet of this issue that has it.
    """

    snippets: Mapping[str, Snippet]
    rules: Sequence[SectionRule]
    state: IssueState
    earlier: Earlier
    planned: datetime
    broken: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by_rule: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by_hand: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    arranged: set[str] = field(default_factory=set)
    addresses: dict[str, str] = field(default_factory=dict)

    def take(self, identity: str, rule: SectionRule, reason: str) -> None:
        """Give a snippet its section."""
        self.taken[identity] = rule.id
        self.reasons[identity] = reason
        if identity in self.snippets and (address := address_of(self.snippets[identity])):
            self.addresses.setdefault(address, identity)

    def twin_of(self, snippet: Snippet) -> str:
        """Give another snippet of this issue that leads to the same page; empty when there is none."""
        other = self.addresses.get(address_of(snippet), "")
        return "" if other == snippet.id else other


class Selected(Struct, frozen=True):
    """The snippets of each section in order, none empty, and a decision for every snippet, those taken first.

    `memory` says who chose what: by it the next assembly will know what a person did in between.
    """

    lists: Mapping[str, tuple[str, ...]]
    memory: Memory
    decisions: tuple[Decision, ...]


def select(
    snippets: Mapping[str, Snippet],
    rules: Sequence[SectionRule],
    state: IssueState,
    earlier: Earlier,
    planned: datetime,
    *,
    broken: frozenset[str] = frozenset(),
    beside: frozenset[str] = frozenset(),
) -> Selected:
    """Choose the snippets of each section, a person's choices first: pins, then what was put or moved by hand."""
    selection = Selection(snippets, rules, state, earlier, planned, broken, beside)
    for step in (_take_pins, _take_by_hand, _keep_unreadable, _note_arranged, _fill):
        for rule in rules:
            step(selection, rule)
    for identity in broken:
        selection.reasons.setdefault(identity, _("its file has a mistake"))
    for identity, snippet in snippets.items():
        if identity not in selection.taken and selection.twin_of(snippet):
            # Heavier than a full section, which it met before its twin was taken.
            selection.reasons.pop(identity, None)
        selection.reasons.setdefault(identity, _reason_out(selection, snippet))
    taken_out = (i for i in sorted({*snippets, *broken}) if state.is_taken_out(i) and i not in selection.taken)
    places = [i for rule in rules for i in selection.lists.get(rule.id, ())]
    decisions = tuple(
        Decision(i, selection.taken.get(i), i in selection.taken, selection.reasons[i])
        for i in sorted(selection.reasons, key=lambda i: (places.index(i) if i in places else len(places), i))
    )
    return Selected(
        {name: ids for name, ids in selection.lists.items() if ids},
        Memory(
            sections={name: ids for name, ids in selection.by_rule.items() if ids},
            by_hand={name: ids for name, ids in selection.by_hand.items() if ids},
            taken_out=tuple(taken_out),
        ),
        decisions,
    )


def would_be_taken(draft: Snippet, rules: Sequence[SectionRule], earlier: Earlier, planned: datetime) -> bool:
    """Tell whether some section's rules allow a draft once it is reviewed, room or not."""
    selection = Selection({}, rules, IssueState(), earlier, planned)
    reviewed = replace(draft, status=SnippetStatus.REVIEWED)
    return any(_fits(selection, reviewed, rule) for rule in rules)


def _take_pins(selection: Selection, rule: SectionRule) -> None:
    for identity in selection.state.sections.get(rule.id, SectionState()).pin:
        if identity in selection.snippets and identity not in selection.taken:
            against = reason_unusable(selection.snippets[identity], selection.planned)
            selection.take(identity, rule, _("pinned by hand") + (f" ({against})" if against else ""))


def _take_by_hand(selection: Selection, rule: SectionRule) -> None:
    """Keep what a person added or moved here, whatever the rules say, unless it is over."""
    section = selection.state.sections.get(rule.id, SectionState())
    written = selection.state.memory.sections.get(rule.id, ())
    for identity in section.snippets:
        snippet = selection.snippets.get(identity)
        if snippet is None or identity in (*written, *section.exclude, *selection.taken):
            continue
        if not reason_past(snippet, selection.planned):
            early = reason_early(snippet, selection.planned)
            selection.take(identity, rule, _("put here by hand") + (f" ({early})" if early else ""))


def _keep_unreadable(selection: Selection, rule: SectionRule) -> None:
    """Leave in its place what cannot be read just now: a mistake in a file must not cost a person's order."""
    section = selection.state.sections.get(rule.id, SectionState())
    written = selection.state.memory.sections.get(rule.id, ())
    for identity in section.snippets:
        if identity in (*selection.snippets, *selection.taken, *section.exclude):
            continue
        if identity in selection.broken:
            selection.take(identity, rule, _("its file has a mistake; kept in its place"))
        elif identity not in written:
            selection.take(identity, rule, _("there is no such snippet; kept as written by hand"))
        else:
            selection.reasons[identity] = _("its file is gone")


def _note_arranged(selection: Selection, rule: SectionRule) -> None:
    """Note whether a person gave the section an order or a snippet of their own.

    Only what still stays counts: when it has gone, so has the arrangement, and a second assembly finds the same.
    """
    written = selection.state.memory.sections.get(rule.id, ())
    standing = [i for i in selection.state.sections.get(rule.id, SectionState()).snippets if _stays(selection, i, rule)]
    if standing != [i for i in written if i in standing]:
        selection.arranged.add(rule.id)


def _stays(selection: Selection, identity: str, rule: SectionRule) -> bool:
    if identity in selection.taken:
        return selection.taken[identity] == rule.id
    snippet = selection.snippets.get(identity)
    return snippet is not None and _fits(selection, snippet, rule)


def _fill(selection: Selection, rule: SectionRule) -> None:
    """Complete a section by its rules, in its order, up to its maximum."""
    section = selection.state.sections.get(rule.id, SectionState())
    written = selection.state.memory.sections.get(rule.id, ())
    is_arranged = rule.id in selection.arranged
    here = [i for i, name in selection.taken.items() if name == rule.id]
    by_hand = [i for i in here if i in selection.snippets]
    unreadable = [i for i in here if i not in selection.snippets]
    chosen = sorted(by_hand)
    candidates = sorted(
        (s for s in selection.snippets.values() if _is_candidate(selection, s, rule)),
        key=lambda s: sort_key(s, rule.order),
    )
    if is_arranged:
        # What a person saw and kept stays before newcomers, the first of the list before the last.
        place = {identity: position for position, identity in enumerate(section.snippets)}
        candidates.sort(key=lambda s: place.get(s.id, len(place)))
    for snippet in candidates:
        if selection.twin_of(snippet):
            continue
        # What a person put in comes on top of what they saw and kept; it takes the place of a newcomer.
        is_kept = is_arranged and snippet.id in section.snippets
        standing = len(chosen) - len(by_hand) if is_kept else len(chosen) + len(unreadable)
        if rule.maximum and standing >= rule.maximum:
            last = _sorted(selection, rule, chosen)[-1:]
            selection.reasons[snippet.id] = reason_full(rule, selection.snippets[last[0]] if last else None)
            continue
        selection.take(snippet.id, rule, reason_in(snippet, _rule_here(selection, snippet, rule), selection.earlier))
        chosen.append(snippet.id)
    ordered = _ordered(selection, rule, chosen, section.snippets if is_arranged else ())
    selection.lists[rule.id] = _put_back(ordered, unreadable, section.snippets)
    remembered = [i for i in chosen if i not in by_hand]
    unread = [i for i in unreadable if i in written]
    selection.by_rule[rule.id] = _put_back(_sorted(selection, rule, remembered), unread, written)
    selection.by_hand[rule.id] = tuple(sorted(by_hand))


def _put_back(ids: Sequence[str], kept: Sequence[str], former: Sequence[str]) -> tuple[str, ...]:
    """Insert each of `kept` after the one that stood before it in `former`."""
    result = list(ids)
    for position, identity in enumerate(former):
        if identity in kept and identity not in result:
            before = [i for i in former[:position] if i in result]
            result.insert(result.index(before[-1]) + 1 if before else 0, identity)
    return tuple(result)


def _ordered(selection: Selection, rule: SectionRule, chosen: list[str], by_hand: tuple[str, ...]) -> list[str]:
    """Sort by the rule; where a person has touched the list, keep that order and put newcomers where they fit."""
    by_rule = _sorted(selection, rule, chosen)
    ordered = [i for i in by_hand if i in chosen]
    for identity in by_rule:
        if identity in ordered:
            continue
        key = sort_key(selection.snippets[identity], rule.order)
        after = (n for n, i in enumerate(ordered) if sort_key(selection.snippets[i], rule.order) > key)
        ordered.insert(next(after, len(ordered)) if rule.order is SectionOrder.START else len(ordered), identity)
    return ordered


def _sorted(selection: Selection, rule: SectionRule, ids: Sequence[str]) -> list[str]:
    return sorted(ids, key=lambda i: sort_key(selection.snippets[i], rule.order))


def _is_candidate(selection: Selection, snippet: Snippet, rule: SectionRule) -> bool:
    if snippet.id in selection.taken or not _fits(selection, snippet, rule):
        return False
    # What stands in a list that a person arranged is not drawn from there into another section.
    return not any(name != rule.id and name in selection.arranged for name in selection.state.sections_of(snippet.id))


def _fits(selection: Selection, snippet: Snippet, rule: SectionRule) -> bool:
    """Say whether the rules allow a snippet in a section, room or not."""
    return not (
        snippet.kind not in rule.kinds
        or _reason_against(selection, snippet, rule)
        or _reason_by_hand(selection, snippet.id)
        or selection.twin_of(snippet)
    )


def _reason_against(selection: Selection, snippet: Snippet, rule: SectionRule) -> str:
    return reason_against(snippet, _rule_here(selection, snippet, rule), selection.earlier, selection.planned)


def _rule_here(selection: Selection, snippet: Snippet, rule: SectionRule) -> SectionRule:
    """Give the rule as it is for a snippet: what lies beside the issue was written for it, whatever is drawn on."""
    return replace(rule, draws_on="") if snippet.id in selection.beside else rule


def _reason_by_hand(selection: Selection, identity: str) -> str:
    """Say that a person took it out, an empty text when nobody did."""
    if any(identity in section.exclude for section in selection.state.sections.values()):
        return _("excluded by hand")
    return _("taken out by hand") if selection.state.is_taken_out(identity) else ""


def _reason_out(selection: Selection, snippet: Snippet) -> str:
    reason = _reason_by_hand(selection, snippet.id) or reason_unusable(snippet, selection.planned)
    if reason:
        return reason
    sections = [rule for rule in selection.rules if snippet.kind in rule.kinds]
    if not sections:
        return _("no section takes the kind {kind}").format(kind=snippet.kind)
    if twin := selection.twin_of(snippet):
        return _("leads to the same page as {snippet}").format(snippet=twin)
    # Where several sections refuse it, what is featured is the least of reasons.
    against = [_reason_against(selection, snippet, rule) for rule in sorted(sections, key=lambda rule: rule.featured)]
    return next(filter(None, against), _("its place in another section was given up by hand"))
