"""Synthetic speech, augmentation and Kaldi-compatible MFCC features."""

import io
import os
import random
import re
import subprocess
import tempfile
import wave

import kaldi_native_fbank as knf
import numpy as np
from lexicon import COMMANDS, HERE, OTHERS, PDF, SIL, WORDS
from scipy.signal import fftconvolve, lfilter, resample_poly

RATE = 16000
ESPEAK_ACCENTS = (
    ["en-us"] * 6
    + ["en-gb"] * 3
    + ["en-gb-x-rp"] * 2
    + ["en-us-nyc", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-gb-scotland"]
)
ESPEAK_VARIANTS = ["", *(HERE / "voices.txt").read_text("utf-8").split()]
TESTS_VOICE = "en-us+f4"
"""Whom the tests let speak says a fifth of what there is to learn from: the model is to run, not to be judged."""
FLITE_VOICES = ["rms", "awb", "kal16", "slt"]
FLITE_PHONES = {"pau": SIL, "ax": PDF["AH"], "axr": PDF["ER"]}


def _wav(data):
    """Samples and rate of a wav stream whose header may not know its length."""
    with wave.open(io.BytesIO(data)) as w:
        rate = w.getframerate()
    at = data.index(b"data") + 8
    return np.frombuffer(data[at : len(data) - (len(data) - at) % 2], "<i2").astype(np.float64), rate


def espeak(text, voice, speed=160, pitch=50, gap=0):
    data = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-g", str(gap), "--stdout", text],
        capture_output=True,
        check=True,
    ).stdout
    x, rate = _wav(data)
    return resample_poly(x, RATE // 50, rate // 50) if rate != RATE else x


def speaker(rng):
    """-> how somebody speaks, by chance."""
    if rng.random() < 0.2:
        return {"voice": TESTS_VOICE, "speed": int(rng.integers(130, 175))}
    voice = "+".join(filter(None, [rng.choice(ESPEAK_ACCENTS), rng.choice(ESPEAK_VARIANTS)]))
    gap = int(rng.choice([0, 0, 0, 1, 4]))
    return {"voice": voice, "speed": int(rng.integers(110, 220)), "pitch": int(rng.integers(20, 85)), "gap": gap}


def flite(text, voice, stretch=1.0, f0_shift=1.0):
    """Samples and [(pdf, end second)] of flite's own segmentation."""
    path = os.path.join(tempfile.gettempdir(), f"fixture-{os.getpid()}.wav")
    printed = subprocess.run(
        [
            "flite",
            "-voice",
            voice,
            "-t",
            text,
            "-psdur",
            "-o",
            path,
            "--setf",
            f"duration_stretch={stretch}",
            "--setf",
            f"f0_shift={f0_shift}",
        ],
        capture_output=True,
        check=True,
    ).stdout.decode()
    with open(path, "rb") as fh:
        x, rate = _wav(fh.read())
    os.unlink(path)
    segs = [
        (FLITE_PHONES.get(ph, PDF.get(ph.upper(), SIL)), float(end))
        for ph, end in re.findall(r"([a-z]+):([0-9.]+)", printed)
    ]
    if rate != RATE:
        x = resample_poly(x, RATE, rate)
    return x, segs


def trim(x, floor=30.0):
    """Cuts the silence the synthesiser leaves around the words."""
    loud = np.flatnonzero(np.abs(x) > floor)
    if len(loud) == 0:
        return x, 0
    a, b = max(0, loud[0] - 160), min(len(x), loud[-1] + 320)
    return x[a:b], a


def noise(n, rng):
    kind = rng.choice(["white", "pink", "brown", "hum", "zero"], p=[0.25, 0.25, 0.25, 0.15, 0.1])
    w = rng.standard_normal(n)
    if kind == "pink":
        w = lfilter([0.05, -0.096, 0.051, -0.0044], [1, -2.495, 2.017, -0.522], w)
    elif kind == "brown":
        w = lfilter([1], [1, -0.985], w)
    elif kind == "hum":
        t = np.arange(n) / RATE
        f = rng.choice([50, 60, 100, 120])
        w = 0.2 * w + sum(np.sin(2 * np.pi * f * k * t + rng.uniform(0, 6)) / k for k in (1, 2, 3, 5))
    elif kind == "zero":
        w = np.zeros(n)
    return w / (np.std(w) + 1e-9)


def room(rng):
    n = int(RATE * rng.uniform(0.08, 0.35))
    h = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    h *= rng.uniform(0.1, 0.6) / np.sqrt(np.sum(h**2))
    h[0] = 1.0
    return h


def augment(x, rng, hard):
    """hard=False: nearly clean; hard=True: room, tilt, noise, clicks."""
    n = len(x)
    level = 10 ** (rng.uniform(-32, -8) / 20) * 32768 if hard else 10 ** (rng.uniform(-26, -12) / 20) * 32768
    if hard:
        if rng.random() < 0.5:
            x = fftconvolve(x, room(rng))[:n]
        if rng.random() < 0.6:
            x = lfilter([1, rng.uniform(-0.7, 0.5)], [1], x)
        if rng.random() < 0.3:
            x = lfilter([1], [1, rng.uniform(-0.5, 0.3)], x)
    speech = np.sqrt(np.mean(x[np.abs(x) > 1] ** 2)) if np.any(np.abs(x) > 1) else 0.0
    if speech:
        x = x * (level / speech)
    if hard:
        x = x + noise(n, rng) * level * 10 ** (-rng.uniform(5, 35) / 20)
        for _ in range(rng.poisson(0.3)):
            at, ln = rng.integers(0, max(1, n - 400)), rng.integers(20, 400)
            ln = min(ln, n - at)
            x[at : at + ln] += rng.standard_normal(ln) * level * rng.uniform(0.1, 0.8) * np.exp(-5 * np.arange(ln) / ln)
    elif rng.random() < 0.5:
        x = x + noise(n, rng) * rng.uniform(0.5, 30)
    return np.clip(np.round(x), -32768, 32767)


def mfcc(x):
    o = knf.MfccOptions()
    o.frame_opts.samp_freq, o.frame_opts.dither = RATE, 0.0
    o.mel_opts.num_bins, o.mel_opts.low_freq, o.mel_opts.high_freq = 40, 20, 7600
    o.num_ceps, o.use_energy = 40, False
    f = knf.OnlineMfcc(o)
    f.accept_waveform(RATE, x.astype(np.float32).tolist())
    f.input_finished()
    return np.stack([f.get_frame(i) for i in range(f.num_frames_ready)]).astype(np.float32)


def sentence(rnd):
    r = rnd.random()
    if r < 0.42:
        return rnd.choice(COMMANDS)
    if r < 0.72:
        return " ".join(rnd.choice(WORDS) for _ in range(rnd.randint(1, 5)))
    if r < 0.82:
        words = rnd.choice(COMMANDS).split()
        for _ in range(rnd.randint(1, 2)):
            words.insert(rnd.randint(0, len(words)), rnd.choice(OTHERS))
        return " ".join(words)
    p = 0.6 if r < 0.9 else 1.0
    return " ".join(rnd.choice(OTHERS if rnd.random() < p else WORDS) for _ in range(rnd.randint(1, 5)))


def plan(n_espeak, n_flite, n_noise, seed=1):
    rnd = random.Random(seed)
    jobs = [
        ("espeak" if i < n_espeak else "flite", sentence(rnd), rnd.randrange(1 << 30))
        for i in range(n_espeak + n_flite)
    ]
    jobs += [("noise", "", rnd.randrange(1 << 30)) for _ in range(n_noise)]
    rnd.shuffle(jobs)
    return jobs


def make(job):
    """One utterance: dict of text, engine, [clean, augmented] features, segments."""
    engine, text, seed = job
    rng = np.random.default_rng(seed)
    segs, factor = None, 100  # factor: resampling, percent
    if engine == "espeak":
        x = espeak(text, **speaker(rng))
        if rng.random() < 0.3:
            factor = int(rng.integers(88, 122))
        x, cut = trim(x)
    elif engine == "flite":
        # Resampling moves pitch and formants; duration_stretch undoes its tempo.
        # That makes shorter vocal tracts out of the three male voices.
        factor = int(rng.integers(84, 133))
        x, segs = flite(text, rng.choice(FLITE_VOICES), rng.uniform(0.85, 1.3) * factor / 100, rng.uniform(0.8, 1.5))
        x, cut = trim(x)
    else:
        x, cut = np.zeros(int(RATE * rng.uniform(0.5, 2.5))), 0
    if factor != 100:
        x = resample_poly(x, 100, factor)
    lead, tail = rng.uniform(0.05, 0.8), rng.uniform(0.15, 1.0)
    pad = int(lead * RATE)
    x = np.r_[np.zeros(pad), x, np.zeros(int(tail * RATE))]
    if segs is not None:
        segs = [(p, pad / RATE + (e - cut / RATE) * 100 / factor) for p, e in segs]
    feats = [mfcc(augment(x, rng, False)), mfcc(augment(x, rng, True))]
    return {"engine": engine, "text": text, "feats": feats, "segs": segs}
