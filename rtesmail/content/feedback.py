"""What `rtesmail.toml` says of bounces: how many are too many, and which are believed."""

from rtesmail.content.reading import Reader
from rtesmail.model.feedback import Belief, FeedbackPolicy

_MOST_BOUNCES = 100
_LONGEST_DAYS = 3_660


def read_feedback(table: Reader) -> FeedbackPolicy:
    """Give the `[feedback]` table; what is wrong is noted and replaced by a default."""
    table.only(FeedbackPolicy.__struct_fields__)
    usual = FeedbackPolicy()
    return FeedbackPolicy(
        soft_bounces=table.integer("soft_bounces", usual.soft_bounces, least=1, most=_MOST_BOUNCES),
        soft_days=table.integer("soft_days", usual.soft_days, least=1, most=_LONGEST_DAYS),
        believe=Belief(table.choice("believe", [belief.value for belief in Belief], usual.believe.value)),
    )
