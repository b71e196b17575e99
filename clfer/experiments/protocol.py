"""How an item was run, in words."""

from statistics import median

from clfer.analysis.run_list import duration, seconds_trained
from clfer.experiments.results import Results
from clfer.experiments.size_words import training_in_words
from clfer.training.machine import machines_of


def protocol(results: Results, paper: str, *more: str) -> str:
    """The protocol of an item, in Markdown: what was done, and how it differs from the paper's.

    Args:
        results: The runs.
        paper: The paper's protocol for this item, one sentence.
        more: Further sentences, a line each.
    """
    scale = results.scale
    configs = [one.config for one in results.planned]
    lines = [f"Paper: {paper}"]
    if configs:
        first = configs[0]
        data = sorted({config.data.name for config in configs})
        seeds = sorted({config.seed for config in configs})
        lines += [
            f"Here: preset `{scale.name}`, data {', '.join(data)}, {training_in_words(first)}, "
            f"start `{first.model.init}`, batch {first.train.batch}, {first.train.optimiser} at "
            f"{first.train.learning_rate:g}, {first.data.mode} labels, seed"
            f"{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}.",
            "Every run has the same recipe, budget and data; they differ in the named settings "
            "alone. The epoch is chosen on the validation faces"
            + (
                ", which are also scored: all accuracies are a little too high, alike."
                if scale.split == "valid"
                else "; the test faces are scored once."
            ),
            "Intervals are 95 %: Wilson's over the faces for one seed, Student's over the seeds "
            "otherwise.",
        ]
    lines += _hardware(results)
    if results.missing:
        lines.append(
            f"Not finished: {len(results.missing)} of {len(configs)} runs, whose cells are empty."
        )
    return "\n".join(f"- {line}" for line in (*lines, *more))


def _hardware(results: Results) -> list[str]:
    """On what the finished runs were trained, when, and for how long."""
    machines = [machine for run in results.done for machine in machines_of(run.path)]
    if not machines:
        return []
    names = sorted({machine.in_words for machine in machines})
    days = sorted({machine.started[:10] for machine in machines})
    seconds = [seconds_trained(run) for run in results.done]
    return [
        f"Trained on {'; '.join(names)}, {' to '.join(dict.fromkeys((days[0], days[-1])))}: "
        f"{duration(median(seconds))} a run (median of {len(seconds)}), "
        f"{duration(sum(seconds))} in all."
    ]
