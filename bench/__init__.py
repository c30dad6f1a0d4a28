"""One command per headline figure: `./run bench gas`, `./run bench register`. Each prints a table and writes JSON."""
