"""The `rtesmail` command: the language, the application, and what a person sees when something stops."""

import gc
import gettext
import os
import sys
from pathlib import Path


def bind_language() -> None:
    """Make `gettext` speak the terminal's language (LANGUAGE, LC_ALL, LC_MESSAGES, LANG), for us and for Typer."""
    gettext.bindtextdomain("rtesmail", str(Path(__file__).parent.parent / "locale"))
    gettext.textdomain("rtesmail")


def main() -> None:
    """Run the command line and exit with one of the documented codes."""
    # Most commands end before there is anything to collect; looking for it takes a tenth of their time.
    gc.set_threshold(100_000, 10, 10)
    bind_language()
    import typer

    from rtesmail.cli import application, failure

    is_debug = "--debug" in sys.argv or bool(os.environ.get("RTESMAIL_DEBUG"))
    try:
        code = application.build_application(sys.argv[1:])(prog_name="rtesmail", standalone_mode=False)
        # 130 is what Typer makes of Ctrl-C.
        sys.exit(failure.show_interruption() if code == 130 else code)
    except KeyboardInterrupt:
        sys.exit(failure.show_interruption())
    except typer.TyperException as error:
        sys.exit(failure.show_usage_error(error))
    except BrokenPipeError:
        # The reader of a pipe has gone (`| head`): nothing to say, and nothing left to flush into.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the edge of the program: staff see words, not a traceback
        sys.exit(failure.show(error, is_debug=is_debug))
    finally:
        # The process ends: nothing need be searched for what could be freed.
        gc.freeze()
