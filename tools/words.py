"""Words NAME=value. As a command it prints the name that is nearest to the first of its words, out of the others."""
import difflib, sys


def nearest(name, known):
    return difflib.get_close_matches(name.upper(), known, 1, 0)[0]


def options(words, known, fail):
    """The values by name. A word that is none, or a name that is not known, fails with a sentence."""
    given = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            fail(f"{word} is no option; options are written NAME=value")
        if name not in known:
            fail(f"{name}= is no option here; is {nearest(name, known)}= meant? The options are: {' '.join(known)}")
        given[name] = value
    return given


if __name__ == "__main__":
    print(nearest(sys.argv[1], sys.argv[2:]))
