"""The socket between page and core, spoken to as the page does."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from device.errors import DeskError
from device.events import Answer, Asked, Failed, Happening, Pressed, Recovered
from device.senses.desk import ASKS, LOOKS, Desk
from device.senses.keys import Keys, Role

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
BROWSER = "b" * 32


class Core:
    """A desk, its inbox, and the page's side of the line."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "desk"
        self.broken = False
        self.keys = Keys(folder / "keys.json", cost={"n": 2, "r": 8, "p": 1})
        self.session: dict[Role, str] = {
            "parent": self.keys.claim("lantern under the stairs").session,
            "child": self.keys.begin("child").session,
            "grown_up": self.keys.begin("grown_up").session,
        }
        self.inbox: SimpleQueue[Happening] = SimpleQueue()
        self.desk = Desk(self.inbox.put, lambda: NOW, self.path, self._look, self.keys)

    def _look(self, what: str, who: str) -> Mapping[str, Any]:
        if what == "device" and self.broken:
            raise RuntimeError("no device tonight")
        return {"what": what, "who": who}

    def line(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(10)
        line.connect(str(self.path))
        return line

    def raw(self, said: bytes) -> Any:
        with self.line() as line:
            line.sendall(said)
            with line.makefile("rb") as replies:
                return json.loads(replies.readline())

    def say(self, verb: str, who: Role | None = None, **said: Any) -> Any:
        session = self.session[who] if who else ""
        return self.raw(json.dumps({"verb": verb, "session": session, **said}).encode() + b"\n")


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    core = Core(tmp_path)
    yield core
    core.desk.close()


def test_a_look_shows_the_view_for_the_role_of_the_session(core: Core) -> None:
    assert core.say("look", "child", what="tonight") == {"who": "child", "view": {"what": "tonight", "who": "child"}}


def test_saying_who_one_is_makes_nobody_a_parent(core: Core) -> None:
    assert core.say("look", what="tonight", claims="parent") == {"error": "stranger"}
    assert core.say("look", "grown_up", what="device", role="parent") == {"error": "forbidden"}


READER = {"read", "you_finish", "ill_finish", "turn"}


@pytest.mark.parametrize("who", ["parent", "child", "grown_up"])
def test_every_role_gets_what_is_its_own_and_nothing_else(core: Core, who: Role) -> None:
    seen = {what for what in LOOKS if core.say("look", who, what=what).get("error") != "forbidden"}
    asked = {what for what in ASKS if core.say("ask", who, what=what, id="!").get("error") != "forbidden"}
    expected = {
        "parent": ({"tonight", "promise", "device", "stories"}, set(ASKS)),
        "child": ({"tonight", "mirror", "promise", "stories"}, {"hush", *READER}),
        "grown_up": ({"tonight", "stories"}, {"seen_ring", "hush", *READER}),
    }
    assert (seen, asked) == expected[who]


def test_the_child_sees_in_the_mirror_what_a_parent_sees(core: Core) -> None:
    assert core.say("look", "child", what="mirror")["view"] == {"what": "tonight", "who": "parent"}


def test_a_wish_goes_into_the_inbox_and_its_answer_comes_back(core: Core) -> None:
    def night() -> None:
        asked = core.inbox.get(timeout=10)
        assert isinstance(asked, Asked)
        core.desk.do(Answer(id=asked.id, ok=True, text="Max tells Benny."))

    deciding = threading.Thread(target=night)
    deciding.start()
    reply = core.say("ask", "parent", what="late", id="late-1234", details={"minutes": 30})
    deciding.join()
    assert reply == {"who": "parent", "state": "done", "id": "late-1234", "ok": True, "text": "Max tells Benny."}


def test_a_slow_answer_is_still_saving_and_the_same_id_gets_it_later(core: Core) -> None:
    late = {"what": "late", "id": "late-1234", "details": {"minutes": 30}}
    assert core.say("ask", "parent", **late) == {"who": "parent", "state": "saving", "id": "late-1234"}
    core.desk.do(Answer(id="late-1234", ok=True))
    assert core.say("ask", "parent", **late)["state"] == "done"
    assert core.say("answer", "parent", id="late-1234")["ok"]
    asked = core.inbox.get(timeout=10)
    assert asked == Asked(at=NOW, id="late-1234", who="parent", what="late", details={"minutes": 30})
    assert core.inbox.empty()


def test_while_one_waits_for_an_answer_another_may_look(core: Core) -> None:
    with core.line() as waiting:
        ask = {"verb": "ask", "session": core.session["parent"], "what": "away", "id": "away-1234"}
        waiting.sendall(json.dumps(ask).encode() + b"\n")
        core.inbox.get(timeout=10)
        assert core.say("look", "parent", what="tonight")["who"] == "parent"
        core.desk.do(Answer(id="away-1234", ok=False, text="no"))
        assert json.loads(waiting.recv(4096))["ok"] is False


@pytest.mark.parametrize("said", [b"hello\n", b"[]\n", b"\xff\n", b"{}\n", b'{"verb": 7}\n', b"[" * 9_000 + b"\n"])
def test_nonsense_is_told_so(core: Core, said: bytes) -> None:
    assert core.raw(said) == {"error": "unknown"}


def test_a_line_without_end_is_cut_off(core: Core) -> None:
    assert core.raw(b"x" * 17_000) == {"error": "unknown"}


def test_a_flood_from_one_phone_is_slowed_and_another_is_served(core: Core) -> None:
    replies = [core.say("look", "parent", what="tonight", address="192.168.1.7") for _ in range(100)]
    assert {"error": "busy"} in replies
    assert core.say("look", "parent", what="tonight", address="192.168.1.8")["who"] == "parent"


def test_a_fault_in_a_view_is_said_once_and_the_desk_goes_on(core: Core) -> None:
    core.broken = True
    assert core.say("look", "parent", what="device") == {"error": "broken"}
    assert core.say("look", "parent", what="device") == {"error": "broken"}
    failed = core.inbox.get(timeout=10)
    assert isinstance(failed, Failed)
    assert "no device tonight" in failed.reason
    assert core.say("look", "parent", what="tonight")["who"] == "parent"
    assert core.inbox.empty()
    core.broken = False
    core.say("look", "parent", what="device")
    assert core.inbox.get(timeout=10) == Recovered(at=NOW, part="desk")


def test_many_wrong_tries_have_to_wait(core: Core) -> None:
    replies = [core.say("enter", secret="wrong passphrase", address=f"10.0.0.{n}") for n in range(11)]
    assert replies[0] == {"error": "wrong"}
    assert replies[-1]["error"] == "wait"
    core.desk.hear(Pressed(at=NOW, button="story", long=True))
    assert core.say("enter", secret="lantern under the stairs", address="10.0.0.1")["who"] == "parent"


def test_the_child_comes_in_by_the_box_alone(core: Core) -> None:
    assert core.say("enter", browser=BROWSER) == {"error": "closed"}
    assert core.say("knock", browser=BROWSER, want="child")["child"] == "waiting"
    core.desk.hear(Pressed(at=NOW, button="light", long=True))
    assert core.say("door", browser=BROWSER)["child"] == "waiting"
    core.desk.hear(Pressed(at=NOW, button="story", long=True))
    assert core.say("enter", browser="c" * 32) == {"error": "closed"}
    entry = core.say("enter", browser=BROWSER)
    assert entry["who"] == "child"
    assert core.say("enter", browser=BROWSER) == {"error": "closed"}


def test_only_a_parent_makes_a_code(core: Core) -> None:
    assert core.say("invite", "grown_up") == {"error": "forbidden"}
    assert core.say("invite") == {"error": "stranger"}
    code = core.say("invite", "parent")["code"]
    assert core.say("enter", secret=code)["who"] == "grown_up"


def test_nobody_but_the_owner_may_open_the_socket(core: Core) -> None:
    assert core.path.stat().st_mode & 0o777 == 0o600


def test_a_second_device_on_the_same_folder_is_refused(core: Core, tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="Another SleepSync"):
        Desk(core.inbox.put, lambda: NOW, core.path, core._look, core.keys)
    assert core.say("look", "parent", what="tonight")["who"] == "parent"


def test_a_socket_left_by_a_power_cut_is_taken_over(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "desk"))
    core = Core(tmp_path)
    assert core.say("look", "parent", what="tonight")["who"] == "parent"
    core.desk.close()
    assert not core.path.exists()


def test_a_folder_too_deep_for_a_socket_is_said(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    with pytest.raises(DeskError, match="short path"):
        Core(deep)


def test_damaged_keys_are_reported_to_the_night(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    inbox: SimpleQueue[Happening] = SimpleQueue()
    Desk(inbox.put, lambda: NOW, tmp_path / "desk", lambda what, who: {}, Keys(tmp_path / "keys.json")).close()
    failed = inbox.get(timeout=10)
    assert isinstance(failed, Failed)
    assert failed.part == "keys"


def test_a_report_of_the_page_is_put_at_once_and_answered_with_nothing(core: Core) -> None:
    assert core.say("at", "parent", id="read-0304-1", sentence=7, seq=12) == {}
    assert core.say("at", None, id="read-0304-1", sentence=7, seq=13) == {"error": "stranger"}
    assert core.say("at", "parent", id="read-0304-1", sentence="7", seq=14) == {"error": "unknown"}
