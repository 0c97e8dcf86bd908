#!/bin/bash
# Process 1 of one instance, in mount, pid and uts namespaces of its own: everything here ends with it.
# init.sh ROOT MOUNTPOINT CONFIG_DIR CREDENTIALS IP NAME CE_VERSION
set -euo pipefail
root=$1 base=$2 config=$3 credentials=$4 ip=$5 name=$6 ce_version=$7

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

# A configuration is `basic` with what its own files of the same names add, so that the last word is theirs.
basic=${config%/*}/basic
fill() {
  local file files=("$basic/common.conf" "$basic/$1")
  [[ $config == "$basic" ]] || for file in common.conf "$1"; do [[ -e $config/$file ]] && files+=("$config/$file"); done
  sed -e "s|@IP@|$ip|g" -e "s|@CE_VERSION@|$ce_version|g" "${files[@]}"
}
rm -rf root/etc/condor
mkdir -p root/etc/condor/config.d root/etc/condor-ce/{config.d,tokens.d,passwords.d}
fill pool.conf >root/etc/condor/condor_config
fill ce.conf >root/etc/condor-ce/condor_config
cat "$basic/mapfile" >root/etc/condor-ce/condor_mapfile
if [[ $config != "$basic" && -e $config/mapfile ]]; then cat "$config/mapfile" >>root/etc/condor-ce/condor_mapfile; fi
chmod 700 root/etc/condor-ce/{tokens.d,passwords.d}
install -m 600 "$credentials/signing.key" root/etc/condor-ce/passwords.d/POOL

for kind in condor condor-ce; do
  mkdir -p root/run/$kind/lock root/var/lib/$kind/{spool,execute} root/var/log/$kind
  chroot root chown -R condor:condor /run/$kind /var/lib/$kind /var/log/$kind
done

# inside.sh: what else the root needs; it sees the host still. start.sh: which daemons else; it is read into memory here.
# shellcheck source=/dev/null
if [[ -e $config/inside.sh ]]; then . "$config/inside.sh"; fi
start=
if [[ -e $config/start.sh ]]; then start=$(<"$config/start.sh"); fi

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
