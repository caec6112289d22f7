"""MP4 files made by hand, box by box, as cameras and liars write them."""

from struct import pack


def a_box(kind: bytes, *parts: bytes, size: int | None = None) -> bytes:
    body = b"".join(parts)
    return pack(">I4s", len(body) + 8 if size is None else size, kind) + body


def a_large_box(kind: bytes, *parts: bytes) -> bytes:
    """Write a box whose size takes 64 bits."""
    body = b"".join(parts)
    return pack(">I4sQ", 1, kind, len(body) + 16) + body


def a_track(
    *, handler: bytes = b"vide", codec: bytes = b"avc1", millis: int = 8_000, size: tuple[int, int] = (720, 1280)
) -> bytes:
    tkhd = a_box(b"tkhd", bytes(76), pack(">II", size[0] << 16, size[1] << 16))
    mdhd = a_box(b"mdhd", pack(">IIIIII", 0, 0, 0, 1000, millis, 0))
    hdlr = a_box(b"hdlr", pack(">II4s", 0, 0, handler), bytes(13))
    stsd = a_box(b"stsd", pack(">II", 0, 1), a_box(codec, bytes(78)))
    return a_box(b"trak", tkhd, a_box(b"mdia", mdhd, hdlr, a_box(b"minf", a_box(b"stbl", stsd))))


def a_video(
    *tracks: bytes,
    millis: int = 8_000,
    is_fast: bool = True,
    extra: bytes = b"",
    tail: bytes = b"",
    media: bytes = b"\x00\x01" * 2_000,
) -> bytes:
    """Write an MP4; without tracks it has H.264 and AAC."""
    tracks = tracks or (a_track(), a_track(handler=b"soun", codec=b"mp4a", size=(0, 0)))
    ftyp = a_box(b"ftyp", b"isom", bytes(4), b"isomavc1")
    mvhd = a_box(b"mvhd", pack(">IIIII", 0, 0, 0, 1000, millis), bytes(80))
    moov, mdat = a_box(b"moov", mvhd, *tracks, extra), a_box(b"mdat", media)
    return ftyp + (moov + mdat if is_fast else mdat + moov) + tail
