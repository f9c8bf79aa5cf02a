import gc
import sys

from reviewhub.settling import settle


def test_what_is_loaded_at_the_start_is_not_looked_at_again() -> None:
    try:
        settle()
        assert "apps.desk.urls" in sys.modules
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
