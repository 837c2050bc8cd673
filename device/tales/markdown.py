"""Stories as Markdown: reader and writer. The format is described in `stories/README.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from pathlib import PurePath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from device.errors import StoryError
from device.events import Option
from device.tales import front
from device.tales.lines import Comment, Link, Name, Paragraphs, Part, Strange, Words, parts, plain, quotes_closed
from device.tales.story import Line, Paragraph, Remark, Scene, Story, slug

_LONGEST = 200_000
"""Characters; about four hours of telling."""

_PARSER = MarkdownIt("commonmark").disable(["html_block", "code", "fence", "lheading", "reference"])
"""Comments stay inside their paragraph, and indented words stay words."""


def read(text: str, file: str) -> Story:
    """-> the story in `text`; small mistakes are passed over (see `remarks`). `file` gives its slug.

    Raises StoryError, naming file, line and remedy, where there is nothing that could be told.
    """
    return _read(text, file)[0]


def remarks(text: str, file: str) -> list[Remark]:
    """-> what `read` passed over. Raises StoryError as `read` does."""
    return _read(text, file)[1]


def write(story: Story) -> str:
    """-> Markdown that `read` turns into the same story."""
    values = {field.name: getattr(story, field.name) for field in fields(story) if field.name not in {"slug", "scenes"}}
    afters = [*(scene.slug for scene in story.scenes[1:]), ""]
    blocks = [block for scene, after in zip(story.scenes, afters, strict=True) for block in _blocks(scene, after)]
    return f"---\n{front.write(values)}---\n" + "\n\n".join(blocks) + "\n"


# --- reading ---------------------------------------------------------------------------------------------------


def _read(text: str, file: str) -> tuple[Story, list[Remark]]:
    if len(text) > _LONGEST:
        raise StoryError(f"{file}:1: more than {_LONGEST} characters. Make several stories of it.")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head, body, begin = front.split(text, file)
    known = front.read(head, file)
    reader = _Reader(file, known.remarks)
    reader.take(_PARSER.parse(body), begin)
    scenes = reader.scenes()
    if not any(scene.words for scene in scenes):
        raise StoryError(f"{file}:{begin}: there are no words to tell. Write a paragraph below the front matter.")
    name = slug(PurePath(file).stem) or "story"
    known.values.setdefault("title", name.replace("-", " ").capitalize())
    return Story(slug=name, scenes=scenes, **known.values), known.remarks


@dataclass(slots=True)
class _Draft:
    slug: str
    title: str
    at: int
    paragraphs: Paragraphs = field(default_factory=Paragraphs)
    options: list[tuple[Option, int]] = field(default_factory=list)
    """Each with its line."""
    silent: tuple[str, int] | None = None
    ends: bool = False


class _Reader:
    """Makes scenes of Markdown's blocks; notes what it passes over in `remarks`."""

    def __init__(self, file: str, remarks: list[Remark]) -> None:
        self._file, self._remarks = file, remarks
        self._drafts: list[_Draft] = []

    def take(self, tokens: Sequence[Token], begin: int) -> None:
        """Reads the blocks of a text that begins on line `begin`."""
        heading = False
        for token in tokens:
            if token.type == "inline":
                at = begin + (token.map[0] if token.map else 0)
                self._heading(plain(token.children or ()), at) if heading else self._block(token.children or (), at)
            heading = token.type == "heading_open"

    def scenes(self) -> tuple[Scene, ...]:
        """-> what was read, each scene knowing which one follows. Links that lead nowhere are left out."""
        slugs = [draft.slug for draft in self._drafts]
        afters = dict(pairwise(slugs))
        scenes = tuple(self._scene(draft, afters.get(draft.slug, ""), slugs) for draft in self._drafts)
        empty = scenes and not (scenes[0].title or scenes[0].paragraphs or scenes[0].options)
        return scenes[1:] if empty else scenes

    def _heading(self, title: str, at: int) -> None:
        name, taken = slug(title), {draft.slug for draft in self._drafts}
        if not name:
            self._remark(at, "A heading without words.", "Give the scene a name.", error=False)
            return
        if name in taken:
            self._remark(at, f"There is a scene {title!r} already.", "Give each its own name, so that links find it.")
            name = next(free for number in range(2, len(taken) + 3) if (free := f"{name}-{number}") not in taken)
        self._drafts.append(_Draft(name, title, at))

    def _block(self, tokens: Sequence[Token], at: int) -> None:
        if not self._drafts:
            self._drafts.append(_Draft("start", "", at))
        draft, found = self._drafts[-1], list(parts(tokens, at))
        links = any(isinstance(part, Link) for part in found)
        if links and not any(isinstance(part, Words) and re.search(r"\w", part.text) for part in found):
            self._answers(draft, found)
        else:
            self._words(draft, found)

    def _words(self, draft: _Draft, found: Sequence[Part]) -> None:
        for part in found:
            match part:
                case Words():
                    draft.paragraphs.words(part)
                case Name():
                    draft.paragraphs.name(part)
                case Link(_, text, _, at):
                    draft.paragraphs.words(Words(text, at))
                    self._remark(at, "A link between words asks nothing.", "Put it into a list.", error=False)
                case Comment():
                    self._comment(draft, part)
                case Strange(what, at):
                    self._remark(at, f"{what} cannot be told.", "Take it out.", error=False)
        draft.paragraphs.end_paragraph()

    def _answers(self, draft: _Draft, found: Sequence[Part]) -> None:
        for part in found:
            match part:
                case Link(to, _, True, at):
                    draft.silent = to, at
                case Link(to, text, False, at):
                    draft.options.append((Option(text, to), at))
                case Comment("also", value, _) if draft.options:
                    option, at = draft.options[-1]
                    also = tuple(words for each in value.split(",") if (words := each.strip()))
                    draft.options[-1] = replace(option, also=(*option.also, *also)), at
                case Comment():
                    self._comment(draft, part)
                case _:
                    pass
        draft.paragraphs.end_paragraph()

    def _comment(self, draft: _Draft, comment: Comment) -> None:
        if comment.kind == "the end":
            draft.ends = True
        elif fault := draft.paragraphs.comment(comment):
            self._remark(comment.at, *fault, error=False)

    def _scene(self, draft: _Draft, after: str, slugs: Sequence[str]) -> Scene:
        options = tuple(option for option, at in draft.options if self._leads(option.to, at, slugs))
        silent = draft.silent[0] if draft.silent and self._leads(*draft.silent, slugs) else ""
        if options and not silent:
            silent, remedy = options[0].to, f"Add - [*nobody answers*](#{options[0].to}) to the list."
            self._remark(draft.options[0][1], "Nothing says what silence leads to.", remedy, error=False)
        elif not silent and not draft.ends:
            silent = after
        return Scene(draft.slug, draft.title, draft.paragraphs.paragraphs(), options, silent, draft.at)

    def _leads(self, to: str, at: int, slugs: Sequence[str]) -> bool:
        if to not in slugs:
            known = ", ".join(f"#{name}" for name in slugs[:8])
            self._remark(at, f"There is no scene #{to}.", f"Write a heading for it, or link one of {known}.")
        return to in slugs

    def _remark(self, at: int, what: str, remedy: str, error: bool = True) -> None:
        self._remarks.append(Remark(self._file, at, what, remedy, error))


# --- writing ---------------------------------------------------------------------------------------------------


def _blocks(scene: Scene, after: str) -> Iterator[str]:
    if scene.title:
        yield f"# {_escaped(scene.title)}"
    yield from map(_paragraph, scene.paragraphs)
    links = [f"- [{_escaped(option.words)}](#{option.to}){_also(option)}" for option in scene.options]
    if scene.silent and (scene.options or scene.silent != after):
        links.append(f"- [*{'nobody answers' if scene.options else 'on'}*](#{scene.silent})")
    if links:
        yield "\n".join(links)
    if after and not scene.silent:
        yield "<!-- the end -->"


def _paragraph(paragraph: Paragraph) -> str:
    who, since, written = "", "", []
    for index, line in enumerate(paragraph.lines):
        speaker = line.who
        if who and not speaker and not quotes_closed(since):
            # Read back, this would be spoken by `who`: the next speaker's name comes before it.
            speaker = next((after.who for after in paragraph.lines[index:] if after.who), "")
        if speaker and speaker != who:
            who, since = speaker, ""
            written.append(f"**{_escaped(who)}:**")
        since += line.text
        written.append(_line(line))
    if paragraph.may_go:
        written.append("<!-- may go -->")
    return re.sub(r"^([#>+=~-]|\d+(?=[.)]))", _guard, " ".join(written))


def _guard(found: re.Match[str]) -> str:
    """-> a paragraph's beginning that Markdown would take for a heading, list or rule, made plain."""
    return f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}"


def _line(line: Line) -> str:
    cues = [f"<!-- {cue.kind}{': ' if cue.value else ''}{cue.value} -->" for cue in line.cues]
    pause = [f"<!-- pause: {line.pause_s:g} -->"] if line.pause_s else []
    return " ".join([_escaped(line.text), *pause, *cues])


def _also(option: Option) -> str:
    return f" <!-- also: {', '.join(option.also)} -->" if option.also else ""


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<&])", r"\\\1", text)
