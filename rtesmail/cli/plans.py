"""What a sending or a proof holds, told before or beside it: how many would get it, and which blocks are for whom."""

from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.cli import setting, terminal
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.delivery.planning import Plan
    from rtesmail.model.edition import Edition
    from rtesmail.model.publication import Workspace


def show_plan(workspace: "Workspace", plan: "Plan") -> None:
    """Print what `send` would do, and what keeps it from doing it."""
    from rtesmail.delivery.targets import approve_command, options

    if plan.segment:
        terminal.say(
            _("To those of the list {list} whom the segment {segment} asks for:").format(
                list=plan.list_name, segment=plan.segment
            )
        )
        for line in plan.asks_for:
            terminal.say(f"  {line}")
        terminal.say_notes(plan.notes)
        terminal.say()
    terminal.table(
        [
            (_("would get it"), grouped(plan.would_get)),
            *(
                (
                    _("… with the blocks for {readers}").format(readers=r)
                    if r
                    else _("… without blocks for some only"),
                    grouped(n),
                )
                for r, n in plan.variants
            ),
            *((_("held back: {reason}").format(reason=reason), grouped(n)) for reason, n in plan.held_back.items()),
            *((_("no message can be made for {address}").format(address=a), "") for a in plan.unwritable),
            (_("largest message, KB"), grouped(round(plan.largest_bytes / 1000))),
        ],
        right=(1,),
    )
    for readers in plan.unmet:
        terminal.say(
            terminal.paint(_("Nobody on the list gets what is only for: {readers}.").format(readers=readers), "warning")
        )
    if plan.last_at is not None:
        terminal.say(
            _("At the pace set in rtesmail.toml, the last message leaves on {moment}.").format(
                moment=setting.local_words(workspace, plan.last_at)
            )
        )
    terminal.say()
    if plan.approval is None:
        terminal.say(_("Not approved as it is now: `send` would refuse."))
        terminal.say(_("Next: {command}").format(command=approve_command(plan.issue, plan.approved_before)))
        return
    if plan.refusal is not None:
        terminal.say(_("`send` would refuse: {reason}").format(reason=plan.refusal))
        terminal.say(f"→ {plan.refusal.hint}")
        return
    terminal.say(_("Approved by {name}. Nothing was sent (--dry-run).").format(name=plan.approval.approved_by))
    terminal.say(
        _("Next: rtesmail send {issue} --list {list}").format(
            issue=plan.issue, list=options(plan.list_name, plan.segment)
        )
    )


def plan_as_json(plan: "Plan") -> terminal.Json:
    """Give what `send` would do as `--json` shows it; times are UTC."""
    return {
        "issue": plan.issue,
        "list": plan.list_name,
        "segment": plan.segment,
        "condition": plan.condition,
        "asks_for": list(plan.asks_for),
        "notes": list(plan.notes),
        "would_get": plan.would_get,
        "variants": [{"for": readers, "people": n} for readers, n in plan.variants],
        "for_nobody": list(plan.unmet),
        "held_back": dict(plan.held_back),
        "unwritable": list(plan.unwritable),
        "largest_bytes": plan.largest_bytes,
        "last_at": plan.last_at.isoformat() if plan.last_at else None,
        "approved_by": plan.approval.approved_by if plan.approval else None,
        "refused": str(plan.refusal) if plan.refusal else None,
    }


def show_proof_readers(edition: "Edition", variant: str | None) -> None:
    """Print which blocks for some readers only stood in a proof; `variant` is None when all did."""
    from rtesmail.model.conditions import words_of

    if not edition.conditions:
        terminal.say(_("This issue has no block for some readers only: everybody gets the same."))
        return
    if variant is None:
        terminal.say(
            _("Some blocks are for some readers only; the proof holds them all. What one reader gets: --as-if level=…")
        )
        return
    readers = words_of(edition.conditions, variant)
    terminal.say(
        _("The proof holds what is for everybody and for: {readers}.").format(readers=readers)
        if readers
        else _("The proof holds what is for everybody; no other block is for such a reader.")
    )
