# shellcheck shell=bash
# Sourced by init.sh, before the root is entered: it sees root, credentials, ip, basic and config.
mkdir -p root/etc/condor-submit/{config.d,tokens.d,passwords.d} root/run/condor-submit/lock \
  root/var/lib/condor-submit/{spool,execute} root/var/log/condor-submit
sed -e "s|@IP@|$ip|g" "$basic/common.conf" "$config/submit.conf" >root/etc/condor-submit/condor_config
cp root/etc/condor-ce/condor_mapfile root/etc/condor-submit/condor_mapfile
chmod 700 root/etc/condor-submit/{tokens.d,passwords.d}
install -m 600 "$credentials/signing.key" root/etc/condor-submit/passwords.d/POOL
chroot root chown -R condor:condor /run/condor-submit /var/lib/condor-submit /var/log/condor-submit
mkdir -m 1777 root/run/condor-submit/lock/users root/var/log/condor-submit/users
# What the gridmanager shows to the CE: pilot's IDTOKEN, where it is looked for; other's SCITOKEN, where jobs say that it is.
mkdir -p -m 700 root/home/pilot/.condor/tokens.d
install -m 600 "$credentials/pilot.token" root/home/pilot/.condor/tokens.d/ce
install -m 600 "$credentials/other.scitoken" root/home/other/ce.scitoken
for user in pilot other; do chroot root chown -R "$user:" "/home/$user"; done
