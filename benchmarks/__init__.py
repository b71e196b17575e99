"""What CLFER costs, measured against rivals in one run: one program a row, see README.md."""
