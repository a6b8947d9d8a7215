"""links.py DOCUMENT...: links between documents lead somewhere, with their #headings; documents under doc/ can be reached from README.md;
the tutorial has the same code in both languages."""
import re
import sys
from pathlib import Path

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def anchors(path):
    """The headings as GitHub names them."""
    out = set()
    for heading in re.findall(r"^#+ (.*)$", path.read_text(), re.M):
        out.add(re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-"))
    return out


def main():
    documents = [Path(arg).resolve() for arg in sys.argv[1:]]
    wrong, reached, todo = [], set(), [d for d in documents if d.name == "README.md" and d.parent.name != "doc"]
    for document in documents:
        text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)
        for target in LINK.findall(text):
            name, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", name):
                continue
            path = (document.parent / name).resolve() if name else document
            if not path.exists():
                wrong.append(f"{document.name}: there is no {target}")
            elif anchor and anchor not in anchors(path):
                wrong.append(f"{document.name}: {target}: there is no such heading")
    while todo:
        document = todo.pop()
        if document in reached or document.suffix != ".md":
            continue
        reached.add(document)
        todo += [(document.parent / t.partition("#")[0]).resolve() for t in LINK.findall(document.read_text()) if t.partition("#")[0].endswith(".md")]
    wrong += [f"{d.name}: no link leads to it from README.md" for d in documents if d not in reached]
    french, english = ([re.findall(r"^```.*?^```", d.read_text(), re.M | re.S) for d in documents if d.name == name] for name in ("tutoriel.md", "tutorial.md"))
    if french != english or not english:
        wrong.append("tutorial.md and tutoriel.md differ in their blocks")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(documents)} documents")


if __name__ == "__main__":
    main()
