"""What a model card tells of the losses over the epochs, method by method, in Markdown."""

from typing import Any

from clfer.config import Config, EacConfig, ScnConfig, SimSiamConfig, SupervisionConfig


def method_parts(config: Config, history: list[dict[str, Any]]) -> list[str]:
    """A section with a table for the contrastive losses and for every other method that is on.

    Args:
        config: Of the run.
        history: One row per finished epoch.
    """
    parts = []
    if config.clfm.enabled or config.clbs.enabled:
        parts.append(_contrastive(history))
    if config.scn.enabled:
        parts.append(_self_cure(config.scn, history))
    if config.simsiam.enabled:
        parts.append(_two_views(config.simsiam, history))
    if config.rul.enabled:
        parts.append(_relative_uncertainty(history))
    if config.eac.enabled:
        parts.append(_mirrored_maps(config.eac, history))
    if config.distil.enabled:
        parts.append(_distilled(history))
    if config.supervision.enabled:
        parts.append(_supervised_layers(config.supervision, history))
    return parts


def _contrastive(history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | {row['loss_fm']:.4f} "
        f"| {row['fm_similarity']:.3f} | {row['fm_nonempty']:.2f} | {row['loss_bs']:.4f} "
        f"| {row['bs_similarity']:.3f} | {row['bs_nonempty']:.2f} |"
        for row in history
    )
    return f"""## Contrastive losses over the epochs

Cosines are those of shallow centres and deep centroids (Eq. 6, 7); non-empty groups are means
over faces (CLFM) and over batches (CLBS).

| epoch | side | accuracy | L_fm | cosine | non-empty groups | L_bs | cosine | non-empty |
|---|---|---|---|---|---|---|---|---|
{lines}
"""


def _self_cure(scn: ScnConfig, history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | {row['loss_rank']:.4f} "
        f"| {row['alpha_high']:.3f} | {row['alpha_low']:.3f} | {row['relabelled']:,.0f} "
        f"| {row['relabelled_total']:,.0f} |"
        for row in history
    )
    return f"""## SCN over the epochs

Logits are scaled by the certainty α of the face, in prediction too. The {scn.share:.0%} of a batch
of highest α are to lead the rest by {scn.margin:g}; from epoch {scn.relabel_from} on a face is
relabelled where another class is more probable by more than {scn.relabel_margin:g}.

| epoch | side | accuracy | rank loss | mean α, high | mean α, low | relabelled | in all |
|---|---|---|---|---|---|---|---|
{lines}
"""


def _two_views(simsiam: SimSiamConfig, history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} "
        f"| {row['loss_simsiam']:.4f} | {row['simsiam_std']:.4f} |"
        for row in history
    )
    return f"""## SimSiam over the epochs

Spread is the standard deviation of z/‖z‖, mean over its {simsiam.projector} dimensions:
{simsiam.projector**-0.5:.4f} where the projections are spread evenly, 0 where they have collapsed.

| epoch | side | accuracy | loss | spread |
|---|---|---|---|---|
{lines}
"""


def _relative_uncertainty(history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} "
        f"| {row['loss_rul']:.4f} | {row['rul_wrong_part']:.3f} |"
        for row in history
    )
    return f"""## RUL over the epochs

Trained on mixtures of two faces, weighed by their uncertainties. Wrongly read faces are the
uncertain ones where their mean part in the mixtures is above 0.5.

| epoch | side | accuracy | loss | part of wrongly read faces |
|---|---|---|---|---|
{lines}
"""


def _mirrored_maps(eac: EacConfig, history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | {row['loss_eac']:.4f} |"
        for row in history
    )
    return f"""## EAC over the epochs

The loss is {eac.weight:g} times the mean squared difference of the class activation maps of a face
and of its mirror image.

| epoch | side | accuracy | loss |
|---|---|---|---|
{lines}
"""


def _distilled(history: list[dict[str, Any]]) -> str:
    return f"""## Distillation over the epochs

Agreement is the share of faces for which a shallow block names the same expression as the network.

| epoch | side | accuracy | loss | block 1 | block 2 | block 3 |
|---|---|---|---|---|---|---|
{_by_block(history, "loss_distil", "distil_agreement", 3)}
"""


def _supervised_layers(supervision: SupervisionConfig, history: list[dict[str, Any]]) -> str:
    return f"""## Supervised layers over the epochs

The loss is {supervision.weight:g} times the mean cross-entropy of the layers alone; by block, the
share of training faces that the layer alone recognises.

| epoch | side | accuracy | loss | block 1 | block 2 | block 3 | block 4 |
|---|---|---|---|---|---|---|---|
{_by_block(history, "loss_supervision", "layer_right", 4)}
"""


def _by_block(history: list[dict[str, Any]], loss: str, share: str, blocks: int) -> str:
    """Rows with a loss and a share of each block."""
    return "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | {row[loss]:.4f} | "
        + " | ".join(f"{row[f'{share}_{block}']:.3f}" for block in range(1, blocks + 1))
        + " |"
        for row in history
    )
