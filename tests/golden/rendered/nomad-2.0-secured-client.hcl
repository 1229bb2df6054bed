# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
name       = "w1"
region     = "global"
datacenter = "dc1"
log_level  = "INFO"

# The same path inside and out: Docker resolves the bind mounts of tasks on the host.
data_dir  = "/var/lib/mlops/nomad/data"
bind_addr = "192.0.2.31"

advertise {
  http = "192.0.2.31"
  rpc  = "192.0.2.31"
  serf = "192.0.2.31"
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

client {
  enabled           = true
  cpu_total_compute = 4000
  servers           = ["192.0.2.21:4647", "192.0.2.22:4647", "192.0.2.23:4647"]
  # By default it lies beside the data directory, where the container cannot be written to.
  alloc_mounts_dir  = "/var/lib/mlops/nomad/data/alloc_mounts"

  reserved {
    cpu    = 200
    memory = 512
    disk   = 1024
  }

  host_volume "ml-artifacts" {
    path      = "/var/lib/mlops/artifacts"
    read_only = false
  }

  host_volume "ml-trainer-tls" {
    path      = "/var/lib/mlops/ml_trainer/tls"
    read_only = true
  }

  meta {
    mlops_trainer = "true"
  }

  # Off the clouds the env_* fingerprinters only wait for an address that does not answer.
  options {
    "driver.allowlist"     = "docker"
    "fingerprint.denylist" = "env_aws,env_azure,env_digitalocean,env_gce"
  }
}

plugin "docker" {
  config {
    allow_privileged = false
    allow_caps       = ["audit_write", "chown", "dac_override", "fowner", "fsetid", "kill", "mknod", "net_bind_service", "setfcap", "setgid", "setpcap", "setuid", "sys_chroot"]
    pids_limit       = 512
    extra_labels     = ["job_id", "job_name", "task_group_name", "task_name", "namespace", "node_name"]

    volumes {
      enabled = false
    }

    logging {
      type = "json-file"

      config {
        max-size = "10m"
        max-file = "3"
      }
    }

    # Two clients on one Docker engine would reap each other's tasks.
    gc {
      image_delay = "24h"

      dangling_containers {
        dry_run = true
      }
    }
  }
}

# Consul checks the advertised address: the one that Nomad binds to is not one to connect to.
consul {
  address              = "192.0.2.31:8501"
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
