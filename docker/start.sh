#!/bin/bash
# The entry point: makes the home what the lecture needs, then becomes the command.
# Nothing the image needs lies in the home, so that a hub may mount an empty one, and a read-only image a tmpfs.
set -euo pipefail
say() { echo "d2l-ts: $*" >&2; }

lecture=/opt/d2l-ts/notebooks
notebooks=$HOME/notebooks

if [[ ! -w $HOME ]]; then
  say "$HOME is not writable for uid $(id -u), gid $(id -g)."
  say "next: run it as the owner of that folder (--user UID:100), or chown the folder to $(id -u)"
  exit 1
fi
mkdir -p "$notebooks"
if [[ -z $(ls -A "$notebooks") ]]; then
  if [[ -w $notebooks ]]; then
    cp -r "$lecture/." "$notebooks/"
    chmod -R u+w "$notebooks"
  else
    say "$notebooks is empty and not writable for uid $(id -u): the lecture stays in $lecture."
    say "next: chown $(id -u) the folder that is mounted there"
  fi
fi
for cache in "$D2L_CACHE" "$CUDA_CACHE_PATH"; do
  [[ -w $cache ]] || say "$cache is not writable for uid $(id -u): nothing is kept there. next: chown $(id -u) that volume"
done
if [[ -z ${D2L_SOURCE:-} ]] && ! node /opt/d2l-ts/docker/data.mjs; then
  export D2L_SOURCE=sample
fi
# JupyterLab makes a token of its own; the gateway would let everyone in.
if [[ " $* " == *" kernelgateway "* && -z ${KG_AUTH_TOKEN:-} ]]; then
  KG_AUTH_TOKEN=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  export KG_AUTH_TOKEN
  say "the gateway's token is $KG_AUTH_TOKEN"
fi
exec "$@"
