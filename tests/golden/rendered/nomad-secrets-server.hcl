# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
server {
  encrypt = "key-of-nomad"
}

consul {
  token = "token-of-nomad-server"
}
