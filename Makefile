# Every target does its own setup. How everything is built stands in scripts/swift.
SHELL := /bin/bash
SWIFT ?= swift
export SWIFT
BUILD := scripts/swift build
CHANCERY := .build/release/chancery

.DEFAULT_GOAL := build
.PHONY: setup build demo test check bench interop tour release clean

setup: ## Debian packages that are missing, and the Swift dependencies
	@scripts/bootstrap
	@$(SWIFT) package resolve

build: setup ## the binary: .build/release/chancery
	$(BUILD) --product chancery

demo: build ## the whole story in a temporary home, a committee that runs a program nobody holds, and evidence that Python verifies
	@mkdir -p out && rm -f out/payment.evidence.json out/payment.evidence.json.pins
	$(CHANCERY) demo --evidence out/payment.evidence.json
	$(BUILD) --product chancery-liar
	CHANCERY=$(CHANCERY) LIAR=.build/release/chancery-liar deploy/demo
	scripts/demo-evidence out/payment.evidence.json

# Tests that talk through sockets with limits of time: the others would keep both cores from answering.
TIMED := ^ServerTests\.|^CustodianTests\.|ClusterTests|MCPTests.GatewayTests

test: setup ## every test
	scripts/swift test --disable-testable-imports --skip '$(TIMED)'
	scripts/swift test --disable-testable-imports --no-parallel --filter '$(TIMED)'

check: ## format, a file for another system parsed, import directions, documented codes and quoted examples; warnings are errors in every build
	$(SWIFT) format lint --strict --recursive --parallel $(wildcard Package.swift Sources Tests Examples Benchmarks)
	$(SWIFT)c -frontend -parse Sources/ChanceryEnclave/*.swift
	scripts/check-imports
	scripts/check-error-codes
	scripts/check-examples
	scripts/embed-web --check

bench: setup ## measurements on this machine, with piqrypt beside ours; BENCH="--quick" or "--json FILE" go through
	scripts/bench/run $(BENCH)

interop: build ## other implementations against ours, and the deployment files against their readers
	scripts/check-deploy
	scripts/interop/run

tour: build ## the commands of the README's tour
	scripts/check-tour

release: build ## one archive with checksums and a signed manifest, in out/release
	scripts/release

clean:
	rm -rf .build
