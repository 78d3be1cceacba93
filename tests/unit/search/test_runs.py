"""In scripts without spaces what was asked for is found where enough of it stands, and nowhere else."""

import pytest

from search.language.runs import Runs


@pytest.mark.parametrize(
    ("asked", "run", "found"),
    [
        ("海洋", "海洋生物学导论", ["海洋"]),
        ("計算機", "計算機科學與資訊工程", ["計算機"]),
        ("计算机", "計算機科學", ["計算機"]),  # simplified
        ("資訊工程", "計算機科學與資訊工程", ["資訊工程"]),
        ("計算機科學", "電子計算", ["計算"]),  # two Han characters are a word
        ("データ構造", "ｺﾝﾋﾟｭｰﾀと構造", ["構造"]),  # two of kana are none
        ("コンピュータ", "ｺﾝﾋﾟｭｰﾀ入門", ["ｺﾝﾋﾟｭｰﾀ"]),  # half width
        ("คอมพิวเตอร์", "วิทยาศาสตร์คอมพิวเตอร์", ["คอมพิวเตอร์"]),
        ("วิทยาศาสตร์", "วิชานี้", []),
        ("물리학", "물리학개론", ["물리학"]),
        ("学", "生物学と化学", ["学", "学"]),
        ("東京大学", "京都大学", ["大学"]),
        ("法", "音楽", []),
    ],
)
def test_what_was_asked_for_is_found_in_a_run(asked: str, run: str, found: list[str]) -> None:
    assert [run[start:end] for start, end in Runs([asked]).places(run)] == found


def test_what_touches_of_two_runs_is_one_place() -> None:
    assert Runs(["生物学", "物学入門"]).places("海洋生物学入門") == [(2, 7)]
