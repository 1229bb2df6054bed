# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
job "ml-training" {
  type        = "batch"
  datacenters = ["*"]

  parameterized {
    payload       = "optional"
    meta_required = ["run_name"]
    meta_optional = [
      "epochs", "learning_rate", "lr", "batch_size", "hidden_units", "seed", "validation_split",
      "linger_seconds", "min_epoch_seconds",
    ]
  }

  # Only there is the image.
  constraint {
    attribute = "${meta.mlops_trainer}"
    value     = "true"
  }

  group "train" {
    # A run that failed has said why, and nothing of it could be taken up again.
    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "train" {
      driver       = "docker"
      user         = "10001:10001"
      kill_timeout = "30s"

      config {
        image           = "mlops/ml-trainer:0123456789ab"
        force_pull      = false
        network_mode    = "mlops"
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        pids_limit      = 256

        mount {
          type   = "tmpfs"
          target = "/tmp"

          tmpfs_options {
            size = 67108864
          }
        }
      }

      dispatch_payload {
        file = "params.json"
      }

      env {
        CONSUL_HTTP_ADDR = "http://172.20.0.10:8500"
      }

      # The address is the container's own: a port published on the host would be the wrong one.
      service {
        name         = "ml-training"
        port         = 9105
        address_mode = "driver"
        tags         = ["prometheus"]

        meta {
          job_id       = "${NOMAD_JOB_ID}"
          run_name     = "${NOMAD_META_run_name}"
          alloc_id     = "${NOMAD_ALLOC_ID}"
          metrics_path = "/metrics"
        }

        check {
          type         = "http"
          path         = "/healthz"
          port         = 9105
          address_mode = "driver"
          interval     = "5s"
          timeout      = "2s"
        }
      }

      resources {
        cpu    = 1000
        memory = 512
      }

      logs {
        max_files     = 3
        max_file_size = 10
      }
    }
  }
}
