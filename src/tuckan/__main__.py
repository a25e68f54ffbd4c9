"""`python -m tuckan` is `tuckan`."""

from tuckan.cli import main

if __name__ == "__main__":
    main()
