# shellcheck shell=bash
# fetch CLUSTER: the output of all of its jobs, to where they were submitted from.
fetch() { condor_transfer_data "${at[@]}" -constraint "ClusterId == $1 && JobStatus == 4" >/dev/null; }

# outputs KEY: in how many of these places there is output. forgotten KEY: it is taken away.
outputs() { answer=$(find "$1/copies" -name stdout -size +0 | wc -l); }
forgotten() { find "$1/copies" ! -name token -type f -delete; }
