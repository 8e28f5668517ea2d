#!/bin/sh
# A virtual environment for each peer in .peers/, once: a few minutes and 1.5 GB each, vector stores less.
#     sh benchmarks/peers/install.sh [NAME]...
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- txtai llamaindex haystack langchain
for peer in "$@"; do
    wanted=$(cat benchmarks/peers/requirements/common.txt "benchmarks/peers/requirements/$peer.txt")
    [ "$(cat ".peers/$peer/installed" 2>/dev/null)" = "$wanted" ] && continue
    echo "Installing $peer into .peers/$peer ..."
    "${PYTHON:-python3}" -m venv ".peers/$peer"
    ".peers/$peer/bin/python" -m pip install --quiet --disable-pip-version-check -r "benchmarks/peers/requirements/$peer.txt"
    echo "$wanted" >".peers/$peer/installed"
done
