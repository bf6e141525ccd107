"""The build of somebody who knows RQ and torch: the naive web side, a worker that does not fork, the model kept loaded.

RQ's SimpleWorker runs each job in its own process, so Detoxify stays loaded and warm between jobs and torch may use
every core. The rest is the naive build: one comment a job, one `predict` a comment, the score stored in SQLite.
"""

import os

from tests.bench import naive


def work() -> None:
    """Load the model, score once to warm it, then run RQ's SimpleWorker."""
    import torch
    from rq import SimpleWorker

    torch.set_num_threads(os.cpu_count() or 1)
    naive.load().predict("A first comment, so that nothing is measured cold.")
    naive.run(SimpleWorker)


if __name__ == "__main__":
    work()
