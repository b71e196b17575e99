"""Figures: pure functions from numbers to Plotly charts, in a light and a dark theme."""
