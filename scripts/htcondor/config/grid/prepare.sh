# shellcheck shell=bash disable=SC2154 # of `launch`
mint "$version" --kind scitoken --identity other >"$credentials/other.scitoken"
