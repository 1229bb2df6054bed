# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
server {
  encrypt = "<nomad_gossip_key>"
}

consul {
  token = "<consul_nomad_server_token>"
}
