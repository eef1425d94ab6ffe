"""`python -m classifier` is the `scam-notice` command."""

from classifier.cli import main

if __name__ == "__main__":
    main()
