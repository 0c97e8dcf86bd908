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
# Each user's own token for the CE, where the gridmanager looks for it.
for user in pilot other; do
  home=root$(chroot root getent passwd "$user" | cut -d: -f6)
  mkdir -p -m 700 "$home/.condor/tokens.d"
  install -m 600 "$credentials/$user.token" "$home/.condor/tokens.d/ce"
  chroot root chown -R "$user:" "${home#root}"
done
