"""What the large mail services ask their customers to publish: they send from other machines than they take mail at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A mail service: `include` is what an SPF record names, empty where the service answers for SPF itself."""

    name: str
    ending: str
    include: str


SERVICES = (
    Service("Amazon SES", ".amazonaws.com", "amazonses.com"),
    Service("Google", ".google.com", "_spf.google.com"),
    Service("Google", ".gmail.com", "_spf.google.com"),
    Service("Mailgun", ".mailgun.org", "mailgun.org"),
    Service("Microsoft 365", ".outlook.com", "spf.protection.outlook.com"),
    Service("Microsoft 365", ".office365.com", "spf.protection.outlook.com"),
    Service("Postmark", ".postmarkapp.com", "spf.mtasv.net"),
    Service("SendGrid", ".sendgrid.net", "sendgrid.net"),
    Service("Brevo", ".brevo.com", "spf.brevo.com"),
    Service("Mailjet", ".mailjet.com", "spf.mailjet.com"),
    Service("SparkPost", ".sparkpostmail.com", "_spf.sparkpostmail.com"),
    Service("Zoho", ".zoho.com", "zohomail.com"),
)


def service_of(host: str) -> Service | None:
    """The service that a relay's name belongs to, or None for a server of one's own."""
    return next((one for one in SERVICES if f".{host.lower()}".endswith(one.ending)), None)
