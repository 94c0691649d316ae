"""The words beside the subject: the preheader, and what a mailbox would show after it."""

from rtesmail.web.inbox import row_words


def test_the_preheader_is_shown_and_its_padding_keeps_the_mail_away() -> None:
    padding = "&#847;&zwnj;&nbsp;" * 70
    html = f"<head><title>x</title></head><body><!-- y --><div style='display:none'>Deux dates{padding}</div><p>Bon</p>"
    assert row_words(html) == "Deux dates" + "\xa0" * 70 + " Bon"


def test_without_padding_the_mail_s_own_words_follow() -> None:
    assert row_words('<body><div>Deux dates</div><p title="a > b">RTES &amp; vous</p>') == "Deux dates RTES & vous"


def test_no_more_is_shown_than_outlook_takes() -> None:
    assert row_words("<p>" + "é" * 300) == "é" * 255
