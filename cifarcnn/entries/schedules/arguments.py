"""The types of the schedules' arguments."""

from typing import Annotated

from pydantic import Field

Rate = Annotated[float, Field(gt=0, le=1e6, examples=[0.01])]


Steps = Annotated[int, Field(ge=1, le=10**12, examples=[10_000])]


Share = Annotated[float, Field(ge=0, le=1)]
