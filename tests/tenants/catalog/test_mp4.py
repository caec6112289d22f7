"""Videos as they come: what is kept, what is refused, and that nothing a file says is believed beyond its end."""

import tracemalloc
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import Refused
from tenants.catalog.services.mp4 import (
    MOST_BYTES,
    NotAVideo,
    StrangeVideo,
    VideoTooLarge,
    VideoTooLong,
    read_mp4,
    without_traces,
)
from tests.factories.videos import a_box, a_large_box, a_track, a_video

GOOD = a_video()


def test_says_what_a_phone_made() -> None:
    video = read_mp4(GOOD)
    assert (video.millis, video.width, video.height, video.has_sound, video.starts_fast) == (
        8_000,
        720,
        1280,
        True,
        True,
    )


def test_an_index_at_the_end_is_said() -> None:
    assert not read_mp4(a_video(is_fast=False)).starts_fast


def test_a_silent_one_and_one_of_large_boxes_are_good() -> None:
    assert not read_mp4(a_video(a_track())).has_sound
    long_box = a_video(tail=a_large_box(b"free", b"x" * 40))
    assert read_mp4(long_box).millis == 8_000


def test_a_minute_is_the_most() -> None:
    assert read_mp4(a_video(a_track(millis=60_000), millis=60_000)).millis == 60_000
    for video in (a_video(millis=61_000), a_video(a_track(millis=61_000))):  # whichever of its clocks says so
        with pytest.raises(VideoTooLong):
            read_mp4(video)


@pytest.mark.parametrize(
    "video",
    [
        a_video(a_track(codec=b"hvc1")),
        a_video(a_track(codec=b"vp09")),
        a_video(a_track(), a_track(handler=b"soun", codec=b"Opus")),
        a_video(a_track(), a_track()),
        a_video(a_track(handler=b"soun", codec=b"mp4a")),
        a_video(a_track(), a_track(handler=b"hint", codec=b"rtp ")),
        a_video(a_track(), a_track(handler=b"text", codec=b"text")),
        a_video(tail=a_box(b"moof")),
    ],
)
def test_what_phones_may_not_play_is_refused(video: bytes) -> None:
    with pytest.raises(StrangeVideo):
        read_mp4(video)


LIES = {
    "empty": b"",
    "a picture called mp4": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a page called mp4": b"<html><script>alert(1)</script></html>",
    "a program": b"MZ" + bytes(200),
    "only its beginning": a_box(b"ftyp", b"isom"),
    "cut off in the film": GOOD[:-100],
    "cut off in a head": GOOD[:-4003],
    "a box smaller than its head": GOOD + a_box(b"free", size=4),
    "a box of four thousand million bytes": GOOD + a_box(b"free", size=0xFFFFFFFF),
    "a box of eighteen quintillion bytes": GOOD + pack(">I4sQ", 1, b"free", 2**64 - 1),
    "a track that goes beyond its film": a_video(a_box(b"trak", a_box(b"tkhd", bytes(84), size=9_000))),
    "no tracks' words": a_video(a_box(b"trak")),
    "two indexes": GOOD + a_box(b"moov"),
    "no clock": a_video(a_track(millis=0), millis=0),
    "no size": a_video(a_track(size=(0, 0))),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_lies_and_pieces_are_refused(content: bytes) -> None:
    with pytest.raises(NotAVideo):
        read_mp4(content)


def test_more_than_fifty_megabytes_or_four_thousand_pixels_are_refused() -> None:
    with pytest.raises(VideoTooLarge):
        read_mp4(bytes(MOST_BYTES + 1))
    with pytest.raises(VideoTooLarge):
        read_mp4(a_video(a_track(size=(7680, 4320))))


def test_a_million_boxes_are_not_counted_to_the_end() -> None:
    content = GOOD + a_box(b"free") * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(NotAVideo):
            read_mp4(content)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * 1024 * 1024


def test_where_it_was_taken_is_blanked_and_no_other_byte_moves() -> None:
    place = a_box(b"udta", a_box(b"\xa9xyz", b"+31.2304+121.4737/"))
    video = a_video(extra=place, tail=a_large_box(b"uuid", b"by Old Chen"))

    plain = without_traces(video)

    assert len(plain) == len(video)
    assert b"31.2304" not in plain
    assert b"Old Chen" not in plain
    assert read_mp4(plain) == read_mp4(video)
    assert without_traces(GOOD) == GOOD


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_byte_changed_anywhere_is_a_video_or_a_refusal(place: int, byte: int) -> None:
    changed = bytearray(GOOD)
    changed[place] = byte
    try:
        read_mp4(bytes(changed))
        without_traces(bytes(changed))
    except Refused:
        pass
