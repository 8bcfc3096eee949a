# Two commands matter: `make demo` and `make test`. Both install what they need.

WASM_TARGET := wasm32-unknown-unknown

.PHONY: demo test bench build lint conformance clean

demo: build ## Run the reviews under examples/ through the built module
	cargo run --quiet --release -p rayjob-policy-e2e --bin demo

test: lint build ## Run every test
	cargo test --quiet
	cargo xtask inspect
	cargo test --quiet --release -p rayjob-policy-e2e

build: $(WASM_TARGET) ## Build the modules into dist/
	cargo xtask build

policy.wasm annotated-policy.wasm: build ## The modules where Kubewarden's workflows look for them
	cp dist/$@ $@

lint: ## What a pull request must pass
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings

bench: build ## Measure fuel, time and memory of a verdict
	cargo build --quiet --profile module --target $(WASM_TARGET) -p usual-way
	cargo run --quiet --release -p rayjob-policy-bench

FRESH := 20000
SEED := 1

conformance: build ## Compare with KubeRay: its recorded answers, and with Go its code on FRESH new objects a release
	cargo xtask conformance tests/conformance/cases.jsonl.gz
	cargo xtask conformance tests/conformance/cases.jsonl.gz --wasm
	cargo xtask conformance --fresh $(FRESH) --seed $(SEED)
	cargo xtask walks tests/conformance/walks.jsonl.gz

.PHONY: $(WASM_TARGET)
$(WASM_TARGET):
	@rustc --print target-libdir --target $@ | xargs test -d || rustup target add $@

clean:
	cargo clean
	rm -rf dist policy.wasm annotated-policy.wasm
