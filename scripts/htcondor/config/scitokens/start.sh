# shellcheck shell=bash
python3 -I /srv/issuer/issuer.py @IP@ 9643 &
