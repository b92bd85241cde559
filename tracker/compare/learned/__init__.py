"""The learned scorer for what no rule can read: features of a pair, the models, and how they are asked."""
