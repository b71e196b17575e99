"""`python -m clfer` does what the command `clfer` does."""

from clfer.cli import main

if __name__ == "__main__":
    main()
