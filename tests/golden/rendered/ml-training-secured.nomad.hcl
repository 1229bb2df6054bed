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
    network {
      port "metrics" {
        to = 9105
      }
    }

    # What runs leave behind stays on the host: models, metrics, and the checkpoints that a run which
    # is started again goes on from.
    volume "artifacts" {
      type      = "host"
      source    = "ml-artifacts"
      read_only = false
    }

    # The certificate of the host's runs, and their token for Consul.
    volume "tls" {
      type      = "host"
      source    = "ml-trainer-tls"
      read_only = true
    }

    # A crash is taken up from the last checkpoint. A run whose end is final says so again at once.
    restart {
      attempts = 2
      interval = "24h"
      delay    = "3s"
      mode     = "fail"
    }

    reschedule {
      attempts       = 1
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
        ports           = ["metrics"]
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

      volume_mount {
        volume      = "tls"
        destination = "/tls"
        read_only   = true
      }

      dispatch_payload {
        file = "params.json"
      }

      env {
        # The agent of the host that it runs on.
        CONSUL_HTTP_ADDR       = "https://${attr.unique.network.ip-address}:8501"
        CONSUL_CACERT          = "/tls/ca.pem"
        CONSUL_HTTP_TOKEN_FILE = "/tls/consul.token"
        MLOPS_TLS_CERT         = "/tls/cert.pem"
        MLOPS_TLS_KEY          = "/tls/key.pem"

        MLOPS_ARTIFACTS_DIR = "/artifacts"
      }

      service {
        name         = "ml-training"
        port         = "metrics"
        address_mode = "host"
        tags         = ["prometheus"]

        meta {
          job_id       = "${NOMAD_JOB_ID}"
          run_name     = "${NOMAD_META_run_name}"
          alloc_id     = "${NOMAD_ALLOC_ID}"
          metrics_path = "/metrics"
          scheme       = "https"
        }

        check {
          type         = "http"
          path         = "/healthz"
          port         = "metrics"
          address_mode = "host"
          interval     = "5s"
          timeout      = "2s"

          # Consul trusts the authorities of its host, of which the platform's is none.
          protocol        = "https"
          tls_skip_verify = true
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
