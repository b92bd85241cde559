"""Pictures as SVG: pure functions from data to escaped markup, coloured by `static/drawing.css`."""
