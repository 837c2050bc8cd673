"""Writes the trained network and the decoding graph as a Vosk model directory."""

import itertools
import math
import os

from kaldi_files import Fst, KaldiWriter, write_nnet, write_transition_model
from lexicon import COMMANDS, LEXICON, PDF, PHONES, SIL, SPN, UNK, WORDS

MFCC_CONF = """--use-energy=false
--sample-frequency=16000
--num-mel-bins=40
--num-ceps=40
--low-freq=20
--high-freq=7600
--dither=0.0
--allow-downsample=true
"""

MODEL_CONF = """--min-active=100
--max-active=600
--beam=10.0
--lattice-beam=4.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--endpoint.silence-phones=1:2:3:4:5:6:7:8:9:10
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""


def phone_table():
    """{(phone, position): id}, {id: pdf} and the lines of word_boundary.int."""
    ids, pdf, boundary, n = {}, {}, [], 0
    kinds = {"": "nonword", "B": "begin", "E": "end", "I": "internal", "S": "singleton"}
    for phone, pdf_id, positions in [("SIL", SIL, ["", "B", "E", "I", "S"]), ("SPN", SPN, ["", "B", "E", "I", "S"])] + [
        (p, PDF[p], ["B", "E", "I", "S"]) for p in PHONES
    ]:
        for pos in positions:
            n += 1
            ids[phone, pos], pdf[n] = n, pdf_id
            boundary.append(f"{n} {kinds[pos]}")
    return ids, pdf, boundary


def build_hcl(ids, tids, words):
    """HMM + lexicon transducer: transition ids in, words out.

    Word arcs leave and re-enter one loop state; between words silence is
    as likely as none.  Each phone is its exit transition id followed by a state that
    repeats the self-loop transition id (Kaldi's "reordered" form).
    """
    f = Fst()
    start = f.state(final=0.0)
    loop = f.state(final=0.0)  # after a word: silence already chosen or skipped
    either = math.log(2)
    self_loop, leave = tids[ids["SIL", ""]]
    sil = f.state(final=0.0)
    f.arc(start, leave, 0, either, sil)
    f.arc(sil, self_loop, 0, 0.0, sil)

    def add_word(word, phones):
        pos = ["S"] if len(phones) == 1 else ["B"] + ["I"] * (len(phones) - 2) + ["E"]
        first = [(start, either), (sil, 0.0), (loop, either)]
        prev = None
        for i, (p, q) in enumerate(zip(phones, pos, strict=False)):
            loop_tid, exit_tid = tids[ids[p, q]]
            s = f.state()
            if i == 0:
                for src, cost in first:
                    f.arc(src, exit_tid, words[word], cost, s)
            else:
                f.arc(prev, exit_tid, 0, 0.0, s)
            f.arc(s, loop_tid, 0, 0.0, s)
            prev = s
        f.arc(prev, 0, 0, 0.0, loop)

    for word in WORDS:
        for phones in LEXICON[word]:
            add_word(word, phones)
    add_word(UNK, ("SPN",))
    f.arc(loop, leave, 0, either, sil)
    return f


def build_g(words, sentences, discount=0.7):
    """Backoff bigram over the command sentences (used without a runtime grammar)."""
    uni, bi = {}, {}
    for s in sentences + [UNK] * 3:
        toks = ["<s>", *s.split(), "</s>"]
        for a, b in itertools.pairwise(toks):
            bi.setdefault(a, {}).setdefault(b, 0)
            bi[a][b] += 1
            uni[b] = uni.get(b, 0) + 1
    for w in WORDS:
        uni[w] = uni.get(w, 0) + 1
    total = sum(uni.values())
    f = Fst()
    hist = {"<s>": f.state()}
    backoff = f.state(final=-math.log(uni["</s>"] / total))
    for w in sorted(bi):
        if w != "<s>":
            hist[w] = f.state()
    for w, c in sorted(uni.items()):
        if w != "</s>":
            f.arc(backoff, words[w], words[w], -math.log(c / total), hist.get(w, backoff))
    for h, s in hist.items():
        n = sum(bi[h].values())
        for w, c in sorted(bi[h].items()):
            cost = -math.log(discount * c / n)
            if w == "</s>":
                f.final[s] = cost
            else:
                f.arc(s, words[w], words[w], cost, hist.get(w, backoff))
        f.arc(s, 0, 0, -math.log(1 - discount), backoff)
    return f


def export(out, layers, priors):
    for sub in ("am", "conf", "graph/phones"):
        os.makedirs(os.path.join(out, sub), exist_ok=True)

    def put(path, data):
        mode = "wb" if isinstance(data, bytes) else "w"
        with open(os.path.join(out, path), mode) as fh:
            fh.write(data)

    ids, pdf, boundary = phone_table()
    w = KaldiWriter()
    tids = write_transition_model(w, pdf)
    write_nnet(w, layers[0][2].shape[1] // len(layers[0][1]), layers, priors)
    put("am/final.mdl", w.bytes())
    words = {"<eps>": 0}
    for word in [UNK, *WORDS]:
        words[word] = len(words)
    put("graph/HCLr.fst", build_hcl(ids, tids, words).dump("output"))
    put("graph/Gr.fst", build_g(words, COMMANDS).dump("input", words))
    # One past the last transition id: a disambiguation symbol the graph never
    # uses, because Kaldi wants the list to exist.
    put("graph/disambig_tid.int", f"{2 * len(pdf) + 1}\n")
    put("graph/phones/word_boundary.int", "\n".join(boundary) + "\n")
    put("conf/mfcc.conf", MFCC_CONF)
    put("conf/model.conf", MODEL_CONF)
