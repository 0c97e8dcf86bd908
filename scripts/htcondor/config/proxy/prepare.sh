# shellcheck shell=bash disable=SC2154 # of ../scitokens/prepare.sh and of `launch`
# Users with certificates of the test authority, a virtual organisation of which they are members, and a proxy.
mkdir "$credentials/users"
for user in pilot other; do
  certificate "users/$user" "$user" -newkey rsa:2048 "${signed[@]}" -addext "keyUsage=critical,digitalSignature"
done
certificate voms voms.ce.test "${elliptic[@]}" "${signed[@]}"
proxy "$version" >"$credentials/pilot.proxy"
