# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
consul {
  token = "token-of-nomad-client"
}
