#!/usr/bin/env python3
"""Builds the Vosk test model from nothing: speech, training, export."""

import argparse
import json
import multiprocessing as mp
import time
from pathlib import Path

import numpy as np
import torch
import train
from export import export
from speech import make, plan

ESPEAK, FLITE, NOISE = 6000, 2000, 200
"""How much there is to learn from, in utterances."""
HIDDEN = 160
"""Width of the network."""
EPOCHS = 5
LEARNING_RATE = 3e-3
GARBAGE = 0.05
"""Share of SPN in a phone's target."""
STARTED_S = time.time()


def log(text, **_):
    print(f"[{time.time() - STARTED_S:5.0f} s] {text}", flush=True)


def spoken():
    """-> the utterances to learn from."""
    with mp.get_context("fork").Pool(2) as pool:
        return list(pool.imap(make, plan(ESPEAK, FLITE, NOISE), chunksize=20))


def learnt(items, epochs, garbage=0.0):
    """-> a network trained from nothing on (features, labels)."""
    net = train.Tdnn(HIDDEN)
    train.fit(net, items, epochs, LEARNING_RATE, garbage=garbage, log=log)
    return net


def aligned(net, utterances, **how):
    """-> (labels of each utterance, how well each fits)."""
    labels, scores = train.align(net, utterances, **how)
    log(f"aligned: mean score {scores.mean():.2f}, worst 5% {np.quantile(scores, 0.05):.2f}")
    return labels, scores


def trained(utterances):
    """Begins with flite's own segmentation, then aligns everything twice. -> (network, prior of each density)"""
    begin = [(f, train.flite_labels(u)) for u in utterances if u["segs"] for f in u["feats"]]
    labels, _ = aligned(learnt(begin, 2), utterances, bootstrap=True)
    clean = [(u["feats"][0], label) for u, label in zip(utterances, labels, strict=True)]
    labels, scores = aligned(learnt(clean, 2), utterances)
    keep = scores > np.quantile(scores, 0.01)
    items = [(f, label) for u, label, k in zip(utterances, labels, keep, strict=True) if k for f in u["feats"]]
    net = learnt(items, EPOCHS, GARBAGE)
    return net.eval(), train.counts_prior([label for _, label in items])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="folder of the model; its files are written anew")
    out = parser.parse_args().out
    torch.manual_seed(1)
    torch.set_num_threads(1)  # with more, the same sounds need not make the same model
    utterances = spoken()
    log(f"{len(utterances)} utterances, {sum(len(u['feats'][0]) for u in utterances) / 360000:.2f} hours")
    net, prior = trained(utterances)
    export(out, net.kaldi_layers(), prior)
    sizes = {p.relative_to(out).as_posix(): p.stat().st_size for p in sorted(Path(out).rglob("*")) if p.is_file()}
    (Path(out) / "sizes.json").write_text(json.dumps(sizes, indent=1) + "\n")  # as of an installed one
    log(f"wrote {out}")


if __name__ == "__main__":
    main()
