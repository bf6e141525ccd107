"""A reader reports a published comment from the form on its page.

Nobody vouches for who that is: the reporter is the network address, of which only a mark is kept.
"""

from service.api.operation import Answer, Call, operation
from service.api.reader import door
from service.api.reader.comments import NOT_KEPT, PATH, TAG
from service.api.reader.shapes import ReaderReport, ReportTaken
from service.errors import NotFound
from service.moderation.intake import id_spaces
from service.moderation.policy import policies
from service.moderation.readers import published
from service.moderation.reporters import marks
from service.moderation.reports import filing
from service.moderation.reports.filing import Filing
from service.queues import DELIVERY
from service.vocabulary import Scope


@operation(
    "POST",
    f"{PATH}/<comment_id>/reports",
    summary="Report a published comment from a form",
    tag=TAG,
    scope=Scope.SUBMIT,
    door=door.serve,
    body=ReaderReport,
    answers={
        201: ("Kept.", ReportTaken),
        200: ("It has been reported from this address already; nothing was changed.", ReportTaken),
    },
    problems=(404, 409),
)
def report_published_comment(call: Call[ReaderReport, None], comment_id: str) -> Answer:
    door.spend(call.keeper.reader_comments, "report", call.key)
    with call.context.database.write() as session:
        policy = policies.active(session, call.site_id)
        filing.refuse_unknown(call.body.kind, policy)
        comment = id_spaces.find_comment(session, call.site_id, comment_id, lock=True)
        if comment is None or not published.is_published(comment):
            raise NotFound("There is no published comment with this id.")
        if call.body.website:  # a program gets a person's answer, and nothing is stored
            return Answer({"report": "taken"}, status=201, headers=NOT_KEPT)
        reporter = marks.of_address(call.context.settings.keyring, call.site_id, door.address())
        given = Filing(kind=call.body.kind, words=call.body.text, reporter=reporter, from_form=True)
        filed = filing.file(session, comment, policy, given)
    if filed.held:
        call.context.queues.wake(DELIVERY)
    said = ("taken", 201) if filed.is_new else ("known", 200)
    return Answer({"report": said[0]}, status=said[1], headers=NOT_KEPT)
