# shellcheck shell=bash
# Where a site keeps which host speaks for a virtual organisation.
mkdir -p root/etc/grid-security/vomsdir/test
printf '/DC=test/O=HTCondor-CE/CN=%s\n' voms.ce.test "Test CA" >root/etc/grid-security/vomsdir/test/voms.ce.test.lsc
