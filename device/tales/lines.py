"""What stands inside a paragraph of a story: words, who speaks them, and comments that are cues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote

from markdown_it.token import Token

from device.events import Cue
from device.tales.story import Line, Paragraph, slug

SOUNDS = ("sea", "rain", "pink", "brown", "none")
"""Values of `<!-- sound: ... -->`."""

LONGEST_PAUSE_S = 5.0
"""A longer silence sounds like a fault."""

_FIRST_SENTENCE = re.compile(r"(.*?[.?!…][\"”’')]*)\s+(?=\S)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """`**Keeper:**`"""

    who: str
    at: int


@dataclass(frozen=True, slots=True)
class Link:
    to: str
    """Slug."""
    text: str
    silent: bool
    """Whether it is in italics."""
    at: int


@dataclass(frozen=True, slots=True)
class Comment:
    """`<!-- kind: value -->`"""

    kind: str
    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Strange:
    """Something that cannot be told."""

    what: str
    at: int


Part: TypeAlias = Words | Name | Link | Comment | Strange


def parts(tokens: Sequence[Token], at: int) -> Iterator[Part]:
    """-> what the inline `tokens` of a block that begins on line `at` hold, in order."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _closing(tokens, index)
        inner = plain(tokens[index:end])
        if token.type == "link_open" and (target := str(token.attrs.get("href", ""))).startswith("#"):
            silent = any(child.type == "em_open" for child in tokens[index:end])
            yield Link(slug(unquote(target[1:])), inner, silent, at)
        elif token.type == "strong_open" and (who := _name(inner, tokens[end + 1 : end + 2])):
            yield Name(who, at)
            end += not inner.endswith(":")  # its colon stands outside, in the token after it
            if end > index and tokens[end].type == "text":
                yield Words(tokens[end].content.removeprefix(":"), at)
        else:
            yield from _single(token, at)
            end = index
        at += sum(child.type in {"softbreak", "hardbreak"} for child in tokens[index : end + 1])
        index = end + 1


def plain(tokens: Sequence[Token]) -> str:
    """-> the words of inline `tokens` without marks, white space made single."""
    return " ".join("".join(_WORDS.get(token.type, token.content) for token in tokens if token.type in _TEXT).split())


_WORDS = {"softbreak": " ", "hardbreak": " "}
_TEXT = {"text", "text_special", "code_inline", *_WORDS}


def _closing(tokens: Sequence[Token], begin: int) -> int:
    """-> index of the token that closes the one at `begin`, or `begin`."""
    if tokens[begin].type not in {"link_open", "strong_open"}:
        return begin
    close = tokens[begin].type.replace("open", "close"), tokens[begin].level
    return next(at for at in range(begin, len(tokens)) if (tokens[at].type, tokens[at].level) == close)


def _name(inner: str, after: Sequence[Token]) -> str:
    """-> the speaker that bold words name, with their colon inside or right after; empty where they name nobody."""
    if inner.endswith(":"):
        return inner.rstrip(": ")
    return inner if after and after[0].content.startswith(":") else ""


def _single(token: Token, at: int) -> Iterator[Part]:
    if token.type in _TEXT:
        yield Words(_WORDS.get(token.type, token.content), at)
    elif token.type == "image":
        yield Strange("A picture", at)
    elif token.type == "html_inline":
        found = re.fullmatch(r"<!--\s*([^:]*?)\s*(?::\s*(.*?)\s*)?-->", token.content, re.DOTALL)
        value = " ".join((found[2] or "").split()) if found else ""
        yield Comment(found[1].casefold(), value, at) if found else Strange(token.content, at)


@dataclass(slots=True)
class _Draft:
    text: str
    who: str
    at: int
    before: list[Cue] = field(default_factory=list)
    """Cues that stood before its first word."""
    cues: list[Cue] = field(default_factory=list)
    pause_s: float = 0.0
    closed: bool = False

    def lines(self) -> Iterator[Line]:
        """-> itself, its first sentence apart where a cue stood before it."""
        text = " ".join(self.text.split())
        found = _FIRST_SENTENCE.match(text) if self.before else None
        if found:
            yield Line(found[1], self.who, tuple(self.before), 0.0, self.at)
            yield Line(text[found.end() :], self.who, tuple(self.cues), self.pause_s, self.at)
        else:
            yield Line(text, self.who, (*self.before, *self.cues), self.pause_s, self.at)


class Paragraphs:
    """Collects a scene's parts into paragraphs."""

    def __init__(self) -> None:
        self._done: list[tuple[list[_Draft], bool]] = []
        self._segment: list[Words | Comment] = []
        self._who = ""
        self._drafts: list[_Draft] = []
        self._ahead: list[Cue] = []
        self._may_go = False

    def words(self, words: Words) -> None:
        """Adds words to the running paragraph."""
        self._segment.append(words)

    def name(self, name: Name) -> None:
        """From here `name` speaks."""
        if name.who != self._who:
            self._end_segment()
            self._who = name.who

    def comment(self, comment: Comment) -> tuple[str, str] | None:
        """Takes a cue -> what is wrong with it and what to do, or None."""
        if comment.kind == "may go":
            self._may_go = True
        elif fault := _fault(comment):
            return fault
        elif comment.kind != "note":
            self._segment.append(comment)
        return None

    def end_paragraph(self) -> None:
        """The block ends; cues and `may go` of a block without words wait for the next."""
        self._end_segment()
        self._who = ""
        if self._drafts:
            self._done.append((self._drafts, self._may_go))
            self._drafts, self._may_go = [], False

    def paragraphs(self) -> tuple[Paragraph, ...]:
        """-> all of the scene's. Cues that no words follow go to its last line."""
        if self._done:
            self._done[-1][0][-1].cues += self._ahead
            self._ahead = []
        return tuple(
            Paragraph(tuple(line for draft in drafts for line in draft.lines()), goes) for drafts, goes in self._done
        )

    def _end_segment(self) -> None:
        quotes = any(mark in part.text for part in self._segment if isinstance(part, Words) for mark in '"“')
        inside = False
        for part in self._segment:
            if isinstance(part, Comment):
                self._cue(part)
                continue
            for text in re.split('(["“”])', part.text):
                after = _inside(text, inside)
                self._add(text, self._who if inside or after or not quotes else "", part.at)
                inside = after
        self._segment = []

    def _add(self, text: str, who: str, at: int) -> None:
        last = self._drafts[-1] if self._drafts else None
        if last and not last.closed and last.who == who:
            last.text += text
        elif text.strip():
            self._drafts.append(_Draft(text, who, at, self._ahead))
            self._ahead = []

    def _cue(self, comment: Comment) -> None:
        here = self._drafts[-1] if self._drafts else None
        if here:
            here.closed = True
        if comment.kind == "pause":
            before = here or (self._done[-1][0][-1] if self._done else None)
            if before:
                before.pause_s = max(before.pause_s, min(_number(comment.value), LONGEST_PAUSE_S))
        else:
            (here.cues if here else self._ahead).append(_event(comment))


def _inside(text: str, inside: bool) -> bool:
    """-> whether, after a piece that is one quotation mark or has none, the words stand inside quotation marks."""
    return text == "“" or (text == '"' and not inside) or (inside and text not in {'"', "”"})


def quotes_closed(text: str) -> bool:
    """-> whether `text` has quotation marks and all of them are closed."""
    inside = False
    for piece in re.split('(["“”])', text):
        inside = _inside(piece, inside)
    return not inside and bool(re.search('["“]', text))


def _number(text: str) -> float:
    """-> a number as people write it ("1.2 s", "60 %"); not finite or not a number is -1."""
    found = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,3})?)\s*(s|sec|seconds?|%)?", text)
    return float(found[1].replace(",", ".")) / (100 if found[2] == "%" else 1) if found else -1.0


def _event(comment: Comment) -> Cue:
    match comment.kind:
        case "light":
            return Cue("light", f"{_number(comment.value):g}")
        case "sound":
            return Cue("sound", comment.value.casefold())
        case _:
            return Cue("breathe", "")


def _fault(comment: Comment) -> tuple[str, str] | None:
    shown = f"<!-- {comment.kind}{': ' if comment.value else ''}{comment.value} -->"
    match comment.kind:
        case "light" if not 0 <= _number(comment.value) <= 1:
            return f"{shown} is no light.", "Write a part from 0 to 1, such as <!-- light: 0.6 -->."
        case "pause" if not 0 <= _number(comment.value) <= LONGEST_PAUSE_S:
            return f"{shown} is no pause.", "Write seconds up to 5, such as <!-- pause: 1.2 -->."
        case "sound" if comment.value.casefold() not in SOUNDS:
            return f"{shown} is no sound.", f"Sounds are {', '.join(SOUNDS)}."
        case "light" | "pause" | "sound" | "breathe" | "note":
            return None
    return f"{shown} is no cue.", "See stories/README.md; a comment for readers begins with note:."
