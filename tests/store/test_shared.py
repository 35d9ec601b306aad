"""A directory that several users share: who may write, who may read, and which commands everybody else gets."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.db import sqlite
from store.db.database import Database
from store.errors import RegisterError
from store.maintenance.doctor import State, examine
from tests.store.examining import of
from tests.store.others import Other, linux, readable_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Person = Callable[..., Other]

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="requires root to start processes as other users")


# Numbers without names: the machine's own users are left alone.
TEAM = 54_300
ANA, BO, CARLA = 54_301, 54_302, 54_303


@pytest.fixture(scope="module")
def world() -> Iterator[Path]:
    """A place that every user can reach, with the program in it."""
    place = Path(tempfile.mkdtemp(prefix="ai-debt-shared-"))
    place.chmod(0o755)
    readable_code(place / "code")
    yield place
    shutil.rmtree(place)


@pytest.fixture
def folder(world: Path) -> Iterator[Path]:
    """A directory of ana's."""
    place = world / "srv" / "debt"
    place.mkdir(parents=True)
    os.chown(place, ANA, ANA)
    place.chmod(0o755)
    yield place
    shutil.rmtree(world / "srv")


@pytest.fixture(scope="module")
def people() -> Iterator[dict[int, Other]]:
    """The processes of users that were started so far, which takes long."""
    started: dict[int, Other] = {}
    yield started
    for one in started.values():
        one.leave()


@pytest.fixture
def person(world: Path, people: dict[int, Other]) -> Person:
    """A process of a user, with a umask; all but carla are of the team."""

    def start(uid: int, umask: int = 0o022, *, joined: bool = False) -> Other:
        who = uid if not joined else -uid
        if who not in people or people[who].is_gone:
            groups = (TEAM,) if joined or uid != CARLA else ()
            people[who] = Other(uid=uid, gid=uid, groups=groups, code=world / "code")
        assert people[who].do("umask", umask) == "masked"
        return people[who]

    return start


def share(folder: Path) -> None:
    """Make it the team's, as the documentation says."""
    os.chown(folder, ANA, TEAM)
    folder.chmod(0o2770)


def mode(path: Path) -> tuple[int, int]:
    """The permission bits and the group."""
    status = path.stat()
    return stat.S_IMODE(status.st_mode), status.st_gid


def follow(said: str, group: int) -> bool:
    """Run the commands that someone is asked to run, as root, with a group of theirs; whether they join the team."""
    joins = False
    for command in re.split(r" && |, then ", re.split(r"(?:^|[: ])run ", said, maxsplit=1)[1]):
        if command.startswith("usermod"):
            assert shlex.split(command)[1:3] == ["-aG", str(TEAM)]
            joins = True
        elif command != "log in again":
            subprocess.run(command.replace("GROUP", str(group)), shell=True, check=True)
    return joins


def test_where_one_may_not_write_the_directory_is_named_and_nothing_is_made(folder: Path, person: Person) -> None:
    carla = person(CARLA)
    refused = carla.do("create_deep", str(folder / "new" / "register.db"))
    assert refused.startswith(
        f"refused: cannot create a directory in {folder} (Permission denied): check its permissions"
    )
    refused = carla.do("create", str(folder / "register.db"))
    assert refused.startswith(
        f"refused: cannot create {folder / 'register.db'} (Permission denied): choose a directory"
    )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077, 0o027], ids=oct)
def test_in_a_shared_directory_everybody_of_the_group_writes(folder: Path, person: Person, umask: int) -> None:
    share(folder)
    path = folder / "register.db"
    ana, bo = person(ANA, umask), person(BO, umask)
    assert ana.do("fill", str(path)) == "filled"
    assert mode(path) == (0o660, TEAM)
    assert bo.do("open", str(path)) == "opened"
    assert bo.do("trouble") == "none"
    for one in (bo, ana, bo):
        assert one.do("comment", "hello") == "saved"
    assert ana.do("changes") == bo.do("changes") == "34"
    # Killed in the midst of a write: the other takes it back and goes on.
    assert bo.do("spill") == "spilled"
    bo.kill()
    assert mode(folder / "register.db-journal") == (0o660, TEAM)
    assert ana.do("comment", "after") == "saved"
    assert ana.do("changes") == "35"
    assert [entry.name for entry in folder.iterdir()] == ["register.db"]


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077, 0o027], ids=oct)
def test_elsewhere_a_register_is_its_makers_alone(folder: Path, person: Person, umask: int) -> None:
    path = folder / "register.db"
    ana, bo = person(ANA, umask), person(BO, umask)
    assert ana.do("fill", str(path)) == "filled"
    assert mode(path) == (0o600, ANA)
    said = bo.do("open", str(path))
    chgrp = f"chgrp GROUP {folder} {path}"
    assert said == (
        f"refused: {path} cannot be read by you: ask uid {ANA} or root to run {chgrp} && "
        f"chmod ug+rwx,g+s {folder} && chmod ug+rw {path}"
    )
    assert "fill" not in bo.do("create", str(folder / "mine.db"))


def test_the_commands_cure_it(folder: Path, person: Person) -> None:
    path = folder / "register 'of ours'.db"
    ana = person(ANA)
    assert ana.do("fill", str(path)) == "filled"
    ana.do("close")
    os.chown(folder, ANA, TEAM)
    path.chmod(0o644)
    bo = person(BO)
    assert bo.do("open", str(path)) == "opened"
    said = bo.do("trouble")
    assert said.startswith(f"{path} is read-only for you: to write it, ask uid {ANA} or root to run chgrp {TEAM} ")
    follow(said, TEAM)
    assert shlex.quote(str(path)) in said
    # Whoever could read it still can.
    assert mode(path) == (0o664, TEAM)
    bo = person(BO)
    assert bo.do("open", str(path)) == "opened"
    assert bo.do("comment", "hello") == "saved"


@pytest.mark.parametrize(("around", "own"), [(0o755, 0o664), (0o2750, 0o660), (0o2770, 0o640)])
def test_who_may_only_read_reads_and_is_refused_every_write(
    folder: Path, person: Person, around: int, own: int
) -> None:
    path = folder / "register.db"
    share(folder)
    assert person(ANA).do("fill", str(path)) == "filled"
    folder.chmod(around)
    path.chmod(own)
    before = path.read_bytes()
    bo = person(BO)
    assert bo.do("open", str(path)) == "opened"
    assert bo.do("items") == "15"
    assert "is read-only for you: to write it, ask" in bo.do("comment", "hello")
    assert "is read-only for you: to write it, ask" in bo.do("trouble")
    assert path.read_bytes() == before
    assert [entry.name for entry in folder.iterdir()] == ["register.db"]


def test_who_is_not_in_the_group_is_told_to_join_it(folder: Path, person: Person) -> None:
    share(folder)
    path = folder / "register.db"
    assert person(ANA).do("fill", str(path)) == "filled"
    carla = person(CARLA)
    joining = f"ask root to run usermod -aG {TEAM} 'uid {CARLA}', then log in again"
    blocked = f"refused: {path} cannot be reached because you have no access to {folder}: {joining}"
    assert carla.do("open", str(path)) == blocked
    folder.chmod(0o2775)
    assert carla.do("open", str(path)) == f"refused: {path} cannot be read by you: {joining}"
    path.chmod(0o664)
    assert carla.do("open", str(path)) == "opened"
    assert carla.do("trouble") == f"{path} is read-only for you: to write it, {joining}"


@pytest.mark.parametrize("own", [0o600, 0o640, 0o644, 0o660], ids=oct)
@pytest.mark.parametrize("around", [0o700, 0o750, 0o755, 0o2750, 0o2770, 0o2775, 0o3770, 0o777], ids=oct)
@pytest.mark.parametrize("uid", [BO, CARLA], ids=["of the group", "outside"])
def test_what_somebody_is_told_lets_them_write_and_takes_nothing_from_anybody(
    sample_register: Path, folder: Path, person: Person, uid: int, around: int, own: int
) -> None:
    path = shutil.copyfile(sample_register, folder / "register.db")
    group = ANA if around in (0o700, 0o755) else TEAM
    for place, bits in ((folder, around), (path, own)):
        os.chown(place, ANA, group)
        place.chmod(bits)
    others = {each: able(person(each), path) for each in (ANA, BO, CARLA)}
    assert others[ANA] == 2
    one, told = person(uid), 0
    while (now := able(one, path)) != 2:
        said = one.do("trouble") if now else one.do("open", str(path))
        assert told < 3, said
        if follow(said, CARLA if uid == CARLA else TEAM):
            one = person(uid, joined=True)
        told += 1
        # Out of a directory where everybody can put files it has to move.
        path = next(folder.rglob("register.db"))
        assert able(one, path) >= now
        if path.parent == folder:
            assert all(able(person(each), path) >= before for each, before in others.items())


def able(one: Other, path: Path) -> int:
    """What someone can do: nothing, read, or write, too."""
    if one.do("open", str(path)) != "opened":
        return 0
    return 2 if one.do("trouble") == "none" and one.do("comment", "hello") == "saved" else 1


def test_a_reader_never_sees_what_was_left_half_written(folder: Path, person: Person) -> None:
    share(folder)
    folder.chmod(0o2775)
    path = folder / "register.db"
    ana = person(ANA)
    assert ana.do("fill", str(path)) == "filled"
    path.chmod(0o664)
    carla = person(CARLA)
    assert carla.do("open", str(path)) == "opened"
    assert carla.do("items") == "15"
    assert ana.do("spill") == "spilled"
    ana.kill()
    for said in (carla.do("items"), carla.do("open", str(path))):
        assert "has an interrupted write" in said
        assert "only someone with write permission can roll back: ask one of them to open it once" in said
    bo = person(BO)
    assert bo.do("open", str(path)) == "opened"
    assert carla.do("items") == "15"
    assert "is read-only for you" in carla.do("trouble")


def test_a_journal_that_another_user_left_without_a_shared_directory(folder: Path, person: Person) -> None:
    path = folder / "register.db"
    assert person(ANA).do("fill", str(path)) == "filled"
    # The group has it, but what SQLite makes next to it is the group's of whoever writes.
    os.chown(folder, ANA, TEAM)
    os.chown(path, ANA, TEAM)
    folder.chmod(0o770)
    path.chmod(0o660)
    bo = person(BO)
    assert bo.do("open", str(path)) == "opened"
    assert bo.do("spill") == "spilled"
    bo.kill()
    assert mode(folder / "register.db-journal") == (0o660, BO)
    said = person(ANA).do("open", str(path))
    assert f"has an interrupted write by uid {BO}, whose journal you cannot roll back: ask uid {BO} or" in said


@pytest.mark.parametrize("own", [0o600, 0o640], ids=oct)
def test_an_empty_journal_that_only_its_maker_may_write(folder: Path, person: Person, own: int) -> None:
    path, journal = folder / "register.db", folder / "register.db-journal"
    ana, bo = person(ANA), person(BO)
    share(folder)
    assert ana.do("fill", str(path)) == "filled"
    # Another program, killed before its journal had the modes of the file.
    journal.touch(own)
    os.chown(journal, ANA, TEAM)
    assert bo.do("open", str(path)) == "opened"
    assert bo.do("comment", "hello") == "saved"
    assert not journal.exists()
    # Where the group cannot remove it, the message names who can.
    folder.chmod(0o3770)
    journal.touch(0o600)
    os.chown(journal, ANA, TEAM)
    said = bo.do("comment", "hello")
    assert f"has an interrupted write by uid {ANA}, whose journal you cannot roll back: ask uid {ANA} or" in said
    assert "root to save a change once; to prevent this, " in said
    assert ana.do("comment", "hello") == "saved"
    assert bo.do("comment", "hello") == "saved"


@pytest.mark.parametrize("around", [0o3770, 0o1777], ids=oct)
def test_a_journal_that_another_user_left_in_a_sticky_directory(folder: Path, person: Person, around: int) -> None:
    path = folder / "register.db"
    ana, bo = person(ANA), person(BO)
    share(folder)
    assert ana.do("fill", str(path)) == "filled"
    os.chown(folder, 0, TEAM)
    folder.chmod(around)
    assert bo.do("open", str(path)) == "opened"
    caution = bo.do("caution")
    assert caution.startswith(f"{folder} has the sticky bit, so others cannot roll back an interrupted write: ")
    assert of(examine(path), "directory").state is State.WARNING
    assert ana.do("spill") == "spilled"
    ana.kill()
    for said in (bo.do("comment", "hello"), bo.do("items"), bo.do("open", str(path))):
        assert f"has an interrupted write by uid {ANA}, whose journal you cannot roll back: ask uid" in said
    assert person(ANA).do("open", str(path)) == "opened"
    follow(caution, TEAM)
    path = next(folder.rglob("register.db"))
    assert bo.do("open", str(path)) == "opened"
    assert bo.do("caution") == "none"
    assert bo.do("comment", "hello") == "saved"


@pytest.fixture
def readable(folder: Path, person: Person) -> Path:
    """The team's register, which everybody can read."""
    path = folder / "register.db"
    share(folder)
    assert person(ANA).do("fill", str(path)) == "filled"
    folder.chmod(0o2775)
    path.chmod(0o664)
    return path


@linux
@pytest.mark.parametrize("start", [0x40000000, 0x40000001, 0x40000002], ids=["pending", "reserved", "shared"])
def test_a_reader_who_does_not_let_go_is_named(
    readable: Path, person: Person, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.3)
    monkeypatch.setattr(sqlite, "LOOK", 0.1)
    carla = person(CARLA)
    who = f"is being read by uid {CARLA} (process {carla.pid})"
    with Database.open(readable) as db:
        assert carla.do("hold", str(readable), start, 1) == "held"
        with pytest.raises(RegisterError, match=re.escape(who)):
            comment(db, ["EN-001"], "hello")
        found = of(examine(readable), "lock")
        assert (found.state, found.what) == (
            State.PROBLEM,
            f"uid {CARLA} (process {carla.pid}) is reading it for more than two seconds already, so no one can write",
        )
        assert found.remedy == f"ask uid {CARLA} to end it"
        carla.kill()
        comment(db, ["EN-001"], "hello")
    assert of(examine(readable), "lock").state is State.OK


@linux
def test_a_reader_who_holds_the_turn_is_waited_for_once_and_named(
    readable: Path, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOOK", 0.1)
    carla = person(CARLA)
    waited: list[float] = []
    turn = sqlite.Wait.turn

    def counted(self: sqlite.Wait) -> float | None:
        seconds = turn(self)
        if seconds is not None:
            waited.append(seconds)
        return seconds

    monkeypatch.setattr(sqlite.Wait, "turn", counted)
    with Database.open(readable) as db:
        assert carla.do("hold_turn", str(readable)) == "held"
        for _ in range(5):
            comment(db, ["EN-001"], "hello")
        assert len(waited) == 1
        found = of(examine(readable), "lock")
        assert found.state is State.WARNING
        assert found.what.startswith(f"uid {CARLA} (process {carla.pid}) has locked {readable} for more")
        carla.kill()
        comment(db, ["EN-001"], "hello")
    assert of(examine(readable), "lock").state is State.OK


def test_what_a_reader_cannot_bring_up_to_date(folder: Path, person: Person) -> None:
    import sqlite3
    from contextlib import closing

    share(folder)
    path = folder / "register.db"
    assert person(ANA).do("fill", str(path)) == "filled"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    folder.chmod(0o2750)
    said = person(BO).do("open", str(path))
    assert "must be upgraded before it can be read" in said
    assert "ask someone with write permission to open it once" in said
