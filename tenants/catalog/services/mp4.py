"""Looking through an MP4 box by box: what it is, how long, how large; nothing of it is decoded or run. Pure.

Own reader (docs/decisions/0071): what is needed is five boxes of ISO/IEC 14496-12 and two names of codecs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused

MOST_BYTES = 50 * 1024 * 1024
MOST_MILLIS = 60_000
_SLACK_MILLIS = 500  # a camera told to stop at a minute stops a frame later
_MOST_BOXES = 2_000  # in one box: a real file has dozens
_MOST_SIDE = 4_096
_TOLD_BY = frozenset({b"udta", b"meta", b"uuid"})  # where a camera writes where and by whom it was taken
_IN = frozenset({b"moov", b"trak"})


class NotAVideo(Refused):
    """The file is no MP4, or it is broken or cut off."""

    code, kind, sentence = "not_a_video", Kind.INVALID, _("这个文件不是完整的 MP4 视频，请重新导出再传。")


class StrangeVideo(Refused):
    """The file is an MP4 of something phones may not play."""

    code, kind, sentence = "strange_video", Kind.INVALID, _("只支持 H.264 画面、AAC 声音的 MP4，请转换格式后再传。")


class VideoTooLarge(Refused):
    """More than 50 MB, or more than 4,096 pixels on a side."""

    code, kind, sentence = "video_too_large", Kind.INVALID, _("视频太大：最多 50 MB，请压缩后再传。")


class VideoTooLong(Refused):
    """Longer than a minute."""

    code, kind, sentence = "video_too_long", Kind.INVALID, _("视频最长 60 秒，请剪短后再传。")


@dataclass(frozen=True)
class Video:
    """What an MP4 says of itself. ``starts_fast``: its index stands first, so it plays while it is loaded."""

    millis: int
    width: int
    height: int
    has_sound: bool
    starts_fast: bool


@dataclass(frozen=True)
class _Box:
    kind: bytes
    at: int  # where it begins
    start: int  # where what is in it begins
    end: int


def read_mp4(content: bytes) -> Video:
    """Check a video and say what it is. :raises NotAVideo, StrangeVideo, VideoTooLarge, VideoTooLong:"""
    if len(content) > MOST_BYTES:
        raise VideoTooLarge
    boxes = list(_boxes(content, 0, len(content)))
    kinds = [box.kind for box in boxes]
    if not boxes or kinds[0] != b"ftyp" or kinds.count(b"moov") != 1 or b"mdat" not in kinds:
        raise NotAVideo
    if b"moof" in kinds:  # a stream's pieces: players of a mini program take whole files only
        raise StrangeVideo
    moov = boxes[kinds.index(b"moov")]
    tracks = [_track(content, box) for box in _boxes(content, moov.start, moov.end) if box.kind == b"trak"]
    pictures = [track for track in tracks if track.handler == b"vide"]
    sounds = [track for track in tracks if track.handler == b"soun"]
    if len(pictures) != 1 or len(sounds) > 1 or len(pictures) + len(sounds) < len(tracks):
        raise StrangeVideo
    if pictures[0].codec not in (b"avc1", b"avc3") or any(sound.codec != b"mp4a" for sound in sounds):
        raise StrangeVideo
    width, height = pictures[0].width, pictures[0].height
    if not (width and height):
        raise NotAVideo
    if max(width, height) > _MOST_SIDE:
        raise VideoTooLarge(_("视频画面太大：最长的一边不能超过 4096 像素，请压缩后再传。"))
    millis = max(_millis(content, _only(content, moov, b"mvhd")), *(track.millis for track in tracks))
    if millis > MOST_MILLIS + _SLACK_MILLIS:
        raise VideoTooLong
    if millis < 1:
        raise NotAVideo
    return Video(millis, width, height, bool(sounds), kinds.index(b"moov") < kinds.index(b"mdat"))


def without_traces(content: bytes) -> bytes:
    """Blank what a camera wrote of place and person, where it stands: no other byte moves."""
    plain = bytearray(content)
    _blank(plain, 0, len(plain))
    return bytes(plain)


@dataclass(frozen=True)
class _Track:
    handler: bytes
    codec: bytes
    width: int
    height: int
    millis: int


def _boxes(content: bytes | bytearray, start: int, end: int) -> Iterator[_Box]:
    at, seen = start, 0
    while at < end:
        seen += 1
        if seen > _MOST_BOXES or end - at < 8:
            raise NotAVideo
        size, kind = unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            if end - at < 16:
                raise NotAVideo
            size, head = unpack_from(">Q", content, at + 8)[0], 16
        elif size == 0:
            size = end - at
        if size < head or size > end - at:  # cut off, or a size that lies
            raise NotAVideo
        yield _Box(kind, at, at + head, at + size)
        at += size


def _only(content: bytes, box: _Box, *path: bytes) -> _Box:
    for kind in path:
        found = [one for one in _boxes(content, box.start, box.end) if one.kind == kind]
        if len(found) != 1:
            raise NotAVideo
        box = found[0]
    return box


def _track(content: bytes, trak: _Box) -> _Track:
    tkhd, mdia = _only(content, trak, b"tkhd"), _only(content, trak, b"mdia")
    hdlr, stsd = _only(content, mdia, b"hdlr"), _only(content, mdia, b"minf", b"stbl", b"stsd")
    if tkhd.end - tkhd.start < 84 or hdlr.end - hdlr.start < 12 or stsd.end - stsd.start < 16:
        raise NotAVideo
    entries = unpack_from(">I", content, stsd.start + 4)[0]
    samples = list(_boxes(content, stsd.start + 8, stsd.end))
    if entries != 1 or len(samples) != 1:
        raise StrangeVideo
    width, height = unpack_from(">II", content, tkhd.end - 8)
    handler, codec = bytes(content[hdlr.start + 8 : hdlr.start + 12]), samples[0].kind
    return _Track(handler, codec, width >> 16, height >> 16, _millis(content, _only(content, mdia, b"mdhd")))


def _millis(content: bytes, box: _Box) -> int:
    """Read the duration of an mvhd or mdhd: both begin alike."""
    is_long = box.end > box.start and content[box.start] == 1
    if box.end - box.start < (36 if is_long else 24):
        raise NotAVideo
    scale, length = unpack_from(">IQ" if is_long else ">II", content, box.start + (20 if is_long else 12))
    if not scale:
        raise NotAVideo
    return int(length * 1000 // scale)


def _blank(plain: bytearray, start: int, end: int) -> None:
    for box in _boxes(plain, start, end):
        if box.kind in _TOLD_BY:
            plain[box.at + 4 : box.at + 8] = b"free"
            plain[box.start : box.end] = bytes(box.end - box.start)
        elif box.kind in _IN:
            _blank(plain, box.start, box.end)
