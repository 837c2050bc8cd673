"""What Max is saying just now, from the doings he was given and what happened since."""

from __future__ import annotations

from collections.abc import Sequence

from device.events import Doing, Finished, Happening, Hush, Option, Reached, Say, Sentence, Tell

NEAR = 1
"""Sentences before and behind the running one that count as said now: an echo is understood after it was said."""
QUESTION = 2
"""Sentences a question takes at the end of what is told: "Who shall carry the letter? Express, or Madame?"."""


class Saying:
    """Follows what sounds. `texts` is empty while Max is silent, `options` but while he asks."""

    def __init__(self) -> None:
        self.texts: tuple[str, ...] = ()
        self.options: tuple[Option, ...] = ()
        self._begun("", ())

    def hear(self, happening: Happening, doings: Sequence[Doing]) -> bool:
        """Takes what happened and what is done about it. -> whether `texts` changed."""
        before = self.texts, self.options
        match happening:
            case Reached(id=self._id, sentence=sentence):
                self._reached(sentence)
            case Finished(id=self._id):
                self._ended()
        for doing in doings:
            match doing:
                case Say(id=id, sentences=sentences):
                    self._begun(id, sentences)
                    self.texts = tuple(sentence.text for sentence in sentences)
                case Tell(id=id, sentences=sentences, begin=begin, options=options, aloud=True):
                    self._begun(id, sentences, options)
                    self._reached(begin)
                case Tell():
                    self._ended()  # a person reads
                case Hush(id=id) if id in ("", self._id):
                    self._ended()
        return (self.texts, self.options) != before

    def _begun(self, id: str, sentences: tuple[Sentence, ...], answers: tuple[Option, ...] = ()) -> None:
        self._id, self._sentences, self._answers = id, sentences, answers
        self.options = ()

    def _reached(self, sentence: int) -> None:
        near = self._sentences[max(sentence - NEAR, 0) : sentence + NEAR + 1]
        self.texts = tuple(each.text for each in near)
        self.options = self._answers if sentence >= len(self._sentences) - QUESTION else ()

    def _ended(self) -> None:
        self._begun("", ())
        self.texts = ()
