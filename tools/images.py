"""Images that a tool of the project builds for itself."""
import os, subprocess, sys


def image_of(path, board, *words):
    """Builds a program for a board, with these words for make, and returns the image's path. Ends with what make said if it
    cannot be built."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    made = subprocess.run(["make", "-s", "-j2", "image", "where", "APP=" + path, "BOARD=" + board, *words],
                          env=clean, stdout=subprocess.PIPE, text=True)
    if made.returncode:
        print(made.stdout, end="")
        sys.exit(made.returncode)
    return [word for word in made.stdout.split() if word.endswith(".elf")][-1]
