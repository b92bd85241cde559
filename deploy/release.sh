#!/usr/bin/env bash
# Makes a release in dist/: wheel and source distribution, a list of all that the image installs (SBOM, CycloneDX), and
# their hashes; then asks whether weaknesses of any of it are known. Needs Python 3.11+ and a package index. AUDIT=0
# leaves the question out where the service that answers it cannot be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/tools"
tools=$scratch/tools/bin
"$tools/pip" install -q build cyclonedx-bom pip-audit

rm -rf dist
"$tools/python" -m build --outdir dist .

# What the image holds, and no more: the same extras, without pip.
python3 -m venv "$scratch/installed"
installed=$scratch/installed/bin/python
wheel=$(echo dist/*.whl)
"$installed" -m pip install -q "$wheel[pdf,cluster]"
"$installed" -m pip freeze --exclude tracker > "$scratch/requirements.txt"
"$installed" -m pip uninstall -q --yes pip setuptools
"$tools/cyclonedx-py" environment --output-reproducible --of JSON \
    -o dist/sbom.cdx.json "$installed"
(cd dist && sha256sum -- * > SHA256SUMS)

if [ "${AUDIT:-1}" = 1 ]; then
    "$tools/pip-audit" --no-deps --disable-pip --requirement "$scratch/requirements.txt"
fi
ls -l dist
