"""The organization and the roles of a new installation."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.staff.models import Organization, Role, RoleName

DISCLAIMER = (
    "This publication was made possible in part by Grant No. 90ZV0092 of the Rescue and Restore Victims of Human "
    "Trafficking Regional Program, U.S. Department of Health and Human Services, Administration for Children and "
    "Families, Office of Refugee Resettlement. Its contents are solely the responsibility of the authors and do not "
    "necessarily represent the official views of the department."
)


def is_done(session: Session) -> bool:
    """Whether the installation was filled before."""
    return session.get(Organization, 1) is not None


def add(session: Session, _now: datetime) -> None:
    """Put the organization and the roles in the session."""
    session.add_all(Role(name=role.value) for role in RoleName)
    session.add(
        Organization(
            id=1,
            name="H.E.A.T. Watch",
            program_line="Human Exploitation And Trafficking Watch",
            office="Alameda County District Attorney's Office",
            email="info@heatwatch.org",
            disclaimer=DISCLAIMER,
            zone="America/Los_Angeles",
            exit_url="https://www.weather.gov/",
            emergency="911",
            tip_line="1-510-208-4959",
            hotline_name="National Human Trafficking Hotline",
            hotline="1-888-373-7888",
            hotline_text="233733",
        )
    )
