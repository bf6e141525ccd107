"""Column kinds shared by the models."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import Enum, String, Text
from sqlalchemy.orm import mapped_column

from service.db import UtcDateTime, database_now, new_id
from service.models.stored_ids import LONGEST_STORED

Id = Annotated[str, mapped_column(String(32), primary_key=True, default=new_id)]
ExternalId = Annotated[str, mapped_column(String(LONGEST_STORED))]  # see `service.models.stored_ids`
LongText = Annotated[str, mapped_column(Text)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]
Created = Annotated[datetime, mapped_column(UtcDateTime, default=database_now())]


def checked(kind: type[StrEnum], name: str) -> Enum:
    """Return a string column that the database holds to the values of `kind`."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda e: [v.value for v in e],
    )
