"""One person as a whole: all that is held on them shown, handed over, erased; how long it may stay."""
