"""The calendar's names as people write them in French and English, to be read; how days are said is `dates`."""

MONTHS = (
    ("janvier", "january", "janv", "jan"),
    ("février", "february", "févr", "fév", "feb"),
    ("mars", "march", "mar"),
    ("avril", "april", "avr", "apr"),
    ("mai", "may"),
    ("juin", "june", "jun"),
    ("juillet", "july", "juil", "jul"),
    ("août", "august", "aug"),
    ("septembre", "september", "sept", "sep"),
    ("octobre", "october", "oct"),
    ("novembre", "november", "nov"),
    ("décembre", "december", "déc", "dec"),
)
"""Each month's names, the French one first, then the English one and the short ones."""

WEEKDAYS = (
    ("lundi", "monday"),
    ("mardi", "tuesday"),
    ("mercredi", "wednesday"),
    ("jeudi", "thursday"),
    ("vendredi", "friday"),
    ("samedi", "saturday"),
    ("dimanche", "sunday"),
)
"""Each weekday's names, the French one first."""

SHORT_WEEKDAYS = (
    ("lun", "mon"),
    ("mar", "tue"),
    ("mer", "wed"),
    ("jeu", "thu"),
    ("ven", "fri"),
    ("sam", "sat"),
    ("dim", "sun"),
)
"""The same in short, without their full stop."""

DAY_PARTS = {
    "morning": ("matin", "matinée", "morning"),
    "afternoon": ("après-midi", "après midi", "aprem", "afternoon"),
    "evening": ("soir", "soirée", "evening"),
    "day": ("journée",),
}
"""The parts of a day, which tell no hour."""
