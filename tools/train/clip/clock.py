"""How far a training is: by steps, or by the clock. Rates and sizes follow from it, so that both end when the training does."""

import math
import time


class Clock:
    """share() is 0 at the start and 1 at the end, also over interruptions."""

    def __init__(self, steps, minutes, step=0, spent=0.0):
        self.steps, self.seconds, self.step, self.before = steps, (minutes or 0) * 60, step, spent
        self.began = time.time()

    def spent(self):
        """Seconds of training, those before an interruption included."""
        return self.before + time.time() - self.began

    def share(self):
        return min(1.0, self.spent() / self.seconds if self.seconds else self.step / self.steps)

    def rate(self, peak, warm=150):
        """Rises over the first steps, then half a cosine down to nothing."""
        return peak * min(1.0, (self.step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * self.share()))


def add_options(parser, steps):
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--minutes", type=float, help="end by the clock instead of by steps")
