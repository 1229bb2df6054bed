# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
datacenter       = "dc1"
node_name        = "c1"
data_dir         = "/consul/data"
server           = true
bootstrap_expect = 3

bind_addr      = "192.0.2.21"
advertise_addr = "192.0.2.21"
client_addr    = "192.0.2.21"
retry_join     = ["192.0.2.22:8301", "192.0.2.23:8301"]

log_level                  = "INFO"
leave_on_terminate         = false
disable_update_check       = true
enable_script_checks       = false
enable_local_script_checks = false

ui = true

connect {
  enabled = true
}

ports {
  dns      = -1
  http     = -1
  https    = 8501
  grpc     = -1
  server   = 8300
  serf_lan = 8301
  serf_wan = 8302
}

performance {
  raft_multiplier = 1
}

autopilot {
  cleanup_dead_servers      = true
  last_contact_threshold    = "200ms"
  server_stabilization_time = "10s"
}

limits {
  http_max_conns_per_client = 400
}

# Agents prove to each other who they are. Over HTTP the token does that, so that a browser gets in.
ca_file                = "/consul/config/tls/ca.pem"
cert_file              = "/consul/config/tls/cert.pem"
key_file               = "/consul/config/tls/key.pem"
verify_incoming_rpc    = true
verify_outgoing        = true
verify_server_hostname = true

# The tokens and the key for gossip are in secrets.hcl.
acl {
  enabled                  = true
  default_policy           = "deny"
  down_policy              = "extend-cache"
  enable_token_persistence = true
}

# Without disable_hostname gauges carry the host in their names; retention 0 turns the endpoint off.
telemetry {
  prometheus_retention_time = "60s"
  disable_hostname          = true
}
