"""A page with every figure, its caption and the command that draws it."""

from __future__ import annotations

from collections.abc import Sequence

from lsdm_stats.plots.captions import Caption


def gallery(captions: Sequence[Caption], *, folder: str) -> str:
    """The page in Markdown.

    Parameters
    ----------
    captions : sequence of Caption
        One per figure, in their order.
    folder : str
        Where the pictures are, ``NAME.png`` for each, as seen from the page.

    Returns
    -------
    str
        The whole page.

    Examples
    --------
    >>> toy = Caption("toy", "toy", "Means are near 0.", ("Dots: means.",), "4 replicates.", (), "8 rows.")
    >>> print(gallery([toy], folder="gallery"))
    # Gallery
    <BLANKLINE>
    Every figure ... `lsdm figures --published --gallery FILE`...
    <BLANKLINE>
    ## toy
    <BLANKLINE>
    ![Means are near 0.](gallery/toy.png)
    <BLANKLINE>
    **Means are near 0.** Dots: means.
    <BLANKLINE>
    4 replicates.
    <BLANKLINE>
    ```sh
    lsdm figures toy --published
    ```
    <BLANKLINE>
    """
    head = """# Gallery

Every figure of the published rows. `lsdm figures --published` writes them for print, as PDF and PNG, each with a
caption file that has the verdicts and says where the rows come from. This page is written by
`lsdm figures --published --gallery FILE`; nothing is simulated.
"""
    return "\n".join([head, *(_section(one, folder) for one in captions)])


def _section(one: Caption, folder: str) -> str:
    first, *further = one.shown or ("",)
    finding = f"**{one.finding}** " if one.finding else ""
    parts = [
        f"## {one.name}",
        f"![{one.finding}]({folder}/{one.name}.png)",
        f"{finding}{first}".strip(),
        *further,
        one.sample,
        f"```sh\nlsdm figures {one.study} --published\n```",
    ]
    return "\n\n".join(parts) + "\n"
