"""Files that speak for us in a dispute: checked, kept in the merchant's own folder, given to the card company once."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from billing.models.reversals import Dispute
from kit.errors import Kind, Refused
from kit.gateway.disputes import upload_evidence
from kit.ports.storage import NoSuchFile, keep_file, read_file
from kit.tenancy import in_control, in_store
from tenants.catalog.services.encode_picture import check_picture

MOST_BYTES = 5_000_000  # what Stripe takes, in its own counting
_LONGEST = 2400  # pixels: a page of a contract stays readable
_ROOM = "disputes"


class EvidenceBox(models.TextChoices):
    """Where a file belongs, in the card company's words; one file in each."""

    SERVICE = "service_documentation", _("服务凭证")
    COMMUNICATION = "customer_communication", _("往来沟通")
    OTHER = "uncategorized_file", _("其他材料")


class EvidenceUnreadable(Refused):
    """Neither a picture nor a PDF, or too large."""

    code, kind, sentence = "evidence_unreadable", Kind.INVALID, _("证据请上传 5 MB 以内的图片或 PDF。")


@dataclass(frozen=True)
class Readable:
    """A file that was looked into: a PDF as it came, or a picture drawn anew."""

    content: bytes
    suffix: str


def readable_evidence(content: bytes) -> Readable:
    """Look into a file. A picture is drawn anew as JPEG, without what the camera wrote. :raises EvidenceUnreadable:"""
    if not content or len(content) > MOST_BYTES:
        raise EvidenceUnreadable
    if content.startswith(b"%PDF-"):
        return Readable(content, "pdf")
    try:
        check_picture(content)
    except Refused as no:
        raise EvidenceUnreadable from no
    with Image.open(BytesIO(content)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    picture.thumbnail((_LONGEST, _LONGEST))
    drawn = BytesIO()
    picture.save(drawn, "JPEG", quality=85)
    return Readable(drawn.getvalue(), "jpg")


def keep_evidence(dispute: Dispute, files: Mapping[str, Readable]) -> dict[str, Any]:
    """Keep files in the folder of the merchant whose payment is disputed; return what its row holds of them."""
    with in_store(dispute.attempt.invoice.billing_account.merchant.ref):
        return {
            EvidenceBox(box).value: {
                "key": keep_file(content=file.content, room=_ROOM, suffix=file.suffix),
                "suffix": file.suffix,
                "ref": "",
            }
            for box, file in files.items()
        }


def send_evidence(dispute: Dispute) -> dict[str, str]:
    """Give the card company what it does not have yet, each file once; return its references by box.

    Asks the network: never in a transaction. A silence keeps what was given so far.

    :raises GatewayRefused, GatewayUnknown:
    """
    files: dict[str, Any] = dispute.evidence.get("files", {})
    for box, file in sorted(files.items()):
        if file["ref"]:
            continue
        with in_store(dispute.attempt.invoice.billing_account.merchant.ref):
            content = read_file(file["key"])
        name = f"{box}.{file['suffix']}"
        file["ref"] = upload_evidence(content=content, name=name, key=f"dispute:{dispute.pk}:{file['key'][-37:]}")
        dispute.save(update_fields=["evidence"])
    return {box: file["ref"] for box, file in files.items()}


def read_evidence(*, dispute_id: UUID, box: str) -> tuple[bytes, str]:
    """Read one file of a dispute, and its kind. :raises NoSuchFile:"""
    with in_control():
        disputes = Dispute.objects.select_related("attempt__invoice__billing_account__merchant")
        dispute = disputes.filter(pk=dispute_id).first()
    file = dispute.evidence.get("files", {}).get(box) if dispute else None
    if dispute is None or file is None:
        raise NoSuchFile
    with in_store(dispute.attempt.invoice.billing_account.merchant.ref):
        return read_file(file["key"]), file["suffix"]
