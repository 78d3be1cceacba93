"""`python -m fediflow`: the command line."""

from fediflow.cli import main

if __name__ == "__main__":
    main()
