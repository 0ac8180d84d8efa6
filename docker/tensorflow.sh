#!/bin/bash
# tensorflow.sh LOCK FOLDER: of the wheels in LOCK keeps the C library, what it loads, and the licences.
set -euo pipefail
lock=$1 folder=$2
if [[ $lock == */gpu.lock && $(uname -m) != x86_64 ]]; then
  echo "TensorFlow has no wheel with CUDA for $(uname -m): build with --build-arg TENSORFLOW=cpu" >&2
  exit 1
fi
[[ -f $lock ]] || { echo "TENSORFLOW is gpu or cpu: there is no $lock" >&2; exit 1; }

python3 -m venv /tmp/venv
/tmp/venv/bin/pip install --no-cache-dir --no-compile --no-deps --target /tmp/wheels -r "$lock"
mkdir -p "$folder/tensorflow"
# The library finds NVIDIA's in ../nvidia/*/lib.
mv /tmp/wheels/tensorflow/libtensorflow{_cc,_framework}.so.2 "$folder/tensorflow/"
mv /tmp/wheels/*.dist-info "$folder/"
if [[ -d /tmp/wheels/nvidia ]]; then
  find /tmp/wheels/nvidia -name '*.a' -delete
  rm -rf /tmp/wheels/nvidia/*/include
  mv /tmp/wheels/nvidia "$folder/nvidia"
fi
rm -rf /tmp/wheels /tmp/venv
