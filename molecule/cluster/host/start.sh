#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The host's boot. AUTHORIZED_KEY is let in as root; GATEWAY is the default route, which leads nowhere.
set -eu

# As systemd leaves it: what is mounted on the host is seen by its containers.
mount --make-rshared /

# A network of its own kind, internal, has no default route; most programs look for one.
ip route replace default via "$GATEWAY"

ssh-keygen -A
install -d -m 0700 /root/.ssh
printf '%s\n' "$AUTHORIZED_KEY" > /root/.ssh/authorized_keys
install -d -m 0755 /run/sshd

# Control groups are shared with the machine below: in a folder of the host's name they can be found.
dockerd --storage-driver=overlay2 --cgroup-parent="/mlops-cluster/$(hostname)" > /var/log/dockerd.log 2>&1 &

exec /usr/sbin/sshd -D -e -o UsePAM=no -o UseDNS=no -o MaxStartups=100
