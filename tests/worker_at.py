"""A real worker process that does one round, as if it were noon on a day when messages leave.

`python -m tests.worker_at DAYS`: the first such day from today, or so many days after it. Only the
clock is set, so that the test says the same at night and on Sundays.
"""

import json
import sys
from datetime import datetime, time, timedelta

from portal import clock
from portal.app import create_app
from portal.outbox.hours import hours
from portal.surveys.inviting.rules import next_open
from portal.worker import Worker


def main() -> None:
    """Do one round and print what was done."""
    real = clock.now
    app = create_app()
    with app.app_context():
        day = next_open(
            next_open(clock.today(), hours().open_on) + timedelta(int(sys.argv[1])), hours().open_on
        )
        noon = datetime.combine(day, time(12), clock.AMSTERDAM)
        began = real()
        clock.now = lambda: noon + (real() - began)
        print(json.dumps(Worker().round()))


if __name__ == "__main__":
    main()
