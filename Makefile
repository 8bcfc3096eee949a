# The two main commands are `make demo` and `make test`. Both install crates and the Wasm target, and report what they skip.

WASM_TARGET := wasm32-unknown-unknown

# The version of OPA that the module is tested with.
OPA_VERSION := v1.22.2

# The version of kubeconform that the command line is benchmarked against.
KUBECONFORM_VERSION := v0.8.0

.PHONY: demo test tools compile rust modules playground browser page page-test bench bench-files soak build reproducible lint conformance e2e-kwctl e2e-cluster e2e-python e2e-ray e2e-editors fuzz fuzz-corpus clean

demo: $(WASM_TARGET) ## Run the reviews in examples/ through the built module
	@echo "Building the module and an interpreter to run it: under three minutes the first time, one second after that."
	@cargo build --quiet --profile module --target $(WASM_TARGET) -p rayjob-policy-kubewarden
	@cargo run --quiet -p rayjob-policy-e2e --bin demo target/$(WASM_TARGET)/module/rayjob_policy_kubewarden.wasm

# The releases of Ray that e2e-ray tests with, each in a virtual environment.
RAY := $(patsubst e2e/ray/requirements/%.txt,target/ray/%/bin/ray,$(wildcard e2e/ray/requirements/*.txt))

# The parts of `make test`, in this order.
TESTS := lint modules rust page-test e2e-python e2e-cluster e2e-kwctl e2e-ray e2e-editors

test: ## Run every test
	@tests/all.sh $(TESTS)

# `make test` builds everything once, before its parts begin, and sets BUILT.
BUILD := $(if $(BUILT),,build)
PAGE := $(if $(BUILT),,page)
TOOLS := $(if $(BUILT),,tools)
COMPILE := $(if $(BUILT),,compile)
XTASK := $(if $(BUILT),target/debug/xtask,cargo xtask)

# The whole workspace at once: otherwise cargo would compile shared crates once for each program.
compile: xtask/node_modules playground/node_modules
	cargo build --quiet --workspace --all-targets
	@$(MAKE) --no-print-directory build page XTASK=target/debug/xtask BINDGEN=$(CURDIR)/target/debug/bindgen

tools: e2e/opa/node_modules target/tools/opa target/python target/e2e-python $(RAY) kube-apiserver

modules: $(BUILD) ## Check the built modules: imports, exports, size, memory
	$(XTASK) inspect

rust: $(COMPILE) $(TOOLS) ## Test the workspace, and the built modules in the engines and SDKs that run them
	cargo test --quiet --workspace

e2e-kwctl: $(BUILD) ## Test with kwctl, the Kubewarden CLI (needs kwctl, bats and jq)
	@for tool in kwctl bats jq; do \
	  command -v $$tool >/dev/null || { echo "skipped: e2e/kwctl.bats: $$tool is not installed"; exit; }; \
	done; bats e2e/kwctl.bats

HAS_CLUSTER := $(and $(shell command -v go),$(shell command -v etcd))

# The API server and the tests compile all policies, which leaves much garbage: Go collects it less often.
e2e-cluster: $(COMPILE) $(TOOLS) ## Test with a real Kubernetes API server (needs Go and etcd; the first build takes minutes)
ifeq (,$(HAS_CLUSTER))
	@echo "skipped: e2e/cluster needs go and etcd"
else
	go -C e2e/cluster vet $(GO_FLAGS) ./...
	GOGC=400 go -C e2e/cluster test $(GO_FLAGS) -v -count=1 -timeout 30m ./...
endif

e2e-ray: $(if $(BUILT),,$(RAY) rayjob-policy) ## Test with Ray itself: what becomes of entrypoints and runtime environments (needs Python 3.10 to 3.12)
	@if ls $(RAY) >/dev/null 2>&1; then $(dir $(firstword $(RAY)))python e2e/ray/test_ray.py; \
	else echo "skipped: e2e/ray: no Python 3.10 to 3.12, or not the packages of e2e/ray/requirements"; fi

e2e-editors: $(if $(BUILT),,rayjob-policy) ## Test the language server in Neovim
	@if command -v nvim >/dev/null; then \
	  PATH="$(CURDIR)/target/debug:$$PATH" nvim --headless --clean -c 'luafile e2e/editors/nvim.lua' -c 'cquit 1'; \
	else echo "skipped: e2e/editors: nvim is not installed"; fi

e2e-python: $(if $(BUILT),,target/e2e-python rayjob-policy) vectors ## Test the Python package: its wheel, its types, the pre-commit hook (needs Python 3.10 or newer)
	@if test -x target/e2e-python/bin/maturin; then \
	  cd target/e2e-python && rm -f wheels/rayjob_policy-* && \
	  bin/maturin build --quiet --profile dev --compatibility linux --target-dir .. --interpreter bin/python \
	    --manifest-path ../../hosts/python/Cargo.toml --out wheels && \
	  bin/pip install --quiet --no-index --force-reinstall wheels/rayjob_policy-* && \
	  bin/pytest -v -p no:cacheprovider ../../e2e/python; \
	else echo "skipped: e2e/python: no Python 3.10 or newer, or not the packages of its requirements.txt"; fi

.PHONY: vectors
vectors:
	cargo build --quiet -p rayjob-policy-testkit --features examples --bin vectors

.PHONY: rayjob-policy
rayjob-policy:
	cargo build --quiet -p rayjob-policy

# Both programs are compiled with the same flags, so that the packages they share are compiled once. Nobody debugs Kubernetes here.
GO_FLAGS := -gcflags='all=-dwarf=false' -ldflags='-s -w'

.PHONY: kube-apiserver
kube-apiserver:
ifneq (,$(HAS_CLUSTER))
	nice go -C e2e/cluster build $(GO_FLAGS) -o ../../target/cluster/ k8s.io/kubernetes/cmd/kube-apiserver
endif

e2e/opa/node_modules: e2e/opa/package-lock.json
	@if command -v npm >/dev/null; then cd e2e/opa && npm ci --silent && touch node_modules; \
	else echo "skipped: the SDK for Node: npm is not installed"; fi

target/tools/opa: Makefile
	@if command -v go >/dev/null; then \
	  GOBIN="$(CURDIR)/target/tools" go install -tags opa_wasm github.com/open-policy-agent/opa@$(OPA_VERSION) && touch $@; \
	else echo "skipped: OPA: Go is not installed"; fi

# The SDK needs wasmer, which has no wheels for later Python versions.
target/python: e2e/opa/requirements.txt
	@for python in python3.10 python3.9 python3.8 python3 $(wildcard $(HOME)/.pyenv/versions/3.*/bin/python); do \
	  if $$python -c 'import sys; sys.exit(not (3, 8) <= sys.version_info[:2] <= (3, 10))' 2>/dev/null; then \
	    $$python -m venv $@ && $@/bin/pip install --quiet --requirement $< && touch $@ && exit; \
	  fi; \
	done; rm -rf $@; echo "skipped: the SDK for Python: no Python 3.8 to 3.10, which its packages are built for"

# pre-commit builds the package of its hook with setuptools, in an environment of its own.
target/e2e-python: e2e/python/requirements.txt
	@for python in python3.14 python3.13 python3.12 python3.11 python3.10 python3 $(wildcard $(HOME)/.pyenv/versions/3.*/bin/python); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info[:2] < (3, 10))' 2>/dev/null; then \
	    $$python -m venv --clear $@ && $@/bin/pip install --quiet --requirement $< && \
	    $@/bin/pip download --quiet --no-deps --dest $@/wheels $$(grep ^setuptools $<) && touch $@ && exit; \
	  fi; \
	done; rm -rf $@; echo "skipped: e2e/python: no Python 3.10 or newer, or not the packages of its requirements.txt"

# Both releases have wheels for these Python versions.
target/ray/%/bin/ray: e2e/ray/requirements/%.txt
	@for python in python3.12 python3.11 python3.10 python3 $(wildcard $(HOME)/.pyenv/versions/3.*/bin/python); do \
	  if $$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && \
	    $$python -m venv --clear target/ray/$*; then \
	    target/ray/$*/bin/pip install --quiet --no-compile --requirement $<; exit 0; \
	  fi; \
	done

build: $(WASM_TARGET) xtask/node_modules ## Build the modules into dist/
	$(XTASK) build

reproducible: build browser ## Build the modules once more, as somebody else would, and compare the bytes
	tests/reproducible.sh

xtask/node_modules: xtask/package-lock.json
	@if command -v npm >/dev/null; then cd xtask && npm ci --silent && touch node_modules; \
	else echo "skipped: wasm-opt: npm is not installed"; fi

playground: page ## Build the playground and serve it on loopback
	@if test -d dist/playground; then node playground/serve.js; fi

page: browser playground/node_modules ## Build the playground into dist/playground, for any static host
	@if test -d playground/node_modules; then cd playground && npm run --silent build; fi

browser: $(WASM_TARGET) xtask/node_modules ## Build the module for web pages into dist/browser
	$(XTASK) browser

playground/node_modules: playground/package-lock.json
	@if command -v npm >/dev/null; then cd playground && npm ci --silent && touch node_modules; \
	else echo "skipped: the playground: npm is not installed"; fi

page-test: export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER := $(CURDIR)/target/debug/bindgen-test-runner
page-test: $(PAGE) $(COMPILE) ## Test the module for web pages under Node and in Chromium, and the playground
	@if command -v node >/dev/null; then cargo test --target $(WASM_TARGET) -p rayjob-policy-browser --test web; \
	else echo "skipped: the module under Node: node is not installed"; fi
	@if command -v chromedriver >/dev/null; then \
	  WASM_BINDGEN_USE_BROWSER=1 CHROMEDRIVER=$$(command -v chromedriver) \
	  cargo test --target $(WASM_TARGET) -p rayjob-policy-browser --test web; \
	else echo "skipped: the module in a browser: chromedriver is not installed"; fi
	@if test -d playground/node_modules; then cd playground && npm test --silent; fi

policy.wasm annotated-policy.wasm: build ## The modules where Kubewarden's workflows look for them
	cp dist/$@ $@

# Where a line of code, unlike one of test data in quotes, must fit too.
LINES := hosts/*/src crates/*/src xtask conformance tests

lint: ## Check formatting, clippy and shell scripts
	cargo fmt --all --check
	@! { grep -rnE '^.{101,}' --include='*.rs' src; grep -rnE '^.{101,}' --include='*.rs' $(LINES) | grep -v '"'; } | grep . || \
	  { echo "rustfmt leaves code with longer lines as it is: break them" >&2; false; }
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	@if command -v shellcheck >/dev/null; then shellcheck action/*.sh examples/ways-out/*.sh hosts/cli/tests/retry_interactive/* hosts/cli/tests/stand_ins/* hosts/cli/tests/release/* tests/*.sh .ci/run; \
	else echo "skipped: the check of shell scripts: shellcheck is not installed"; fi

bench: build page target/rego/policy.wasm bench-files ## Measure a verdict, a keystroke in the playground, and a check of files
	cargo build --quiet --profile module --target $(WASM_TARGET) -p rayjob-policy-bench-baseline
	cargo run --quiet --release -p rayjob-policy-bench
	@if test -d playground/node_modules; then node playground/bench.js; fi

bench-files: target/tools/kubeconform ## Measure a check of 10,000 files, compared with kubeconform, and of hostile files
	cargo build --quiet --release -p rayjob-policy
	cargo run --quiet --release -p rayjob-policy-bench --bin files
	cargo run --quiet --release -p rayjob-policy-bench --bin hostile

soak: build target/tools/opa ## Send REQUESTS requests, a million by default, through each module, and watch answers and memory
	cargo run --quiet --release -p rayjob-policy-bench --bin soak $(REQUESTS)

target/tools/kubeconform:
	@if command -v go >/dev/null; then \
	  GOBIN="$(CURDIR)/target/tools" go install github.com/yannh/kubeconform/cmd/kubeconform@$(KUBECONFORM_VERSION); \
	else echo "skipped: kubeconform: Go is not installed"; fi

target/rego/policy.wasm: benches/rego/interactive_backoff.rego target/tools/opa
	@if test -x target/tools/opa; then mkdir -p $(@D) && \
	  target/tools/opa build -t wasm -e kuberay/rayjob/main -o $(@D)/bundle.tar.gz $< && \
	  tar -xzPOf $(@D)/bundle.tar.gz /policy.wasm >$@; \
	else echo "skipped: the same rule in Rego: target/tools/opa is missing"; fi

FRESH := 20000
SEED := 1

conformance: build $(RAY) ## Compare with KubeRay, Kubernetes and Ray: with recorded answers, and, if Go and Python are installed, with their code on FRESH new objects per release
	cargo conformance recorded
	cargo conformance recorded --wasm
	cargo conformance fresh $(FRESH) --seed $(SEED)
	EVERY=1 cargo test --quiet -p rayjob-policy-conformance --test cel --test repetition
	cargo conformance lives
	cargo conformance policed --seed $(SEED)
	cargo conformance entrypoints --seed $(SEED)
	cargo conformance ray --seed $(SEED)

.PHONY: $(WASM_TARGET)
$(WASM_TARGET):
	@rustc --print target-libdir --target $@ | xargs test -d || rustup target add $@

SECONDS := 60

FUZZ := $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))
FUZZ_FLAGS := --fuzz-dir fuzz --target-dir target/fuzz --sanitizer none --no-trace-compares

fuzz: build ## Look for input that breaks a promise, SECONDS for each target of FUZZ (needs cargo-fuzz and nightly Rust)
ifeq (,$(shell command -v cargo-fuzz))
	@echo "skipped: fuzz: cargo-fuzz is not installed (cargo install cargo-fuzz)"
else
	@cargo +nightly fuzz build $(FUZZ_FLAGS)
	@for target in $(FUZZ); do \
	  corpus=target/fuzz/corpus/$$target log=target/fuzz/$$target.log; \
	  cargo run --quiet -p rayjob-policy-fuzz --bin seeds $$target $$corpus && \
	  if ! cargo +nightly fuzz run $(FUZZ_FLAGS) $$target $$corpus -- \
	    -max_total_time=$(SECONDS) -max_len=4096 -print_final_stats=1 2>$$log; then \
	    grep -A 3 panicked $$log; tail -n 30 $$log; exit 1; \
	  fi; \
	  sed -n "s/^stat::number_of_executed_units: */$$target: executions: /p" $$log; \
	done
endif

fuzz-corpus: ## Keep the smallest inputs that reach what those of `make fuzz` reach
	@for target in $(FUZZ); do \
	  cargo +nightly fuzz cmin $(FUZZ_FLAGS) $$target target/fuzz/corpus/$$target -- -max_len=4096 -use_counters=0 2>/dev/null && \
	  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C target/fuzz/corpus -c $$target | \
	    gzip -9n >fuzz/corpus/$$target.tar.gz; \
	done
	@du -ch fuzz/corpus/*.tar.gz

clean:
	cargo clean
	rm -rf dist e2e/opa/node_modules playground/node_modules xtask/node_modules policy.wasm annotated-policy.wasm
