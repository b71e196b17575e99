"""Cost, latency, figures and differences of models, against slow references and by hand."""

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from tiny_pair import write_faces, write_pair

from clfer.analysis import latency
from clfer.analysis.card_facts import Difference, differences, figures, protocol
from clfer.analysis.cost import PAPER_TABLE, model_cost
from clfer.analysis.latency import Latency, measure_latency
from clfer.analysis.metrics import wilson_interval
from clfer.figures.complexity import cost_chart, latency_chart
from clfer.models.card import Card
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.models.complexity import inference_complexity, training_complexity
from clfer.models.library import find_checkpoint
from clfer.models.readme import read_readme, weights_licence


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, Checkpoint]:
    """The tiny baseline and ours."""
    folder = write_pair(
        tmp_path_factory.mktemp("pair"), write_faces(tmp_path_factory.mktemp("faces"))
    )
    return load_checkpoint(folder / "ferplus-baseline"), load_checkpoint(folder / "ferplus-ours")


def test_latency_is_of_the_stated_number_of_passes(
    pair: tuple[Checkpoint, Checkpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = measure_latency(pair[1])
    assert 0 < found.lower <= found.median <= found.upper < latency.SECONDS
    assert found.side == 64
    assert found.threads == torch.get_num_threads()
    ticks = iter(range(100))  # every pass takes one "second"; odd differences fall between passes
    monkeypatch.setattr(latency, "perf_counter", lambda: next(ticks))
    slow = measure_latency(pair[0])
    assert (slow.repeats, slow.median, slow.lower, slow.upper) == (latency.FEWEST, 1, 1, 1)
    assert next(ticks) == 2 * (latency.FEWEST + latency.WARM_UP)


def test_the_cost_of_a_model_is_that_of_its_own_configuration(
    pair: tuple[Checkpoint, Checkpoint],
) -> None:
    baseline, ours = pair
    for model in pair:
        cost = model_cost(model.card, 64)
        assert cost.training == training_complexity(model.card.config, 8, 64)
        assert cost.inference == inference_complexity(model.card.config, 8, 64)
        own = sum(p.numel() for p in model.network.parameters())
        assert cost.inference.parameters == own
        heads = sum(p.numel() for p in model.objective.parameters())
        assert cost.training.parameters == own + heads
    plain, whole = model_cost(baseline.card, 64), model_cost(ours.card, 64)
    assert plain.training == plain.inference
    assert whole.training.macs > whole.inference.macs > plain.inference.macs


def test_cost_chart_holds_the_papers_figures(pair: tuple[Checkpoint, Checkpoint]) -> None:
    chart = cost_chart({"A": model_cost(pair[0].card, 64)}, "dark", narrow=True)
    table = chart.table.set_index(["model", "graph"])
    assert table.loc[("paper, ours", "training"), "parameters"] == PAPER_TABLE["ours"].parameters
    assert table.loc[("A", "inference"), "side"] == 64
    assert "Table I" in chart.caption


def test_latency_chart_states_repeats_and_threads() -> None:
    found = {"A": Latency(0.02, 0.019, 0.03, 30, 64, "cpu", 2)}
    chart = latency_chart(found, "light")
    assert "30 warm passes, CPU with 2 threads" in chart.caption
    assert chart.table["median"].tolist() == [0.02]


def _with(card: Card, **changes: object) -> Card:
    return Card.model_validate(card.model_dump() | changes)


def test_shares_have_wilson_intervals_and_means_none(pair: tuple[Checkpoint, Checkpoint]) -> None:
    metrics = {"n": 200.0, "accuracy": 0.81, "macro_f1": 0.5, "stray": 3.0}
    found = figures(_with(pair[0].card, metrics=metrics))
    assert [(f.title, f.value, f.n) for f in found] == [
        ("Accuracy", 0.81, 200),
        ("Macro F1", 0.5, None),
    ]
    assert found[0].interval == wilson_interval(162, 200)
    assert found[1].interval is None
    (bare,) = figures(_with(pair[0].card, metrics={"accuracy": 0.5}))
    assert bare.interval is None


def test_differences_are_the_settings_that_differ(pair: tuple[Checkpoint, Checkpoint]) -> None:
    a, b = pair[0].card, pair[1].card
    found, equal = differences(a, b)
    assert Difference("model.msr", "off", "on") in found
    assert {d.setting for d in found} == {"model.msr", "clfm.enabled", "clbs.enabled"}
    assert equal > 30
    assert differences(a, a) == ([], equal + 3)
    mirrored = [Difference(d.setting, d.b, d.a) for d in found]
    assert differences(b, a) == (mirrored, equal)
    other = _with(b, epoch=7, preprocess=b.preprocess.model_copy(update={"side": 96}))
    assert differences(b, other)[0] == [
        Difference("input.side", "64", "96"),
        Difference("epoch", "6", "7"),
    ]


def test_protocol_names_what_a_reader_asks_for(pair: tuple[Checkpoint, Checkpoint]) -> None:
    said = protocol(pair[1].card)
    assert said["Method"] == "MSR+CLFM+CLBS"
    assert said["Seed"] == "0"
    assert said["Expressions"].startswith("8: neutral, happiness")
    assert said["Input"] == "64 px, grey"
    with pytest.raises(ValidationError):
        _with(pair[1].card, classes=("one",))


def test_a_readme_loads_nothing_and_stays_below_the_page(tmp_path: Path) -> None:
    assert read_readme(tmp_path) is None
    text = "# Name\n\nText ![x](http://a/b.png)\n## Data\n#### Deep\n"
    (tmp_path / "README.md").write_text(text)
    assert read_readme(tmp_path) == "Text [x](http://a/b.png)\n##### Data\n#### Deep"
    assert "not stated" in weights_licence(tmp_path)
    assert weights_licence(find_checkpoint("ferplus-ours")).startswith("MIT")
