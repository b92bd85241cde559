"""Numbers of things, as commands, pages and mails say them."""


def counted(number: int, noun: str, many: str | None = None) -> str:
    """Return a number of things: 1 change, 1,200 changes.

    Args:
        number: how many.
        noun: what one of them is called.
        many: what several are, where that is not the noun with an s.

    """
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"
