# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
name       = "mlops-nomad"
region     = "global"
datacenter = "dc1"
log_level  = "INFO"

# The same path inside and out: Docker resolves the bind mounts of tasks on the host.
data_dir  = "/var/lib/mlops/nomad/data"
bind_addr = "0.0.0.0"

advertise {
  http = "172.20.0.20"
  rpc  = "172.20.0.20"
  serf = "172.20.0.20"
}

leave_on_interrupt   = false
leave_on_terminate   = false
disable_update_check = true

limits {
  http_max_conns_per_client = 400
}

server {
  enabled          = true
  bootstrap_expect = 1
  job_gc_threshold = "24h"
  heartbeat_grace  = "30s"
}

client {
  enabled           = true
  network_interface = "eth0"
  cpu_total_compute = 4000

  reserved {
    cpu    = 200
    memory = 512
    disk   = 1024
  }

  host_volume "ml-artifacts" {
    path      = "/var/lib/mlops/artifacts"
    read_only = false
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
  address              = "172.20.0.10:8500"
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
