"""What settings may be: numbers that lead to no time beyond the calendar."""

from typing import Annotated

from pydantic import Field

_DAY = 86_400
_TEN_YEARS_OF_DAYS = 3_650
_TEN_YEARS = _TEN_YEARS_OF_DAYS * _DAY

#: Seconds that something may take: more than none, a day at most.
Patience = Annotated[float, Field(gt=0, le=_DAY, allow_inf_nan=False)]
#: Seconds between two requests to one host, a day at most.
Spacing = Annotated[float, Field(ge=0, le=_DAY, allow_inf_nan=False)]
#: Seconds that pass before something is done, ten years at most.
Delay = Annotated[float, Field(ge=0, le=_TEN_YEARS, allow_inf_nan=False)]
#: The same where none at all would be a loop.
Wait = Annotated[float, Field(gt=0, le=_TEN_YEARS, allow_inf_nan=False)]
#: Days, ten years at most.
Days = Annotated[float, Field(ge=0, le=_TEN_YEARS_OF_DAYS, allow_inf_nan=False)]
#: The same where none at all would mean always.
SomeDays = Annotated[float, Field(gt=0, le=_TEN_YEARS_OF_DAYS, allow_inf_nan=False)]
#: Hours, ten years at most.
SomeHours = Annotated[float, Field(gt=0, le=_TEN_YEARS_OF_DAYS * 24, allow_inf_nan=False)]
#: How often something happens before it counts.
Times = Annotated[int, Field(gt=0, le=10_000)]
#: Bytes of memory of a process, of which less would let none start.
Memory = Annotated[int, Field(ge=300_000_000, le=1_000_000_000_000)]
