"""Notebooks as HTML by a template of ours: python convert.py TEMPLATE OUT NOTEBOOK... prints one JSON line per notebook."""

import json
import re
import sys
from html import unescape
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter

TEMPLATES = Path(__file__).resolve().parents[2] / "notebooks" / "template"


def figure_alt(svg):
    """What a figure shows, in words: the label that its SVG carries."""
    found = re.search(r'\baria-label="([^"]*)"', svg) or re.search(r"<title[^>]*>([^<]*)<", svg)
    return unescape(found.group(1)) if found else "figure"


def markdown(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def notebook_title(notebook):
    """The text of the first heading."""
    found = re.search(r"^#+ (.*)$", markdown(notebook), re.MULTILINE)
    return found.group(1).strip() if found else "Notebook"


def first_sentence(notebook):
    """The first sentence after the first heading, without its marks."""
    paragraphs = [part for part in markdown(notebook).split("\n\n") if not part.startswith("#")]
    text = " ".join(paragraphs[0].split()) if paragraphs else ""
    return re.sub(r"[*`_$]", "", re.split(r"(?<=[.!?]) ", text)[0])


def exporter_for(template):
    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(TEMPLATES)],
        exclude_anchor_links=True,
    )
    exporter.register_filter("figure_alt", figure_alt)
    exporter.register_filter("notebook_title", notebook_title)
    return exporter


def main(template, out, *files):
    exporter = exporter_for(template)
    for file in map(Path, files):
        notebook = nbformat.read(file, as_version=4)
        resources = {"metadata": {"path": str(file.parent), "name": file.stem}}
        html, _ = exporter.from_notebook_node(notebook, resources)
        (Path(out) / f"{file.stem}.html").write_text(html, encoding="utf-8")
        print(
            json.dumps(
                {"name": file.stem, "title": notebook_title(notebook), "about": first_sentence(notebook)}
            )
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
