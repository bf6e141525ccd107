"""One reason of a judgement, and the statement of reasons that the first reason of a rejection carries."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.models import LegalGround
from service.vocabulary import Attribute, Verdict

Share = Annotated[float, Field(ge=0, le=1)]


class Reason(BaseModel):
    """Why a verdict was given. From `sentence` on: of the first reason of a rejection, for its author."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(description="For programs.")]
    verdict: Annotated[Verdict, Field(description="What this reason alone would lead to.")]
    text: Annotated[str, Field(description="For moderators; of the policy's reasons with numbers.")]
    attribute: Attribute | None = None
    score: Share | None = None
    threshold: Share | None = None
    replay: Annotated[str | None, Field(description="The replay that applied a later policy to the comment.")] = None
    sentence: Annotated[str | None, Field(description="The site's sentence for the author; never with numbers.")] = None
    label: Annotated[str | None, Field(description="What the site calls this rejection reason.")] = None
    ground: Annotated[LegalGround | None, Field(description="illegal content, or the site's terms")] = None
    provision: Annotated[str | None, Field(description="The law or the rule of the terms.")] = None
    automated_detection: bool | None = None
    automated_decision: Annotated[bool | None, Field(description="True: no person decided.")] = None
    redress: Annotated[str | None, Field(description="How the author can object.")] = None
