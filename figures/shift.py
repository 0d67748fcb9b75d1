"""What moved unpaired responses do: the reconstruction error with its bounds, geometry and joint W1."""

from lsdm_stats.bounds import StageOneBound
from lsdm_stats.plots import COLOURS, curve, fits, headline, means, new_figure, style, summarise

INPUTS = ("training_reconstruction", "residual_lipschitz", "responses_error", "unpaired_share", "shift")
LAW, TRAINING = "reconstruction.law", "training_reconstruction"
BY = ["source", "unpaired_share", "shift"]
LINES = (
    ("with", "bound D2.shift", {"color": COLOURS[0], "linestyle": "-"}),
    ("without", "without its shift term", {"color": COLOURS[1], "linestyle": "--"}),
    (TRAINING, "training responses", {"color": "0.5", "linestyle": ":"}),
    (LAW, "law of the pairs", {"color": "black", "linestyle": "none", "marker": "o"}),
)


def draw(table):
    """What unpaired responses cost that come from a law which is moved.

    Reconstruction error of the law of the pairs (marks) if the share m/N of the responses was moved by v: below its
    bound D2.shift (solid), not below the same without the shift term (dashed), which is what one would have from the
    error on the training responses (dotted) alone. First over the length of v at the largest share, then over the share
    for a short and a long v. Last: joint W1 and mean distance to the circle of what is generated, at the largest share.

    Means over replicates with 95 % t intervals, mostly narrower than the marks; the radius of the circle is 1.
    """
    table = table[table["method"] == "oracle"]
    rows = fits(table)
    for form, name in (("shift", "with"), ("uniform", "without")):
        rows[name] = StageOneBound(form=form).evaluate({key: rows[key].to_numpy() for key in INPUTS}).total
    shares, lengths = sorted(rows["unpaired_share"].unique()), sorted(rows["shift"].unique())
    middle = min(lengths, key=lambda one: abs(one - 1))
    with style():
        figure = new_figure(height=4.2)
        headline(figure, _finding(rows))
        (over_lengths, generated), (near, far) = figure.subplots(2, 2)
        largest = rows[rows["unpaired_share"] == shares[-1]]
        _errors(over_lengths, largest, "shift", f"moved share $m/N$ = {shares[-1]:g}")
        over_lengths.set_xlabel("length of the move $|v|$")
        for panel, length in ((near, middle), (far, lengths[-1])):
            _errors(panel, rows[rows["shift"] == length], "unpaired_share", f"length of the move $|v|$ = {length:.2g}")
            panel.set_xlabel("moved share $m/N$")
        for panel in (over_lengths, near):
            panel.set_ylabel("reconstruction error")
        _generated(generated, table[table["n_unpaired"] == largest["n_unpaired"].iloc[0]], largest)
        generated.set_title(f"generated, moved share $m/N$ = {shares[-1]:g}")
        handles, labels = over_lengths.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _finding(rows):
    """Where the bound holds in the mean of every setting and fails without its shift term somewhere."""
    holds, needed = [], []
    for _, group in rows.groupby(["source", "n_unpaired"]):
        if len(group) > 1:
            gaps = group.assign(**{name: group[name] - group[LAW] for name in ("with", "without")})
            holds.append(summarise(gaps, "with", BY)["lower"].iloc[0] >= -1e-9)
            needed.append(summarise(gaps, "without", BY)["upper"].iloc[0] < 0)
    if not holds or not all(holds) or not any(needed):
        return "Reconstruction error with unpaired responses from a law that is moved, and its bound"
    return "Moved unpaired responses cost no more than D2.shift says, and more than it says without its shift term"


def _errors(panel, rows, over, title):
    for name, label, look in LINES:
        summary = summarise(rows, name, [over])
        look = {"marker": "", **look}
        curve(panel, summary[over].tolist(), summary, label=label, index=6, **look)
    panel.set_title(title)
    panel.set_ylim(bottom=0)


def _generated(panel, table, largest):
    lengths = dict(zip(largest["source"], largest["shift"], strict=True))
    names = (("joint_w1", "joint $W_1$ (plug-in)"), ("distance_to_manifold", "distance to the circle"))
    for index, (name, label) in enumerate(names, start=2):
        summary = means(table, name, ["source"])
        summary = summary.assign(length=summary["source"].map(lengths)).sort_values("length")
        curve(panel, summary["length"].tolist(), summary, label=label, index=index)
    panel.set_ylim(bottom=0)
    panel.set_xlabel("length of the move $|v|$")
    panel.set_ylabel("distance")
    panel.legend(loc="upper left", borderaxespad=0.1)
