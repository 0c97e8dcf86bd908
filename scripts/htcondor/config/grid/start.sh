# shellcheck shell=bash
# Evaluated in the instance, after the daemons of basic have been started.
CONDOR_CONFIG=/etc/condor-submit/condor_config condor_master -f &
