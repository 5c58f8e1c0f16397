"""`python -m lipmotion` is the command line."""

from .cli import main

main()
