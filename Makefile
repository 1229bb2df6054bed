# SPDX-License-Identifier: GPL-3.0-or-later
# Each target is one command; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
ANSIBLE := . .venv/bin/activate && ansible-playbook
RUN ?=
EPOCHS ?=
OUT ?= .
GRID ?= {"learning_rate": [0.05, 0.1], "hidden_units": [16, 32]}
PARALLEL ?= 2
SINCE ?=

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

up: venv ## bring the platform up on this machine, or up to date
	$(ANSIBLE) playbooks/site.yml

down: venv ## stop it; data are kept
	$(ANSIBLE) playbooks/down.yml

clean: venv ## stop it and delete its data: models, metrics, secrets
	$(ANSIBLE) playbooks/down.yml -e mlops_purge=true

status: venv ## ask each service how it is
	$(ANSIBLE) playbooks/verify.yml

train: venv ## a new training run: make train RUN=demo EPOCHS=20
	$(ANSIBLE) playbooks/train.yml -e '{"run": "$(RUN)", "epochs": "$(EPOCHS)"}'

sweep: venv ## runs for a grid: make sweep GRID='{"learning_rate": [0.05, 0.1]}' PARALLEL=2
	$(ANSIBLE) playbooks/sweep.yml -e '{"grid": $(GRID), "parallel": $(PARALLEL)}'

serve: venv ## serve the model of the last good run
	$(ANSIBLE) playbooks/serve.yml

runs: venv ## a table of the runs
	$(ANSIBLE) playbooks/runs.yml

logs: venv ## a run's output: make logs RUN=demo
	$(ANSIBLE) playbooks/logs.yml -e '{"run": "$(RUN)"}'

stop: venv ## stop a run: make stop RUN=demo
	$(ANSIBLE) playbooks/stop.yml -e '{"run": "$(RUN)"}'

render: OUT = mlops-infra
render: venv ## write the platform as plain files for Compose: make render OUT=mlops-infra
	$(ANSIBLE) playbooks/render.yml -e '{"out": "$(abspath $(OUT))"}'

artifacts: venv ## copy a run's model and record: make artifacts RUN=demo OUT=/tmp
	$(ANSIBLE) playbooks/artifacts.yml -e '{"run": "$(RUN)", "out": "$(abspath $(OUT))"}'

test: test-venv ## every test
	tools/test all

test-full: test-venv ## every test, and those that take hours
	MLOPS_TEST_FULL=1 tools/test all

check: test-venv ## the quick tests
	tools/test lint unit

lint: test-venv ## style, types, documentation
	tools/test lint

docs: test-venv ## the reference of all modules, plugins and roles: build/docs/html/index.html
	tools/test docs

record: test-venv ## record a real server's answers: make record SERVER=http://127.0.0.1:4646
	tools/test record $(SERVER)

boards: test-venv ## write the boards' JSON from tools/boards
	. .venv/bin/activate && cd tools && python -m boards

preview: OUT = build/preview.html
preview: test-venv ## draw every board with live data into build/preview.html: make preview SINCE=now-6h
	$(ANSIBLE) playbooks/preview.yml -e '{"mlops_preview_file": "$(abspath $(OUT))", "mlops_preview_since": "$(SINCE)"}'

report: test-venv ## how the platform is, on one page: build/report.html
	$(ANSIBLE) playbooks/report.yml

bench: venv ## how long things take, from nothing and with nothing to do
	. .venv/bin/activate && python tests/bench/bench.py --cold

venv:
	@tools/venv requirements.txt

test-venv:
	@tools/venv test-requirements.txt

.PHONY: help up down clean status train sweep serve runs logs stop render artifacts test test-full check lint docs record boards preview report bench venv test-venv
