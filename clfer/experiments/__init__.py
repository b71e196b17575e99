"""The tables and figures of the paper: which runs each needs, and what it shows of them."""
