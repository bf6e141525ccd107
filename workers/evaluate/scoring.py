"""Score many comments in a few processes, each with one thread and its own classifiers, as production runs them.

Two processes of one thread beat one process of two. Order and values do not depend on the number of processes: every
comment is scored by itself. Processes are spawned, never forked: a fork after an inference library has run can hang.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.vocabulary import Attribute
from workers.classifiers.base import ArticleText, ClassifierError, Classifiers, Subject

FEW = 200  # comments below which a second process costs more than it brings

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Load:
    """How each process gets its classifiers; picklable."""

    model: str = "compact"
    cache_dir: Path | None = None

    def __call__(self) -> Classifiers:
        from workers.classifiers import facade

        return facade.load(toxicity_model=self.model, threads=1, cache_dir=self.cache_dir)


@dataclass(frozen=True)
class Remark:
    """A comment to score: `number` is its place in the answer; `approved` says whether it joins the conversation."""

    number: int
    text: str
    language: str | None = None
    parent_text: str | None = None
    approved: bool = False


@dataclass(frozen=True)
class Task:
    """Comments under one article, in order; `conversation` is how many approved ones before it each is judged with."""

    remarks: tuple[Remark, ...]
    article: ArticleText | None = None
    conversation: int = 0


@dataclass(frozen=True)
class Scored:
    """What came back for one comment; `values` is empty where no classifier could answer, and `why_not` says why."""

    number: int
    values: dict[Attribute, float] = field(default_factory=dict)
    disguised: bool = False
    similarity: float | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Scoring:
    """All answers in the order of their numbers, and how long the scoring took (loading left out)."""

    answers: list[Scored]
    seconds: float


def score_tasks(tasks: Sequence[Task], load: Load, *, here: Classifiers, processes: int, advance: Progress) -> Scoring:
    """Score every remark of `tasks`, few of them with `here`, the classifiers this process has loaded already.

    `advance` is called with how many more are done.
    """
    total = sum(len(task.remarks) for task in tasks)
    with _runner(load, here, processes if total >= FEW else 1) as run:
        started = time.perf_counter()
        answers: list[Scored] = []
        for some in run(tasks):
            answers += some
            advance(len(some))
        seconds = time.perf_counter() - started
    return Scoring(sorted(answers, key=lambda answer: answer.number), seconds)


def score_task(task: Task, classifiers: Classifiers) -> list[Scored]:
    """Score the remarks of one task in their order."""
    index = classifiers.index_article(task.article) if task.article else None
    talk: list[bytes] = []
    found = []
    classifiers.look_ahead([remark.text for remark in task.remarks])
    for remark in task.remarks:
        subject = Subject(
            text=remark.text,
            language=remark.language,
            article_index=index,
            parent_text=remark.parent_text,
            conversation=tuple(reversed(talk[-task.conversation :])) if task.conversation else (),
        )
        try:
            answer = classifiers.assess(subject)
        except ClassifierError as error:
            found.append(Scored(remark.number, why_not=type(error).__name__))
            continue
        if remark.approved and answer.vector:
            talk.append(answer.vector)
        values = {score.attribute: score.value for score in answer.scores}
        similarity = answer.relevance.similarity if answer.relevance else None
        why_not = "" if values else f"language {answer.language or 'unknown'}"
        found.append(Scored(remark.number, values, answer.disguised, similarity, why_not))
    return found


@contextmanager
def _runner(
    load: Load, here: Classifiers, processes: int
) -> Iterator[Callable[[Sequence[Task]], Iterator[list[Scored]]]]:
    if processes == 1:
        yield lambda tasks: (score_task(task, here) for task in tasks)
        return
    with multiprocessing.get_context("spawn").Pool(processes, _start, (load,)) as pool:
        pool.map(_ready, range(processes), chunksize=1)
        yield lambda tasks: pool.imap_unordered(_score, tasks, chunksize=1)


_loaded: list[Classifiers] = []  # of a spawned process: set once at its start


def _start(load: Load) -> None:
    _loaded.append(load())


def _ready(_number: int) -> int:
    return len(_loaded)


def _score(task: Task) -> list[Scored]:
    return score_task(task, _loaded[0])
