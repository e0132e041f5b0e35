"""python -m detector is the command scamcheck."""

from detector.cli import main

main(prog_name="scamcheck")
