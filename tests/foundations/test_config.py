"""Settings: typed in the environment, or in a file `.env`; what was typed wins."""

from pathlib import Path

import pytest

import config


def test_a_file_is_read_and_what_is_typed_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PORT=8123\nTRUSTED_PROXIES=10.0.0.0/8\nUNKNOWN=x\n")
    monkeypatch.delenv("PORT", raising=False)
    settings = config.Settings()
    assert (settings.port, str(settings.proxy_networks[0])) == (8123, "10.0.0.0/8")
    monkeypatch.setenv("PORT", "8124")
    assert config.Settings().port == 8124


def test_an_empty_data_folder_means_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "")
    assert config.Settings().data_dir == config.ROOT / "data"


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    settings = config.load().model_copy(update={"data_dir": tmp_path})
    secret, pepper = settings.secret_key, settings.pepper
    assert len(secret) == len(pepper) == 32
    assert secret != pepper
    assert (settings.secret_key, settings.pepper) == (secret, pepper)
