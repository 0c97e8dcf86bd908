#!/bin/bash
# Process 1 of one instance, in mount, pid and uts namespaces of its own: everything here ends with it.
# init.sh ROOT MOUNTPOINT CREDENTIALS IP HOST NAME CE_VERSION CONFIG_DIR...
set -euo pipefail
root=$1 base=$2 credentials=$3 ip=$4 host=$5 name=$6 ce_version=$7 configs=("${@:8}")

# Lazily used memory. Large, because 25.x asks 1 GiB of disk for each job by default.
mount -t tmpfs -o size=16g,mode=755 tmpfs "$base"
cd "$base"
mkdir lower up work root
mount --bind "$root" lower
# Relative names: a comma or colon in the path of the checkout would break the option list.
mount -t overlay overlay -o lowerdir=lower,upperdir=up,workdir=work root
# '/' as a mount point of its own is what the starter needs for its per-job file systems.
mount -t proc proc root/proc
mount -t tmpfs -o mode=755 tmpfs root/dev
for device in null zero full random urandom tty; do
  touch "root/dev/$device"
  mount --bind "/dev/$device" "root/dev/$device"
done
ln -s /proc/self/fd root/dev/fd
mkdir root/dev/shm
mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
mount -t tmpfs -o mode=755 tmpfs root/run
mount -t tmpfs -o mode=1777 tmpfs root/tmp

# Names resolve from this file alone, whatever the machine's resolver does.
hostname "$name"
echo "$name" >root/etc/hostname
printf '127.0.0.1 localhost\n%s %s\n' "$ip" "$name" >root/etc/hosts
rm -f root/etc/resolv.conf
: >root/etc/resolv.conf

# Each configuration adds to those before it, so that the last word is its own.
# shellcheck disable=SC2034 # for inside.sh
basic=${configs[0]}
added() {
  local config file
  for config in "${configs[@]}"; do
    for file; do [[ ! -e $config/$file ]] || cat "$config/$file"; done
  done
}
fill() { added "$@" | sed -e "s|@IP@|$ip|g" -e "s|@HOST@|$host|g" -e "s|@CE_VERSION@|$ce_version|g"; }
rm -rf root/etc/condor
mkdir -p root/etc/condor/config.d root/etc/condor-ce/{config.d,tokens.d,passwords.d}
fill common.conf pool.conf >root/etc/condor/condor_config
fill ce-defaults.conf common.conf ce.conf >root/etc/condor-ce/condor_config
added mapfile >root/etc/condor-ce/condor_mapfile
chmod 700 root/etc/condor-ce/{tokens.d,passwords.d}
install -m 600 "$credentials/signing.key" root/etc/condor-ce/passwords.d/POOL

for kind in condor condor-ce; do
  mkdir -p root/run/$kind/lock root/var/lib/$kind/{spool,execute} root/var/log/$kind
  chroot root chown -R condor:condor /run/$kind /var/lib/$kind /var/log/$kind
done

# inside.sh: what else the root needs; it sees the host still. start.sh: which daemons else; it is read into memory here.
for config in "${configs[@]}"; do
  # shellcheck source=/dev/null
  [[ ! -e $config/inside.sh ]] || . "$config/inside.sh"
done
start=$(fill start.sh)

mkdir root/.old
cd root
pivot_root . .old
cd /
umount -l /.old
rmdir /.old

export PATH=/usr/bin:/usr/sbin:/bin:/sbin
CONDOR_CONFIG=/etc/condor/condor_config condor_master -f &
CONDOR_CONFIG=/etc/condor-ce/condor_config condor_master -f &
eval "$start"
# Outlive the masters: a test may end one and start it again.
while :; do
  wait || :
  sleep 1
done
