"""The record: what the service remembers, one noun per file."""

from service.models.alert import AlertEpisode, AlertKind, AlertMessage, AlertPhase, AlertState, SiteAlerts
from service.models.api_key import ApiKey
from service.models.appeal import Appeal, AppealState
from service.models.article import Article
from service.models.article_index import ArticleIndex
from service.models.assessment import Assessment
from service.models.attempt import DeliveryAttempt
from service.models.audit_entry import AuditEntry, AuditHead
from service.models.author import Author
from service.models.author_strike import Strike
from service.models.comment import Comment
from service.models.console_session import ConsoleSession, SignInFailure
from service.models.decision import Decision
from service.models.delivery import Delivery, DeliveryState, Lane
from service.models.endpoint import Endpoint, EndpointKind, EndpointState
from service.models.held_reason import HeldReason
from service.models.hint_count import HintCount
from service.models.idempotency import IdempotentAnswer
from service.models.import_mark import ImportMark
from service.models.inbound_webhook import InboundState, InboundWebhook
from service.models.invitation import Invitation
from service.models.legal_notice import LegalNotice, LegalNoticeKind, LegalNoticeState
from service.models.moderator import Membership, Moderator
from service.models.note import Note, NoteKind
from service.models.policy import Policy
from service.models.policy_draft import PolicyDraft
from service.models.precedent import Precedent
from service.models.preference import Preference
from service.models.rejection_reason import LegalGround, RejectionReason
from service.models.replay import Replay, ReplayAct, ReplayComment, ReplayOutcome, ReplayState
from service.models.report import Report, ReportOutcome
from service.models.reporter import Reporter
from service.models.reservation import Reservation
from service.models.review_action import ReviewAction, ReviewActionComment
from service.models.revision import Revision
from service.models.saved_view import SavedView
from service.models.score import Score
from service.models.second_look import SecondLook
from service.models.site import Site
from service.models.suggested_score import SuggestedScore
from service.models.trial import ScheduledPolicy, ShadowJudgement, ShadowPolicy
from service.models.webhook_source import Style, WebhookSource
from service.models.worker import WorkerBeat

__all__ = [
    "AlertEpisode",
    "AlertKind",
    "AlertMessage",
    "AlertPhase",
    "AlertState",
    "ApiKey",
    "Appeal",
    "AppealState",
    "Article",
    "ArticleIndex",
    "Assessment",
    "AuditEntry",
    "AuditHead",
    "Author",
    "Comment",
    "ConsoleSession",
    "Decision",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Endpoint",
    "EndpointKind",
    "EndpointState",
    "HeldReason",
    "HintCount",
    "IdempotentAnswer",
    "ImportMark",
    "InboundState",
    "InboundWebhook",
    "Invitation",
    "Lane",
    "LegalGround",
    "LegalNotice",
    "LegalNoticeKind",
    "LegalNoticeState",
    "Membership",
    "Moderator",
    "Note",
    "NoteKind",
    "Policy",
    "PolicyDraft",
    "Precedent",
    "Preference",
    "RejectionReason",
    "Replay",
    "ReplayAct",
    "ReplayComment",
    "ReplayOutcome",
    "ReplayState",
    "Report",
    "ReportOutcome",
    "Reporter",
    "Reservation",
    "ReviewAction",
    "ReviewActionComment",
    "Revision",
    "SavedView",
    "ScheduledPolicy",
    "Score",
    "SecondLook",
    "ShadowJudgement",
    "ShadowPolicy",
    "SignInFailure",
    "Site",
    "SiteAlerts",
    "Strike",
    "Style",
    "SuggestedScore",
    "WebhookSource",
    "WorkerBeat",
]
