"""What goes to stdout is on its way at once."""

import pytest

from source_tiktok_marketing.run import Stdout


def test_given_a_line_that_is_written_then_it_waits_for_no_other(capfd: pytest.CaptureFixture[str]) -> None:
    stdout = Stdout()

    stdout.write(b'{"type":"STATE"}\n')

    assert capfd.readouterr().out == '{"type":"STATE"}\n'
