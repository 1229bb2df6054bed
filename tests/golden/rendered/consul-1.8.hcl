# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
datacenter       = "dc1"
node_name        = "mlops-consul"
data_dir         = "/consul/data"
server           = true
bootstrap_expect = 1

# Both are set: Consul cannot choose by itself where it sees several private addresses.
bind_addr      = "0.0.0.0"
advertise_addr = "172.20.0.10"
client_addr    = "0.0.0.0"
retry_join     = []

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
  http  = 8500
  https = -1
  grpc  = 8502
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

# Without disable_hostname gauges carry the host in their names; retention 0 turns the endpoint off.
telemetry {
  prometheus_retention_time = "60s"
  disable_hostname          = true
}
