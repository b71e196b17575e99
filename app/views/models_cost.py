"""Table I for the loaded models: parameters, multiply–accumulates, measured latency."""

import streamlit as st

import resources
import state
from clfer.analysis.cost import PAPER_SIDE, Cost, model_cost
from clfer.analysis.latency import Latency, measure_latency
from clfer.figures.complexity import cost_chart, latency_chart
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side
from components import chart, section
from resources import Pair

PAPER, OWN = SIZES = (f"{PAPER_SIDE} px, as Table I", "The model's own")


@state.fragment
def render(pair: Pair) -> None:
    """Draw the card; its controls redraw nothing else."""
    models: dict[Side, Checkpoint] = {"A": pair.a, "B": pair.b}
    with st.container(key="card-cost", border=True):
        with st.container(key="cost-head", horizontal=True, vertical_alignment="bottom"):
            section.title(
                "What they cost", "Table I for these two, and what the paper prints for its own."
            )
            size = st.segmented_control(
                "Image size", SIZES, default=PAPER, key="models.size", required=True
            )
        narrow = state.narrow()
        with st.skeleton(height=600 if narrow else 340):
            costs = {
                side: _cost(
                    model.sha256, PAPER_SIDE if size == PAPER else model.card.preprocess.side, model
                )
                for side, model in models.items()
            }
        chart.show(cost_chart(costs, state.theme(), narrow=narrow), "cost")
        _latencies(models)


def _latencies(models: dict[Side, Checkpoint]) -> None:
    with st.container(key="latency-head", horizontal=True, vertical_alignment="bottom"):
        device = resources.device_name(str(models["A"].device))
        section.title("How long a face takes", f"One face at a time, warm, on {device}.")
        if st.button("Measure again", icon=":material/timer:", key="models.measure"):
            for model in models.values():
                _latency.clear(model.sha256, str(model.device), model)
    with st.skeleton(height=210):
        found = {
            side: _latency(model.sha256, str(model.device), model) for side, model in models.items()
        }
    chart.show(latency_chart(found, state.theme()), "latency")


@st.cache_data(max_entries=32, show_spinner=False)
def _cost(sha256: str, side: int, _model: Checkpoint) -> Cost:
    return model_cost(_model.card, side)


@st.cache_data(max_entries=16, show_spinner=False)
def _latency(sha256: str, device: str, _model: Checkpoint) -> Latency:
    return measure_latency(_model)
