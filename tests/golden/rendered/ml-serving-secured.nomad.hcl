# Ansible managed
# SPDX-License-Identifier: GPL-3.0-or-later
job "ml-serving" {
  type        = "service"
  datacenters = ["*"]

  # Only there are the image and the models.
  constraint {
    attribute = "${meta.mlops_trainer}"
    value     = "true"
  }

  # Not all of them have this model.
  constraint {
    attribute = "${attr.unique.network.ip-address}"
    operator  = "set_contains_any"
    value     = "192.0.2.21,192.0.2.22"
  }

  group "serve" {
    count = 1

    network {
      port "http" {
        to = 9106
      }
    }

    volume "artifacts" {
      type      = "host"
      source    = "ml-artifacts"
      read_only = true
    }

    # The certificate of the host's runs.
    volume "tls" {
      type      = "host"
      source    = "ml-trainer-tls"
      read_only = true
    }

    update {
      max_parallel      = 1
      min_healthy_time  = "5s"
      healthy_deadline  = "1m"
      progress_deadline = "2m"
    }

    restart {
      attempts = 3
      interval = "5m"
      delay    = "5s"
      mode     = "delay"
    }

    task "serve" {
      driver       = "docker"
      user         = "10001:10001"
      kill_timeout = "30s"

      config {
        image           = "mlops/ml-trainer:0123456789ab"
        force_pull      = false
        entrypoint      = ["/opt/venv/bin/python", "/app/serve.py"]
        ports           = ["http"]
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
        read_only   = true
      }

      volume_mount {
        volume      = "tls"
        destination = "/tls"
        read_only   = true
      }

      env {
        MLOPS_ARTIFACTS_DIR = "/artifacts"
        MLOPS_MODEL         = "latest"
        MLOPS_SERVING_HOST  = "0.0.0.0"
        MLOPS_SERVING_PORT  = "9106"
        MLOPS_TLS_CERT      = "/tls/cert.pem"
        MLOPS_TLS_KEY       = "/tls/key.pem"
      }

      service {
        name         = "ml-serving"
        port         = "http"
        address_mode = "host"

        meta {
          job_id       = "${NOMAD_JOB_ID}"
          alloc_id     = "${NOMAD_ALLOC_ID}"
          metrics_path = "/metrics"
          scheme       = "https"
        }

        check {
          type         = "http"
          path         = "/healthz"
          port         = "http"
          address_mode = "host"
          interval     = "5s"
          timeout      = "2s"

          # Consul trusts the authorities of its host, of which the platform's is none.
          protocol        = "https"
          tls_skip_verify = true
        }
      }

      resources {
        cpu    = 500
        memory = 256
      }

      logs {
        max_files     = 3
        max_file_size = 10
      }
    }
  }
}
