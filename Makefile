# The documented way in. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Which integration tests: a regular expression on Class/method. A cert tier that is asked for brings its own suite.
ifeq ($(BOMA_IT_CERTS),le-staging)
FILTER ?= IncidentReproTests|LeStagingTests
else ifeq ($(BOMA_IT_CERTS),le-prod-wildcard)
FILTER ?= LeProdWildcardTests
else
FILTER ?= IncidentReproTests
endif

.PHONY: help
help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Compile everything, tests included; a warning is an error
	swift build --build-tests -Xswiftc -warnings-as-errors

.PHONY: release
release: ## Make .build/release/boma-it, one file that runs on a control host without Swift
	swift build --configuration release --static-swift-stdlib --product boma-it -Xswiftc -warnings-as-errors

# Suites that run the real Ansible dozens of times.
WITH_ANSIBLE := ^VMHarnessTests\.(ScopeAttack|Endpoint|Canary|BadInventory|BadPlaybook)Tests/

.PHONY: setup
setup: ## Install and start what boma-it calls (Ansible role integration_test); asks for root
	scripts/setup

.PHONY: test
test: build ## Unit tests: no virtual machine, no root, under a minute
	scripts/run-tests --parallel --except '$(WITH_ANSIBLE)' '^(VMHarnessTests|CommandLineTests)'

.PHONY: test-ansible
test-ansible: build ## The real Ansible on hostile repositories and bad input: no virtual machine, no root, a minute
	scripts/run-tests --parallel '$(WITH_ANSIBLE)'

.PHONY: test-integration
test-integration: ## Set up what is missing, then prove the incident on a real virtual machine (HOST=name: boma-it survive name)
	scripts/setup --if-needed
	@$(MAKE) --no-print-directory build
	$(if $(filter command,$(firstword $(origin HOST))),scripts/survival '$(HOST)',BOMA_IT_REQUIRE=1 scripts/run-tests '$(FILTER)')

.PHONY: test-detection
test-detection: build ## Set up every defect of Tests/defects, reboot, and see whether each is found (TEST_DEFECTS: some of them)
	scripts/setup --if-needed
	BOMA_IT_REQUIRE=1 scripts/run-tests 'IntegrationTests.DetectionTests'

.PHONY: test-integration-clean
test-integration-clean: build ## boma-it clean: remove all machines and the test network
	"$$(swift build --show-bin-path)/boma-it" clean

.PHONY: test-crash
test-crash: build ## Kill runs at 50 points: nothing may be left (CRASH_POINTS, CRASH_SEED, CRASH_MINUTES, CRASH_FOLDER; continues where it stopped)
	scripts/setup --if-needed
	scripts/crash-campaign

.PHONY: bench
bench: ## Measure against plain QEMU, virsh and ssh (BENCH_JSON, BENCH_REPEAT, BENCH_ONLY; docs/performance.md)
	scripts/setup --if-needed
	@$(MAKE) --no-print-directory build
	"$$(swift build --show-bin-path)/boma-it-bench"

.PHONY: bench-peers
bench-peers: build ## The same job with Vagrant and debvm, in turn (BENCH_PEERS, BENCH_REPEAT, BENCH_JSON; docs/performance.md)
	scripts/bench-peers

.PHONY: doctor
doctor: build ## List what this control host lacks
	"$$(swift build --show-bin-path)/boma-it" doctor

.PHONY: install-completion
install-completion: build ## Completion and man page for this user (bash)
	install -d ~/.local/share/bash-completion/completions ~/.local/share/man/man1
	"$$(swift build --show-bin-path)/boma-it" completion bash > ~/.local/share/bash-completion/completions/boma-it
	"$$(swift build --show-bin-path)/boma-it" man > ~/.local/share/man/man1/boma-it.1

.PHONY: lint
lint: ## Check formatting, floors of the library, Ansible and shell
	scripts/check-layers
	swift format lint --strict --recursive Package.swift Sources Tests
	cd ansible && ansible-lint --offline --strict
	shellcheck $$(grep -lE '^#!.*sh$$' scripts/*) .ci/run .ci/bad-input .ci/full-disk .ci/outside-authority .ci/verdicts .ci/two-users .ci/image-like-debian .ci/lib/* Sources/VMHarness/Resources/*/*.sh stand-ins/netbird/install-*

.PHONY: format
format: ## Format the Swift sources
	swift format --in-place --recursive Package.swift Sources Tests
