"""The acoustic model: a small TDNN, its alignments and its training."""

import time

import numpy as np
import torch
from lexicon import LEXICON, NUM_PDFS, PDF, SIL, SPN
from torch import nn

# Offsets in 10 ms frames; the first layer keeps every third frame.
LAYERS = [tuple(range(-4, 5)), (-3, 0, 3), (-3, 0, 3), (-6, 0, 6), (-12, 0, 6)]
LEFT = -sum(min(o) for o in LAYERS)
RIGHT = sum(max(o) for o in LAYERS)


class Tdnn(nn.Module):
    def __init__(self, hidden, feat=40):
        super().__init__()
        self.lin, self.bn = nn.ModuleList(), nn.ModuleList()
        dim = feat
        self.in_norm = nn.BatchNorm1d(feat, affine=False)
        for offs in LAYERS:
            self.lin.append(nn.Linear(dim * len(offs), hidden))
            self.bn.append(nn.BatchNorm1d(hidden))
            dim = hidden
        self.out = nn.Linear(hidden, NUM_PDFS)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        """x: (B, LEFT + 3*(T-1)+1 + RIGHT, feat) -> log-probabilities (B, T, pdfs)."""
        batch = x.shape[0]
        x = self.in_norm(x.reshape(-1, x.shape[2])).view_as(x)
        for k, (offs, lin, bn) in enumerate(zip(LAYERS, self.lin, self.bn, strict=False)):
            stride, unit = (3, 1) if k == 0 else (1, 3)
            lo, hi = min(offs) // unit, max(offs) // unit
            n = x.shape[1] - (hi - lo)
            x = torch.cat([x[:, o // unit - lo : o // unit - lo + n : stride] for o in offs], 2)
            t = x.shape[1]
            x = bn(torch.relu(lin(x.reshape(batch * t, -1)))).view(batch, t, -1)
        return torch.log_softmax(self.out(self.drop(x)), 2)

    def kaldi_layers(self):
        """Layers with both normalisations folded into the affine parts."""
        out = []
        mean = self.in_norm.running_mean.double().numpy()
        scale = 1 / np.sqrt(self.in_norm.running_var.double().numpy() + self.in_norm.eps)
        shift = -mean * scale
        mods = [*list(self.lin), self.out]
        for k, (lin, offs) in enumerate(zip(mods, [*LAYERS, (0,)], strict=False)):
            w, b = lin.weight.detach().double().numpy(), lin.bias.detach().double().numpy()
            n = len(offs)
            b = b + w @ np.tile(shift, n)
            w = w * np.tile(scale, n)
            out.append((f"tdnn{k + 1}" if k < len(LAYERS) else "output", list(offs), w, b))
            if k < len(LAYERS):
                bn = self.bn[k]
                scale = (bn.weight / torch.sqrt(bn.running_var + bn.eps)).detach().double().numpy()
                shift = bn.bias.detach().double().numpy() - bn.running_mean.double().numpy() * scale
        return out


def frames(n):
    return (n + 2) // 3


def padded(feat):
    """Edge frames repeated as Kaldi does, so that frames(n) outputs come out."""
    n = len(feat)
    return np.concatenate(
        [np.repeat(feat[:1], LEFT, 0), feat, np.repeat(feat[-1:], RIGHT + (frames(n) - 1) * 3 + 1 - n + 2, 0)]
    )


def batches(items, size, rng=None):
    """items: (feat, labels). Groups of similar length, padded with label -1."""
    order = sorted(range(len(items)), key=lambda i: len(items[i][0]))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    if rng is not None:
        rng.shuffle(groups)
    for g in groups:
        t = max(frames(len(items[i][0])) for i in g)
        x = np.zeros((len(g), LEFT + RIGHT + 3 * (t - 1) + 1, items[g[0]][0].shape[1]), np.float32)
        y = np.full((len(g), t), -1)
        for r, i in enumerate(g):
            p = padded(items[i][0])[: x.shape[1]]
            x[r, : len(p)] = p
            x[r, len(p) :] = p[-1]
            if items[i][1] is not None:
                y[r, : len(items[i][1])] = items[i][1]
        yield g, torch.from_numpy(x), torch.from_numpy(y)


def fit(net, items, epochs, lr, seed=0, size=64, garbage=0.0, log=print):
    """Frame cross-entropy.  With garbage=g a vocabulary phone's target is
    1-g phone, g SPN: SPN then beats every wrong phone and loses to the right
    one, which is what [unk] has to do under a runtime grammar."""
    rng = np.random.default_rng(seed)
    steps = epochs * ((len(items) + size - 1) // size)
    opt = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=1e-3)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, lr, total_steps=steps, pct_start=0.15)
    for ep in range(epochs):
        net.train()
        t0, tot, hit, cnt = time.time(), 0.0, 0, 0
        for _, x, y in batches(items, size, rng):
            x = x + torch.randn(x.shape[0], 1, x.shape[2]) * torch.linspace(1.5, 0.3, x.shape[2])
            logp = net(x)
            keep = y >= 0
            lp, yy = logp[keep], y[keep]
            loss = nn.functional.nll_loss(lp, yy)
            if garbage:
                speech = (yy > SPN).float()
                right = lp.gather(1, yy[:, None])[:, 0]
                loss = loss + garbage * (speech * (right - lp[:, SPN])).mean()
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            opt.step()
            sched.step()
            tot += loss.item() * len(yy)
            hit += (lp.argmax(1) == yy).sum().item()
            cnt += len(yy)
        log(
            f"  epoch {ep + 1}/{epochs}: loss {tot / cnt:.3f} frame acc {hit / cnt:.3f} ({time.time() - t0:.0f} s)",
            flush=True,
        )


@torch.no_grad()
def posteriors(net, feats, size=64):
    net.eval()
    out = [None] * len(feats)
    for g, x, _ in batches([(f, None) for f in feats], size):
        lp = net(x).numpy()
        for r, i in enumerate(g):
            out[i] = lp[r, : frames(len(feats[i]))]
    return out


# ------------------------------------------------------------ alignment ----
def graph(text):
    """States of the utterance: pdf per state, predecessors, starts and ends."""
    pdf, preds = [], []

    def add(p, pre):
        pdf.append(p)
        preds.append([len(pdf) - 1, *list(pre)])
        return len(pdf) - 1

    sil = add(SIL, [])
    starts, entry, first = [sil], [sil], True
    for word in text.split():
        ends = []
        for phones in [[PDF[p] for p in pr] for pr in LEXICON.get(word, [])] or [[SPN] * 3]:
            prev = None
            for p in phones:
                opening = prev is None
                prev = add(p, entry if opening else [prev])
                if first and opening:
                    starts.append(prev)
            ends.append(prev)
        first = False
        sil = add(SIL, ends)
        entry = [*ends, sil]
    return np.array(pdf), preds, starts, entry


def viterbi(logp, text):
    """Best pdf per frame for the known words, and its average log-likelihood."""
    pdf, preds, starts, ends = graph(text)
    width = max(map(len, preds))
    pred = np.array([p + [p[0]] * (width - len(p)) for p in preds])
    em = logp[:, pdf]
    score = np.full(len(pdf), -1e30)
    score[starts] = em[0, starts]
    back = np.zeros((len(logp), len(pdf)), np.int32)
    rows = np.arange(len(pdf))
    for t in range(1, len(logp)):
        cand = score[pred]
        best = cand.argmax(1)
        back[t] = pred[rows, best]
        score = cand[rows, best] + em[t]
    s = ends[int(np.argmax(score[ends]))]
    total = score[s]
    path = np.empty(len(logp), np.int64)
    for t in range(len(logp) - 1, -1, -1):
        path[t] = pdf[s]
        s = back[t, s]
    return path, total / len(logp)


def flite_labels(utt):
    """Frame labels from flite's own segmentation; middle of each 30 ms step."""
    n = frames(len(utt["feats"][0]))
    t = np.arange(n) * 0.03 + 0.0125
    lab = np.full(n, SIL)
    begin = 0.0
    for p, end in utt["segs"]:
        lab[(t >= begin) & (t < end)] = p
        begin = end
    lab[t >= begin] = SIL
    return lab


def align(net, utts, bootstrap=False):
    """Labels for every utterance, from the clean copy; returns labels, scores."""
    post = posteriors(net, [u["feats"][0] for u in utts])
    prior = np.log(np.mean([np.exp(p).mean(0) for p in post], 0) + 1e-4)
    labels, scores = [], []
    for u, lp in zip(utts, post, strict=False):
        if u["engine"] == "noise":
            labels.append(np.full(len(lp), SIL))
            scores.append(0.0)
            continue
        ll = lp - 0.6 * prior
        if bootstrap:  # SPN not trained yet: "some phone or other"
            ll[:, SPN] = ll[:, 2:].max(1) - 1.0
        lab, sc = viterbi(ll, u["text"])
        labels.append(lab)
        scores.append(sc)
    return labels, np.array(scores)


def counts_prior(labels):
    c = np.bincount(np.concatenate(labels), minlength=NUM_PDFS) + 50.0
    return c / c.sum()
