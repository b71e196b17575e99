"""What waits for the browser outlives the start of another run of a fragment."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue


@pytest.fixture(autouse=True)
def deliveries(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module; Streamlit's own queue, whatever apps of this process have made of it."""
    monkeypatch.syspath_prepend(str(repository / "app"))
    module = import_module("deliveries")
    monkeypatch.setattr(ForwardMsgQueue, "clear", module._clear)
    return module


@pytest.fixture
def queue(deliveries: ModuleType) -> ForwardMsgQueue:
    """An outer fragment's column, and in it the text of an inner one, neither fetched yet."""
    deliveries.lose_nothing()
    return filled()


def filled() -> ForwardMsgQueue:
    queue = ForwardMsgQueue()
    column = drawn([0, 0], "outer")
    column.delta.add_block.column.weight = 1
    text = drawn([0, 0, 0], "inner")
    text.delta.new_element.text.body = "in the column"
    for message in (column, text):
        queue.enqueue(message)
    return queue


def drawn(path: list[int], fragment: str) -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = fragment
    return message


def paths(queue: ForwardMsgQueue) -> list[list[int]]:
    return [list(message.metadata.delta_path) for message in queue.flush()]


@pytest.mark.parametrize("fragment", ["outer", "inner", "another"])
def test_no_element_arrives_without_what_it_stands_in(
    queue: ForwardMsgQueue, fragment: str
) -> None:
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[fragment])
    assert paths(queue) == [[0, 0], [0, 0, 0]]


def test_a_run_of_the_whole_page_still_drops_what_it_draws_again(queue: ForwardMsgQueue) -> None:
    queue.clear(retain_lifecycle_msgs=True)
    assert paths(queue) == []
    queue = filled()
    queue.clear()
    assert paths(queue) == []


def test_the_end_of_an_interrupted_run_is_told_as_streamlit_tells_it(
    queue: ForwardMsgQueue,
) -> None:
    ended = ForwardMsg()
    ended.script_finished = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
    queue.enqueue(ended)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["outer"])
    told = [m.script_finished for m in queue.flush() if m.WhichOneof("type") == "script_finished"]
    assert told == [ForwardMsg.FINISHED_EARLY_FOR_RERUN]


def test_streamlit_alone_would_lose_the_column() -> None:
    """When this fails, Streamlit drops nothing needed any more, and app/deliveries.py can go."""
    queue = filled()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["outer"])
    assert paths(queue) == [[0, 0, 0]]
