from __future__ import annotations

import resource
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from device.acts import loudness
from device.acts.finishing import RATE_HZ, STORY_LUFS
from device.acts.recording import record
from device.errors import SoundError, VoiceError
from device.events import Ambience, Doing, Glow, Hush, Say, Sentence, Tell, Volume
from device.workshop.render import Workshop
from tests.acts.bedroom import EVENING, Tones, score, voice_s

Sound = NDArray[np.float32]


def at(seconds: float, doing: Doing) -> tuple[datetime, Doing]:
    return EVENING + timedelta(seconds=seconds), doing


def tell(*sentences: Sentence, begin: int = 0) -> Tell:
    return Tell(id="t", story="boat", title="Boat", sentences=sentences, begin=begin)


def recorded(out: Path, *doings: tuple[datetime, Doing]) -> Sound:
    seconds = record(doings, Tones(), out)
    sound, rate_hz = soundfile.read(out, dtype="float32")
    assert (rate_hz, sound.ndim) == (RATE_HZ, 1)
    assert len(sound) / rate_hz == pytest.approx(seconds, abs=0.03)
    return np.asarray(sound, dtype=np.float32)


def heard(sound: Sound) -> list[tuple[float, float]]:
    """-> beginning and end of each stretch of speech, in seconds."""
    frames = np.abs(sound[: len(sound) // 480 * 480]).reshape(-1, 480).max(axis=1) > 0.03
    edges = np.flatnonzero(np.diff(np.concatenate([[False], frames, [False]]).astype(int)))
    return [(float(a) / 100, float(b) / 100) for a, b in edges.reshape(-1, 2)]


def test_it_is_ogg_opus_with_each_sentence_at_its_moment(tmp_path: Path) -> None:
    sentences = score("The moon was late.", "Nobody minded at all.", "It came anyway.")
    sound = recorded(tmp_path / "e.opus", at(0, tell(*sentences)))
    assert soundfile.info(tmp_path / "e.opus").subtype == "OPUS"
    starts = [begin for begin, _ in heard(sound)]
    assert starts == pytest.approx([s.at_s for s in sentences], abs=0.05)


def test_silence_between_doings_is_cut_to_three_seconds_and_within_a_telling_kept(tmp_path: Path) -> None:
    sentences = score("The moon was late.", "It came anyway.", pause_s=5)
    sound = recorded(
        tmp_path / "e.opus", at(0, Say(id="s", sentences=score("Good evening, Benny."))), at(900, tell(*sentences))
    )
    said, first, second = heard(sound)
    assert first[0] - said[1] == pytest.approx(3.0, abs=0.05)
    assert second[0] - first[1] == pytest.approx(5.0, abs=0.05)


def test_a_hush_cuts_the_telling_short_and_what_follows_is_heard(tmp_path: Path) -> None:
    long = score("The little boat went round the harbour once more and nobody minded.", "Again.")
    sound = recorded(
        tmp_path / "e.opus", at(0, tell(*long)), at(1.5, Hush()), at(2, Say(id="s", sentences=score("All right.")))
    )
    told, said = heard(sound)
    assert told[1] == pytest.approx(1.56, abs=0.05)
    assert said[0] == pytest.approx(2.0, abs=0.05)


def test_a_voice_slower_than_its_score_is_heard_out(tmp_path: Path) -> None:
    slow = Sentence("The little boat went round the harbour.", voice_s=0.5, pause_s=0.5)
    sound = recorded(tmp_path / "e.opus", at(0, tell(slow)), at(1.0, Say(id="s", sentences=score("Good night."))))
    told, said = heard(sound)
    assert told[1] - told[0] == pytest.approx(voice_s(slow.text), abs=0.05)
    assert said[0] >= told[1]


def test_loudness_falls_as_scored(tmp_path: Path) -> None:
    text = "The little boat went round the quiet harbour once more, and nobody minded."
    loud, soft = score(text)[0], score(text, level_db=-10)[0]
    sound = recorded(tmp_path / "e.opus", at(0, tell(loud)), at(60, tell(soft)))
    first, second = (sound[int(a * RATE_HZ) : int(b * RATE_HZ)] for a, b in heard(sound))
    assert loudness.integrated(first, RATE_HZ) == pytest.approx(STORY_LUFS, abs=0.5)
    assert loudness.integrated(second, RATE_HZ) == pytest.approx(STORY_LUFS - 10, abs=0.5)
    assert loudness.true_peak_db(sound, RATE_HZ) <= -1


def test_softer_is_softer_from_then_on(tmp_path: Path) -> None:
    text = "The little boat went round the quiet harbour once more."
    sound = recorded(
        tmp_path / "e.opus", at(0, tell(*score(text))), at(30, Volume(step_db=-6)), at(31, tell(*score(text)))
    )
    first, second = (sound[int(a * RATE_HZ) : int(b * RATE_HZ)] for a, b in heard(sound))
    assert loudness.integrated(first, RATE_HZ) - loudness.integrated(second, RATE_HZ) == pytest.approx(6, abs=0.4)


def test_a_sleep_sound_makes_room_for_speech_and_comes_back(tmp_path: Path) -> None:
    say = Say(id="s", sentences=score("The little boat went round the quiet harbour once more and no one minded it."))
    pause = Say(id="p", sentences=score("Hm.", pause_s=12))
    sound = recorded(tmp_path / "e.opus", at(0, Ambience(name="brown")), at(10, pause), at(30, say))
    low = np.abs(np.fft.rfft(sound[: len(sound) // 4800 * 4800].reshape(-1, 4800) * np.hanning(4800)))
    noise_db = 20 * np.log10(np.sqrt(np.mean(np.square(low[:, 8:16]), axis=1)))  # 80-150 Hz, below the hum
    begin = heard_hum(sound)
    at_frame = int(begin * 10)
    before, under = noise_db[at_frame - 24 : at_frame - 4], noise_db[at_frame + 8 : at_frame + 28]
    assert np.mean(before) - np.mean(under) == pytest.approx(12, abs=2)


def heard_hum(sound: Sound) -> float:
    """-> when the longest stretch of the voice's 220 Hz begins, in seconds."""
    spectra = np.abs(np.fft.rfft(sound[: len(sound) // 4800 * 4800].reshape(-1, 4800), axis=1))
    hum = spectra[:, 22] > 100
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hum, [False]]).astype(int))).reshape(-1, 2)
    return float(max(edges, key=lambda edge: edge[1] - edge[0])[0]) / 10


def test_a_telling_taken_up_in_the_middle_begins_at_once(tmp_path: Path) -> None:
    sentences = score("The moon was late.", "Nobody minded.", "It came anyway.")
    sound = recorded(tmp_path / "e.opus", at(0, tell(*sentences, begin=2)))
    assert [begin for begin, _ in heard(sound)] == pytest.approx([0.0], abs=0.05)


def test_a_sentence_nobody_can_speak_leaves_the_others(tmp_path: Path) -> None:
    sound = recorded(tmp_path / "e.opus", at(0, tell(*score("One here.", "Unsayable: unsayable.", "Three."))))
    assert len(heard(sound)) == 2


def test_a_voice_that_speaks_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="choked"):
        record([at(0, tell(*score("unsayable")))], Tones(), tmp_path / "e.opus")


def test_a_silent_evening_is_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="nobody spoke"):
        record([at(0, Glow(ember=0.3))], Tones(), tmp_path / "e.opus")


def test_a_folder_that_is_not_there_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="nowhere"):
        record([at(0, tell(*score("One.")))], Tones(), tmp_path / "nowhere" / "e.opus")


@contextmanager
def no_room_after(size: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


class Interrupted(Tones):
    def sound(self, sentence: Sentence) -> Sound:
        if sentence.text.startswith("Two"):
            interrupt_main()  # Ctrl+C, while a thread renders
        return super().sound(sentence)


def test_an_older_recording_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    out, telling = tmp_path / "e.opus", at(0, tell(*score("One.", "Two two two.")))
    out.write_bytes(b"the older one")
    with no_room_after(3000), pytest.raises(SoundError, match=r"e\.opus cannot be written: File too large\. Make room"):
        record([telling], Tones(), out)
    with pytest.raises(KeyboardInterrupt):
        record([telling], Interrupted(), out)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("e.opus", b"the older one")]
    (link := tmp_path / "link.opus").symlink_to(out)
    recorded(link, telling)
    assert link.is_symlink()
    assert soundfile.info(out).subtype == "OPUS"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_and_no_device_is_replaced() -> None:
    with pytest.raises(SoundError, match=r"/dev/full cannot be written: No space left on device\. Make room"):
        record([at(0, tell(*score("One.")))], Tones(), Path("/dev/full"))
    assert Path("/dev/full").is_char_device()


@pytest.mark.slow
def test_a_story_of_ten_minutes_becomes_softer_to_the_end(tmp_path: Path) -> None:
    text, at_s, sentences = "The little boat went round the quiet harbour once more.", 0.0, list[Sentence]()
    while at_s < 600:
        pause_s = 0.7 + at_s / 300
        sentences.append(Sentence(text, at_s=at_s, voice_s=voice_s(text), pause_s=pause_s, level_db=-at_s / 50))
        at_s += voice_s(text) + pause_s
    sound = recorded(tmp_path / "e.opus", at(0, tell(*sentences)), at(100, Ambience(name="sea")))
    assert len(sound) / RATE_HZ == pytest.approx(600, abs=8)
    first, last = sound[: 60 * RATE_HZ], sound[-61 * RATE_HZ : -RATE_HZ]
    assert loudness.integrated(first, RATE_HZ) - loudness.integrated(last, RATE_HZ) >= 6
    assert loudness.true_peak_db(sound, RATE_HZ) <= -1


@pytest.mark.slow
def test_max_himself_is_recorded_at_the_storys_loudness(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    texts = ("The tide was going out, and nobody had told the moon.", "So the little boat sat down in the sand.")
    sentences = [
        Sentence(text, at_s=6.0 * i, voice_s=5.0, pause_s=1.0, scale=1.6, level_db=-4.0 * i)
        for i, text in enumerate(texts)
    ]
    record([at(0, tell(*sentences))], workshop, tmp_path / "e.opus")
    workshop.close()
    sound, _ = soundfile.read(tmp_path / "e.opus", dtype="float32")
    first, second = sound[: 6 * RATE_HZ], sound[6 * RATE_HZ : 11 * RATE_HZ]
    assert loudness.integrated(first, RATE_HZ) == pytest.approx(STORY_LUFS, abs=1)
    assert loudness.integrated(second, RATE_HZ) == pytest.approx(STORY_LUFS - 4, abs=1)
    assert loudness.true_peak_db(sound, RATE_HZ) <= -1
