# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
consul {
  token = "<consul_nomad_client_token>"
}
