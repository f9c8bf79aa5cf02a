"""Sockets stay within what the system allows, wherever the data folder is."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from reviewhub.embedded import places
from reviewhub.settings.environment import database

ODD = ["/srv/with space", "/srv/a&b=c", "/srv/100%", "/srv/ä", "/srv/quo'te"]


@given(
    st.lists(
        st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=40), min_size=1, max_size=12
    )
)
def test_no_socket_path_is_too_long(parts: list[str]) -> None:
    folder = Path("/", *parts)
    assert len(str(places.broker_socket(folder))) <= 103
    assert len(str(places.postgres_socket_dir(folder) / ".s.PGSQL.5432")) <= 103


def test_a_short_plain_folder_keeps_its_sockets() -> None:
    assert places.broker_socket(Path("/srv/rh")) == Path("/srv/rh/sockets/broker/broker.sock")


def test_two_folders_never_share_a_socket() -> None:
    deep = ["/srv/" + "x" * 120 + end for end in "ab"]
    assert len({places.socket_dir(Path(folder)) for folder in [*ODD, *deep]}) == len(ODD) + 2


def test_addresses_survive_odd_folders() -> None:
    for folder in map(Path, ODD):
        settings = database(places.postgres_url(folder))
        assert settings["HOST"] == str(places.postgres_socket_dir(folder))
        assert (settings["NAME"], settings["USER"]) == ("reviewhub", "reviewhub")
        broker = urlsplit(places.broker_url(folder))
        assert (broker.path, parse_qsl(broker.query)) == (str(places.broker_socket(folder)), [])
