"""`make bench`: ReviewHub over HTTP beside the bare database, in one run, reported as ratios.

    python -m tests.bench [--quick] [create decide churn wait audit steps pages desk trust outcomes backtest profile]

Times of one machine on one day mean nothing by themselves; the ratios are what to compare.
"""

import argparse
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
os.environ.setdefault("REVIEWHUB_LOG_LEVEL", "ERROR")
os.environ["REVIEWHUB_UNDO_SECONDS"] = "0"
os.environ["REVIEWHUB_CLAIMS_PER_PERSON"] = "20"
django.setup()

from tests.bench import back_testing, desk, measures, outcomes, stalling, trusting  # noqa: E402  (Django first)
from tests.bench.ground import Ground, prepare  # noqa: E402
from tests.bench.report import Report  # noqa: E402

PARTS: dict[str, Callable[[Ground, Report, bool], None]] = {
    "create": measures.create,
    "decide": measures.claim_and_decide,
    "churn": measures.churn,
    "wait": measures.wait,
    "audit": stalling.audit,
    "steps": stalling.steps,
    "pages": measures.pages,
    "desk": desk.desk,
    "trust": trusting.trust,
    "outcomes": outcomes.outcomes,
    "backtest": back_testing.back_test,
    "profile": measures.profile,
}


def main() -> None:
    """Run the chosen parts, print the table, keep it in `bench-results/`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller numbers, to see that it runs")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="default: all of them")
    given = parser.parse_args()
    ground, report = prepare(), Report()
    for name in given.parts or PARTS:
        print(f"{name}:", flush=True)
        PARTS[name](ground, report, given.quick)
    print(report.table())
    folder = Path("bench-results")
    folder.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    (folder / f"{now:%Y%m%dT%H%M%S}.json").write_text(json.dumps(report.as_json(), indent=1))


if __name__ == "__main__":
    main()
