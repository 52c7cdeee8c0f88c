"""Which petitions are like one another: what is kept to find them by, and what is proposed. Values in, values out."""
