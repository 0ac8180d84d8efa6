#!/bin/bash
# In a folder with all of package-lock.json installed: lists what the image ships in npm.sbom.json, then drops the rest.
set -euo pipefail
npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx > npm.sbom.json

# Of plotly.js one bundle is used, which has what it needs inside. npm knows what else came for its sake.
mkdir /tmp/plotly
cp -r --parents node_modules/plotly.js/{package.json,LICENSE,dist/plotly-cartesian.min.js} /tmp/plotly
npm pkg delete 'dependencies[plotly.js]'
npm prune --omit=dev --no-audit --no-fund
cp -r /tmp/plotly/node_modules .
rm -rf /tmp/plotly

find node_modules -name '*.map' -type f -delete
find node_modules/@tensorflow -path '*/dist/*' -type f \
  \( -name '*.min.js' -o -name '*.html' -o -name 'tf*.es2017.js' -o -name 'tf*.fesm.js' \) -delete
rm -rf node_modules/@tensorflow/*/dist/miniprogram
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) arch=none ;; esac
find node_modules/zeromq/build -name '*.node' -not -path "*/linux/$arch/*glibc*" -delete
