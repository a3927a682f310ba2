"""What other parts of the portal may want to know. Sent inside the transaction; `app` connects them."""

from blinker import Signal

began = Signal("A complaint came in, or went on after all.")
ended = Signal("A complaint ended, in whatever way.")
told = Signal("The complainant was told the outcome; on paper when it was posted.")
