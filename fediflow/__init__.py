"""The product as a whole: command line, processes, embedded servers, demo."""
