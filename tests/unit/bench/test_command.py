"""`python -m bench` lists its benches, knows their names and helps with an example."""

import pytest

from bench.__main__ import ALONE, BENCHES, main


def test_alone_it_lists_every_bench(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in [*BENCHES, *ALONE])


def test_unknown_bench_is_named_and_the_known_ones_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gatewy"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no bench 'gatewy'" in shown.err
    assert "  gateway " in shown.err


@pytest.mark.parametrize("name", BENCHES)
def test_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"Example: ./dev bench {name} --json {name}.json" in capsys.readouterr().out
