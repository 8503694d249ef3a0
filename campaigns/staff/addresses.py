"""The email address of an account: read strictly, kept in lower case, because it is only ever used to sign in."""

from email_validator import EmailNotValidError, validate_email

from campaigns.errors import Invalid


def normalized(text: str) -> str:
    """The address as it is stored; raises Invalid on "email". Nobody is asked over the network whether it exists."""
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise Invalid({"email": "Enter an email address, like name@example.org."}) from error
    if found.ascii_email is None:
        raise Invalid({"email": "Before the @ sign we can only use letters without accents."})
    return found.ascii_email.casefold()
