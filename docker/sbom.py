"""Prints the image's bill of materials, CycloneDX 1.6: Debian's packages, Python's, and npm's from `npm sbom`.

    python3 sbom.py npm.sbom.json > sbom.json

The same image gives the same bytes: neither time nor serial number is in it.
"""

import json
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from urllib.parse import quote

PROJECT = Path("/opt/d2l-ts")
PYTHON = [*map(str, PROJECT.glob(".venv/lib/python3*/site-packages")), "/opt/tf", "/opt/node"]


def component(name, version, purl, licence=None):
    found = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return found | ({"licenses": [{"license": {"name": licence}}]} if licence else {})


def system_packages():
    """Debian's or Ubuntu's, by dpkg."""
    lines = Path("/etc/os-release").read_text().splitlines()
    release = {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\n"]
    for line in subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines():
        name, version, arch = line.split()
        distro = f"{release['ID']}-{release['VERSION_ID']}"
        where = f"pkg:deb/{release['ID']}/{name}@{quote(version, safe='')}?arch={arch}&distro={distro}"
        yield component(name, version, where)


def python_packages():
    for found in distributions(path=PYTHON):
        name = found.metadata["Name"].lower().replace("_", "-")
        licence = found.metadata.get("License-Expression") or found.metadata.get("License") or ""
        # Some put the whole text there.
        short = licence if 0 < len(licence) < 80 and "\n" not in licence else None
        yield component(name, found.version, f"pkg:pypi/{name}@{quote(found.version, safe='')}", short)


def npm_packages(bill):
    for found in bill["components"]:
        kept = ("group", "name", "version", "purl", "licenses", "hashes")
        yield {"type": "library", "bom-ref": found["purl"], **{key: found[key] for key in kept if key in found}}


def main(npm_bill):
    bill = json.loads(Path(npm_bill).read_text())
    project = json.loads((PROJECT / "package.json").read_text())
    every = [*system_packages(), *python_packages(), *npm_packages(bill)]
    # npm lists a package once for each folder it lies in.
    components = sorted({part["bom-ref"]: part for part in every}.values(), key=lambda part: part["bom-ref"])
    about = {"type": "container", "name": project["name"], "version": project["version"]}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"bom-ref": "image", **about}},
        "components": components,
    }
    json.dump(document, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main(sys.argv[1])
