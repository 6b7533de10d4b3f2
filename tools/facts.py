"""What boards/*/board.mk say, for the tools: facts() is {board: {variable: value}}."""
import re
from glob import glob


def facts():
    boards = {}
    for path in sorted(glob("boards/*/board.mk")):
        with open(path) as file:
            text = file.read().replace("\\\n", " ")
        boards[path.split("/")[1]] = dict(re.findall(r"^(\w+)\s*[:?]?=[ \t]*(.*?)[ \t]*$", text, re.M))
        boards[path.split("/")[1]]["TITLE"] = re.match(r"# *(.*)", text)[1]
    return boards
