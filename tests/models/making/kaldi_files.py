"""Writers for the file formats a Vosk model directory is made of.

Kaldi's binary object format is simple: tokens are the text followed by one
space, integers are a size byte followed by the little-endian value, float
vectors and matrices are "FV "/"FM " followed by sized dimensions and the data.
OpenFst's binary format is a header, optional symbol tables, then the states.
"""

import struct

import numpy as np


# ---------------------------------------------------------------- Kaldi ----
class KaldiWriter:
    def __init__(self):
        self.parts = [b"\0B"]

    def tok(self, *tokens):
        for t in tokens:
            self.parts.append(t.encode() + b" ")
        return self

    def raw(self, text):
        self.parts.append(text.encode())
        return self

    def i32(self, v):
        self.parts.append(b"\x04" + struct.pack("<i", v))
        return self

    def f32(self, v):
        self.parts.append(b"\x04" + struct.pack("<f", v))
        return self

    def f64(self, v):
        self.parts.append(b"\x08" + struct.pack("<d", v))
        return self

    def ivec(self, v):
        """std::vector<int32>: element size, then count, then the elements."""
        self.parts.append(b"\x04" + struct.pack("<i", len(v)) + np.asarray(v, "<i4").tobytes())
        return self

    def vec(self, v):
        v = np.ascontiguousarray(v, "<f4")
        self.tok("FV").i32(v.shape[0])
        self.parts.append(v.tobytes())
        return self

    def mat(self, m):
        """A matrix compressed to two bytes a number (CM2): lowest number, range, shape, then steps of it."""
        low, span = float(m.min()), float(np.ptp(m))
        steps = np.round((m - low) * (65535 / span)).astype("<u2")
        self.tok("CM2").parts += [struct.pack("<ffii", low, span, *m.shape), steps.tobytes()]
        return self

    def bytes(self):
        return b"".join(self.parts)


def write_transition_model(w, phone_pdf):
    """One emitting state per phone, self-loop and exit both 0.5.

    phone_pdf: {phone id: pdf id}.  Transition ids come out as, for the k-th
    phone (sorted, from 0), self-loop = 2k+1 and exit = 2k+2.
    """
    phones = sorted(phone_pdf)
    phone2idx = [-1] * (phones[-1] + 1)
    for p in phones:
        phone2idx[p] = 0
    w.tok("<TransitionModel>", "<Topology>")
    w.ivec(phones).ivec(phone2idx)
    w.i32(1)  # one topology entry
    w.i32(2)  # with two states
    w.i32(0).i32(2).i32(0).f32(0.5).i32(1).f32(0.5)
    w.i32(-1).i32(0)  # final state, no pdf
    w.tok("</Topology>", "<Triples>").i32(len(phones))
    for p in phones:
        w.i32(p).i32(0).i32(phone_pdf[p])
    w.tok("</Triples>", "<LogProbs>")
    w.vec(np.r_[0.0, np.full(2 * len(phones), np.log(0.5))])
    w.tok("</LogProbs>", "</TransitionModel>")
    return {p: (2 * k + 1, 2 * k + 2) for k, p in enumerate(phones)}


def write_nnet(w, input_dim, layers, priors):
    """layers: list of (name, offsets, weight, bias); ReLU between, log-softmax last."""
    cfg = [f"input-node name=input dim={input_dim}"]
    comps, prev = [], "input"
    left = right = 0
    for k, (name, offsets, weight, bias) in enumerate(layers):
        ins = ", ".join(prev if o == 0 else f"Offset({prev}, {o})" for o in offsets)
        ins = f"Append({ins})" if len(offsets) > 1 else ins
        cfg.append(f"component-node name={name}.affine component={name}.affine input={ins}")
        comps.append((f"{name}.affine", "affine", weight, bias))
        kind = "LogSoftmax" if k == len(layers) - 1 else "RectifiedLinear"
        node = f"{name}.{'logsoftmax' if k == len(layers) - 1 else 'relu'}"
        cfg.append(f"component-node name={node} component={node} input={name}.affine")
        comps.append((node, kind, weight.shape[0], None))
        prev = node
        left -= min(offsets)
        right += max(offsets)
    cfg.append(f"output-node name=output input={prev} objective=linear")
    w.tok("<Nnet3>").raw("\n" + "\n".join(cfg) + "\n\n")
    w.tok("<NumComponents>").i32(len(comps))
    for name, kind, a, b in comps:
        w.tok("<ComponentName>", name)
        if kind == "affine":
            w.tok("<FixedAffineComponent>", "<LinearParams>").mat(a)
            w.tok("<BiasParams>").vec(b).tok("</FixedAffineComponent>")
        else:
            w.tok(f"<{kind}Component>", "<Dim>").i32(a)
            w.tok("<ValueAvg>").vec(np.zeros(0)).tok("<DerivAvg>").vec(np.zeros(0))
            w.tok("<Count>").f64(0.0).tok(f"</{kind}Component>")
    w.tok("</Nnet3>")
    w.tok("<LeftContext>").i32(left).tok("<RightContext>").i32(right)
    w.tok("<Priors>").vec(priors)


# -------------------------------------------------------------- OpenFst ----
FST_MAGIC, SYM_MAGIC = 2125659606, 2125658996
K_EXPANDED, K_MUTABLE = 0x1, 0x2
K_ILABEL_SORTED, K_OLABEL_SORTED = 0x10000000, 0x40000000


def _str(s):
    s = s.encode()
    return struct.pack("<i", len(s)) + s


def symbol_table(name, symbols):
    out = [struct.pack("<i", SYM_MAGIC), _str(name), struct.pack("<qq", max(symbols.values()) + 1, len(symbols))]
    for s, k in sorted(symbols.items(), key=lambda kv: kv[1]):
        out.append(_str(s) + struct.pack("<q", k))
    return b"".join(out)


class Fst:
    """A small weighted transducer over the tropical semiring."""

    def __init__(self):
        self.arcs, self.final = [], []

    def state(self, final=None):
        self.arcs.append([])
        self.final.append(float("inf") if final is None else final)
        return len(self.arcs) - 1

    def arc(self, src, ilabel, olabel, weight, dst):
        self.arcs[src].append((ilabel, olabel, weight, dst))

    def dump(self, sort, symbols=None):
        """Bytes of a VectorFst sorted on 'input' or 'output' labels."""
        key = (lambda a: (a[0], a[1])) if sort == "input" else (lambda a: (a[1], a[0]))
        props = K_EXPANDED | K_MUTABLE | (K_ILABEL_SORTED if sort == "input" else K_OLABEL_SORTED)
        syms = b"" if symbols is None else symbol_table("words", symbols) * 2
        head = (
            struct.pack("<i", FST_MAGIC)
            + _str("vector")
            + _str("standard")
            + struct.pack("<iiQqqq", 2, 3 if symbols else 0, props, 0, len(self.arcs), sum(map(len, self.arcs)))
        )
        out = [head, syms]
        for arcs, final in zip(self.arcs, self.final, strict=False):
            out.append(struct.pack("<fq", final, len(arcs)))
            out.extend(struct.pack("<iifi", *arc) for arc in sorted(arcs, key=key))
        return b"".join(out)
