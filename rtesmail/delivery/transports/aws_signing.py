"""Who calls Amazon, where its region answers, and the signature of a call: what boto3 knows.

The calls themselves are those of `http.calls`, since boto3 would make a call again whose answer was lost, and does not
tell how much of a request had left when it broke. https://docs.aws.amazon.com/boto3/latest/guide/credentials.html says
where boto3 looks for keys; the signature is version 4 of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from gettext import gettext as _
from typing import Any

from rtesmail.delivery.transports.http.calls import NothingLeftError
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import TransportSettings


@dataclass(frozen=True, slots=True)
class AwsCaller:
    """Somebody who may call a service of Amazon's in a region; keys of a role are renewed when they end.

    `secrets` must show in no words.
    """

    url: str
    region: str
    service: str
    credentials: Any = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def sign(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """Give the header fields of a signed call with JSON in it.

        Raises:
            NothingLeftError: keys that have ended could not be renewed.
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError, ClientError

        request = AWSRequest(method, url, {"Content-Type": "application/json"}, body)
        try:
            SigV4Auth(self.credentials.get_frozen_credentials(), self.service, self.region).add_auth(request)
        except (BotoCoreError, ClientError) as error:
            raise NothingLeftError(_("the AWS keys could not be renewed: {words}").format(words=error)) from error
        return dict(request.headers.items())


def find_caller(settings: TransportSettings, key: str, service: str) -> AwsCaller:
    """Give who calls: the settings' access key with its secret `key`, or what boto3 finds on this machine without one.

    Raises:
        WorkspaceError: boto3 is not installed, or there are no keys or no region.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError, NoRegionError
    except ImportError as error:
        raise WorkspaceError(
            _("Transport {name} needs boto3, which is not installed.").format(name=settings.name),
            hint=_("Install it beside rtesmail: {command}.").format(command='pip install "rtesmail[ses]"'),
        ) from error
    try:
        session = boto3.Session(settings.username or None, key or None, region_name=settings.region or None)
        client = session.client(service, endpoint_url=settings.api_url or None)
        credentials = session.get_credentials()
        keys = credentials.get_frozen_credentials() if credentials is not None else None
    except NoRegionError as error:
        raise WorkspaceError(
            _("Transport {name} lacks the region of the AWS account.").format(name=settings.name),
            hint=_("Add region to it in rtesmail.toml, for example {example}.").format(example='region = "eu-west-3"'),
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise WorkspaceError(
            _("Transport {name}: {words}").format(name=settings.name, words=error),
            hint=_("Check its region in rtesmail.toml and this machine's AWS configuration."),
        ) from error
    if keys is None:
        raise WorkspaceError(
            _("Transport {name} finds no AWS keys on this machine.").format(name=settings.name),
            hint=_(
                "Give it username (the access key) and password_env in rtesmail.toml, or set up a profile or a role "
                "as for any AWS program."
            ),
        )
    meta = client.meta
    secrets = tuple(secret for secret in (keys.secret_key, keys.token) if secret)
    return AwsCaller(
        meta.endpoint_url.rstrip("/"), meta.region_name, meta.service_model.signing_name, credentials, secrets
    )
