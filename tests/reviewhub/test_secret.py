"""Secret keys are given, or made once and kept for their owner only."""

from pathlib import Path

import pytest

from reviewhub.settings import secret


def test_keys_are_made_once(tmp_path: Path) -> None:
    kept = tmp_path / "data" / "secret_keys"
    first = secret.secret_list([], kept)
    assert secret.secret_list([], kept) == first
    assert len(first[0]) >= 32
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_given_keys_leave_no_file(tmp_path: Path) -> None:
    assert secret.secret_list(["a", "b"], tmp_path / "secret_keys") == ["a", "b"]
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_is_none_is_named_not_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret, "wrong", [])
    (tmp_path / "data").write_text("a file")
    keys = secret.secret_list([], tmp_path / "data" / "secret_keys")
    assert len(keys[0]) >= 32
    assert [wrong.name for wrong in secret.wrong] == ["REVIEWHUB_SECRET_KEYS"]
