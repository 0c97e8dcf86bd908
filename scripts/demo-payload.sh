#!/bin/sh
# What each copy of the demo runs: it proves that it was given its own environment and its own secret.
echo "copy $COPY says $WORD, secret sha256:$(sha256sum secret | cut -c1-8)"
sleep "${NAP:-0}"
