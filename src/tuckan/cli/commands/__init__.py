"""One module for each family of commands; each is imported on demand."""
