# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
encrypt = "key-of-consul"

acl {
  tokens {
    agent = "token-of-agent"
  }
}
