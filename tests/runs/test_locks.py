"""Locks end with their process, and a device serves one ticket at a time, in order."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from small_runs import wait_until

from clfer.runs import locks
from clfer.runs.locks import Lock, ahead, hand_back, is_held, take_patiently, take_ticket

VISITOR = """
import os, signal, sys, time
from clfer.runs.locks import ahead, hand_back, take_ticket

def say(word):
    with open(sys.argv[1], "a") as stream:
        stream.write(f"{word} {ticket.path.name}\\n")

sys.stdin.readline()
ticket = take_ticket(*sys.argv[3:])
say(f"pid-{os.getpid()}")
while ahead(ticket.path):
    time.sleep(0.005)
say("enter")
time.sleep(0.05)
if sys.argv[2] == "dies inside":
    say("leave")
    os.kill(os.getpid(), signal.SIGKILL)
say("leave")
hand_back(ticket)
"""

HOLDER = """
import subprocess, sys, time
from pathlib import Path
from clfer.runs.locks import Lock

lock = Lock.take(Path(sys.argv[1]))
child = subprocess.Popen(["sleep", "100"], pass_fds=[lock.descriptor])
print(child.pid, flush=True)
time.sleep(100)
"""


@pytest.fixture(autouse=True)
def _own_queue(tmp_path, monkeypatch):
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))


def lines(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def visitor(log: Path, *devices: str, role: str = "lives") -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", VISITOR, str(log), role, *devices]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def begin(visitors: "list[subprocess.Popen[bytes]]") -> None:
    """Let all take their tickets at the same moment."""
    for process in visitors:
        process.stdin.write(b"\n")
        process.stdin.close()


def test_a_device_serves_one_at_a_time_in_order_and_skips_the_dead(tmp_path):
    log, before = tmp_path / "log", take_ticket("cpu")
    roles = ["lives"] * 6 + ["dies inside"] * 2
    visitors = [visitor(log, "cpu", role=role) for role in roles]
    begin(visitors)
    wait_until(lambda: len(lines(log)) == 8, "all have a ticket")
    tickets = {int(word.removeprefix("pid-")): ticket for word, ticket in lines(log)}
    assert len(set(tickets.values())) == 8
    killed = [process.pid for process in visitors[:2]]  # while they wait
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    hand_back(before)
    for process in visitors:
        process.wait(60)
    visits = lines(log)[8:]
    served = sorted(ticket for pid, ticket in tickets.items() if pid not in killed)
    assert visits == [[word, ticket] for ticket in served for word in ("enter", "leave")]


def test_a_ticket_counts_those_before_it_and_other_devices_do_not_matter():
    first, second, third = (take_ticket("cpu") for _ in range(3))
    elsewhere = take_ticket("cuda:0")
    assert [ahead(t.path) for t in (first, second, third, elsewhere)] == [0, 1, 2, 0]
    hand_back(second)
    assert [ahead(t.path) for t in (first, third)] == [0, 1]
    first.close()  # as if its process had died
    assert ahead(third.path) == 0
    hand_back(third)
    hand_back(elsewhere)


def test_runs_on_few_cores_share_the_cpu_as_long_as_they_suffice(monkeypatch):
    monkeypatch.setattr(locks, "cores_here", lambda: 4)
    wanted = [1, 2, 2, 1, None, 1, 9]
    tickets = [take_ticket("cpu", cores=cores) for cores in wanted]
    paths = [ticket.path for ticket in tickets]
    # 1 + 2 run; 2 more are too many; whoever comes later does not overtake them.
    assert [ahead(path) for path in paths] == [0, 0, 2, 3, 4, 5, 6]
    hand_back(tickets[0])
    assert [ahead(path) for path in paths[1:4]] == [0, 0, 2]
    hand_back(tickets[1])
    assert [ahead(path) for path in paths[2:6]] == [0, 0, 2, 3]
    hand_back(tickets[2])
    hand_back(tickets[3])
    assert [ahead(path) for path in paths[4:]] == [0, 1, 2]
    hand_back(tickets[4])
    hand_back(tickets[5])
    assert ahead(paths[6]) == 0  # more than there are: alone
    hand_back(tickets[6])


def test_a_ticket_for_several_devices_stands_in_the_queue_of_each():
    wanted = [("cuda:1",), ("cuda:0", "cuda:1"), ("cuda:0",), ("cuda:2",), ("cuda:2", "cuda:1")]
    tickets = [take_ticket(*devices) for devices in wanted]
    paths = [ticket.path for ticket in tickets]
    assert [ahead(path) for path in paths] == [0, 1, 1, 0, 3]
    hand_back(tickets[0])
    assert [ahead(path) for path in paths[1:]] == [0, 1, 0, 2]
    late = take_ticket("cuda:1")  # free by now but for those who came before
    assert ahead(late.path) == 2
    tickets[1].close()  # as if its process had died
    assert [ahead(path) for path in (*paths[2:], late.path)] == [0, 0, 1, 1]
    for ticket in (*tickets[2:], late):
        hand_back(ticket)


def test_runs_that_share_some_of_their_devices_neither_meet_nor_wait_for_each_other_for_ever(
    tmp_path,
):
    """Three devices in a ring, by names in both orders: what locks one by one would deadlock on."""
    log, before = tmp_path / "log", take_ticket("cuda:0", "cuda:1", "cuda:2")
    pairs = [("cuda:0", "cuda:1"), ("cuda:2", "cuda:1"), ("cuda:2", "cuda:0"), ("cuda:1", "cuda:0")]
    visitors = [visitor(log, *pair) for pair in pairs * 2]
    begin(visitors)
    wait_until(lambda: len(lines(log)) == 8, "all have a ticket")
    hand_back(before)  # not before: an empty queue numbers its tickets anew
    for process in visitors:
        assert process.wait(60) == 0
    tickets = {ticket for _, ticket in lines(log)}
    assert len(tickets) == 8
    entered = [(word, ticket) for word, ticket in lines(log) if not word.startswith("pid")]
    inside: set[str] = set()
    for word, ticket in entered:
        if word == "enter":
            assert not any(set(ticket.split(".")[1:]) & set(o.split(".")[1:]) for o in inside)
            inside.add(ticket)
        else:
            inside.remove(ticket)
    # Any two of the pairs share a device, so the order is that of the tickets.
    assert [ticket for word, ticket in entered if word == "enter"] == sorted(tickets)


def test_machines_that_share_the_folder_of_the_runs_do_not_wait_for_each_other(monkeypatch):
    here = take_ticket("cpu")
    monkeypatch.setattr(locks.socket, "gethostname", lambda: "another-machine")
    there = take_ticket("cpu")
    assert ahead(there.path) == 0
    hand_back(there)
    hand_back(here)


def test_a_lock_handed_to_a_child_outlives_the_parent_and_ends_with_the_child(tmp_path):
    path = tmp_path / "lock"
    parent = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert is_held(path)
    assert Lock.take(path) is None
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: not is_held(path), "the lock is free", 10)
    lock = take_patiently(path)
    assert lock is not None
    lock.close()


def test_those_who_ask_at_the_same_moment_do_not_take_each_other_for_the_holder(tmp_path):
    path = tmp_path / "lock"
    path.touch()
    said: list[bool] = []
    start = threading.Barrier(8)

    def ask():
        start.wait()
        said.extend([is_held(path) for _ in range(500)])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [False] * 4000


def test_the_lock_of_a_removed_file_is_worth_nothing(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    flock, calls = locks.fcntl.flock, []

    def removed_just_now(descriptor, operation):
        if not calls:
            path.unlink()
        calls.append(descriptor)
        flock(descriptor, operation)

    monkeypatch.setattr(locks.fcntl, "flock", removed_just_now)
    lock = Lock.take(path)
    assert lock is not None
    assert os.path.samestat(os.fstat(lock.descriptor), path.stat())
    assert Lock.take(path) is None
    lock.close()
    assert not is_held(tmp_path / "no such file")
