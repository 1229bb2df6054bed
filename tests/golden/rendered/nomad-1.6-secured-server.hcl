# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
name       = "c1"
region     = "global"
datacenter = "dc1"
log_level  = "INFO"

# The same path inside and out: Docker resolves the bind mounts of tasks on the host.
data_dir  = "/var/lib/mlops/nomad/data"
bind_addr = "192.0.2.21"

advertise {
  http = "192.0.2.21"
  rpc  = "192.0.2.21"
  serf = "192.0.2.21"
}

ports {
  http = 4646
  rpc  = 4647
  serf = 4648
}

# Agents prove to each other who they are. Over HTTP the token does that, so that a browser gets in.
tls {
  http                   = true
  rpc                    = true
  ca_file                = "/nomad/config/tls/ca.pem"
  cert_file              = "/nomad/config/tls/cert.pem"
  key_file               = "/nomad/config/tls/key.pem"
  verify_server_hostname = true
  verify_https_client    = false
}

acl {
  enabled = true
}

leave_on_interrupt   = false
leave_on_terminate   = false
disable_update_check = true

limits {
  http_max_conns_per_client = 400
}

server {
  enabled          = true
  bootstrap_expect = 3
  job_gc_threshold = "24h"
  heartbeat_grace  = "30s"

  server_join {
    retry_join     = ["192.0.2.22:4648", "192.0.2.23:4648"]
    retry_interval = "5s"
    retry_max      = 0
  }
}

# Consul checks the advertised address: the one that Nomad binds to is not one to connect to.
consul {
  address              = "192.0.2.21:8501"
  ssl                  = true
  ca_file              = "/nomad/config/tls/ca.pem"
  checks_use_advertise = true
  server_service_name  = "nomad"
  client_service_name  = "nomad-client"
}

telemetry {
  collection_interval        = "5s"
  disable_hostname           = true
  prometheus_metrics         = true
  publish_allocation_metrics = true
  publish_node_metrics       = true
}
