# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
encrypt = "<consul_gossip_key>"

acl {
  tokens {
    agent = "<consul_agent_token>"
    initial_management = "<consul_management_token>"
  }
}
