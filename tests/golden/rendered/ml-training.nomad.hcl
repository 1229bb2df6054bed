# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
job "ml-training" {
  type        = "batch"
  datacenters = ["*"]

  parameterized {
    payload       = "optional"
    meta_required = ["run_name"]
    meta_optional = ["epochs", "learning_rate", "lr", "batch_size", "hidden_units", "seed", "validation_split", "linger_seconds", "min_epoch_seconds", "early_stop_patience", "early_stop_min_delta", "checkpoint_steps"]
  }

  # Only there is the image.
  constraint {
    attribute = "${meta.mlops_trainer}"
    value     = "true"
  }

  group "train" {
    # What runs leave behind stays on the host: models, metrics, and the checkpoints that a run which
    # is started again goes on from.
    volume "artifacts" {
      type      = "host"
      source    = "ml-artifacts"
      read_only = false
    }

    # A crash is taken up from the last checkpoint. A run whose end is final says so again at once.
    restart {
      attempts = 2
      interval = "24h"
      delay    = "3s"
      mode     = "fail"
    }

    reschedule {
      attempts       = 0
      interval       = "24h"
      delay          = "5s"
      delay_function = "exponential"
      max_delay      = "1m"
      unlimited      = false
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

      volume_mount {
        volume      = "artifacts"
        destination = "/artifacts"
        read_only   = false
      }

      dispatch_payload {
        file = "params.json"
      }

      env {
        CONSUL_HTTP_ADDR    = "http://172.20.0.10:8500"
        MLOPS_ARTIFACTS_DIR = "/artifacts"
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
