#!/bin/sh
# What each copy of the demo runs: it proves that it was given its own environment and its own secret.
digest=$( (sha256sum secret || shasum -a 256 secret) 2>/dev/null | cut -c1-8)
echo "copy $COPY says $WORD, secret sha256:$digest"
sleep "${NAP:-0}"
