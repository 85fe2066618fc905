# The two commands: `make demo` and `make test`. Each does everything from nothing; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-table check test test-instruction-sets cluster-test setup setup-test build build-all \
  configure-sanitize build-sanitize bench bench-step gpu gpu-setup gpu-dry soak report-kills audit-scale fuzz fuzz-data \
  prepare-soak predict-hostile mutants bundle bundle-test format format-check lint sanitize clean

# TORCH=2.10 builds against an older LibTorch, for older drivers (docs/gpu.md).

# The MPI launcher must not bind ranks to cores: threads_per_rank decides, not the launcher.
export PRTE_MCA_hwloc_default_binding_policy := none
# ccache with a precompiled header needs to be told that times and defines in it don't matter.
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime
ifeq ($(shell id -u),0)
export OMPI_ALLOW_RUN_AS_ROOT := 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM := 1
export PRTE_ALLOW_RUN_AS_ROOT := 1
export PRTE_ALLOW_RUN_AS_ROOT_CONFIRM := 1
endif

SOURCES = $(shell git ls-files '*.h' '*.cc')

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: build ## set up, build, train and evaluate a detector on a small dataset with real faces (2 ranks)
	@scripts/demo

demo-table: build setup-test ## train on base, augment, both with three seeds on unseen data, score all on all (about 40 minutes)
	@scripts/fetch_faces
	@scripts/demo_table

check: build-all ## the quick tests: under three minutes once all is built
	@scripts/fetch_faces
	@scripts/run_tests build --quick

test: build-all ## set up, build, run every test
	@scripts/fetch_faces
	@scripts/run_tests build

test-instruction-sets: build-all ## the numeric tests as smaller processors would run them (minutes); SHORT=1: each promise once
	@scripts/test_instruction_sets build $(if $(SHORT),--short)

cluster-test: build-all ## a real Slurm and two hosts, made on this machine, with faults; root (an hour or two; TIMES=1 CASES=preemption)
	@scripts/setup --cluster
	@.venv/bin/python tests/cluster/cluster_test.py build/unmask .venv/bin/mpirun build/tests/make_tiny_stores \
	  --times $(or $(TIMES),5) $(CASES)

setup: ## install Debian packages and .venv (scripts/setup)
	@scripts/setup
setup-test:
	@scripts/setup --test

build: setup build/build.ninja ## the program: build/unmask
	@cmake --build build --target unmask

# The tests need packages that the program doesn't: a folder that was configured without them is configured again, once.
build-all: setup-test build/build.ninja
	@grep -q '^UNMASK_TESTS:BOOL=ON' build/CMakeCache.txt || cmake --preset default -DUNMASK_TESTS=ON
	@cmake --build build

# Configured once; from then on Ninja itself configures again when a CMake file changes.
build/build.ninja: | setup
	@cmake --preset default -DUNMASK_TESTS=OFF
# Clang's, with libFuzzer's programs: a folder of GCC's is configured again.
configure-sanitize: setup-test
	@scripts/setup --sanitize
	@grep -qs '^CMAKE_CXX_COMPILER:.*clang' build-sanitize/CMakeCache.txt || cmake --preset sanitize --fresh

soak: build-all ## 200 kills -9 at random moments over a sweep of 12 trials on 4 ranks (40 minutes); KILLS=N for another number
	@.venv/bin/python tests/launch/sweep_bits.py soak build/unmask .venv/bin/mpirun build/tests/make_tiny_stores $(or $(KILLS),200)

report-kills: build-all ## 50 kills -9 of a sweep: event files, pictures and the page stay right (8 minutes); KILLS=N for another number
	@.venv/bin/python tests/launch/report_kills.py build/unmask .venv/bin/mpirun build/tests/make_tiny_stores $(or $(KILLS),50)

fuzz: fuzz-data ## mutated configs with sanitizers (an hour), and fuzz-data; ROUNDS=N for another number
	@cmake --build build-sanitize --target config_fuzz_test
	@UNMASK_FUZZ_ROUNDS=$(or $(ROUNDS),300000) build-sanitize/tests/config_fuzz_test

fuzz-data: configure-sanitize ## stores and tables of strangers with libFuzzer, ten minutes each; FUZZ_S=N for other seconds
	@cmake --build build-sanitize --target fuzz_programs
	@scripts/fuzz $(or $(FUZZ_S),600) build-sanitize/tests/*_fuzz

audit-scale: build-all ## `audit` of 20,000 drawn people and 100,000 crops on 1 and 4 ranks (an hour); FACES=N CROPS=N for less
	@bench/audit.sh $(or $(FACES),20000) $(or $(CROPS),100000)

prepare-soak: build-all ## `prepare` on 1 to 3 ranks, split there and back, 20 kills -9, 300 damaged videos: the same stores (minutes)
	@scripts/fetch_faces
	@cmake --build build --target prepare-soak

predict-hostile: build-all ## 200 damaged, huge, endless and oddly named inputs to `predict` (minutes)
	@scripts/fetch_faces
	@cmake --build build --target predict-hostile

mutants: build-all ## how many small faults in a source its own tests see (hours; goes on where it was stopped); FILES="sweep/plan/stopping.cc …"
	@scripts/setup --mutants
	@.venv/bin/python tests/mutants.py build $(FILES)

bench: build-all ## every bench, with its peers (long)
	@for bench in bench/*.sh; do echo "== $$bench"; "$$bench" || exit 1; done

gpu-setup: build-all ## what make gpu needs: the tests, configured where a GPU is, and data for the benches; the network
	@cmake --preset default >/dev/null
	@.venv/bin/python bench/gpu.py setup

# No part takes ten minutes; one alone: make gpu PARTS=sums. Nothing is fetched or built.
gpu: ## every GPU test, then benches beside torch.compile, and the table of docs/gpu.md (after make gpu-setup; half an hour)
	@ctest --test-dir build -L gpu --output-on-failure --no-tests=error
	@ctest --test-dir build -R nccl --output-on-failure
	@parts="$(PARTS)"; for part in $${parts:-$$(.venv/bin/python bench/gpu.py parts)}; do \
	  timeout 600 .venv/bin/python bench/gpu.py $$part || exit 1; done
	@.venv/bin/python bench/gpu.py table

gpu-dry: build-all ## the benches of make gpu on CPUs, tiny, so that they don't rot (minutes)
	@for part in setup $$(.venv/bin/python bench/gpu.py parts --cpu) table; do \
	  timeout 600 .venv/bin/python bench/gpu.py $$part --cpu --out build/gpu-dry || exit 1; done

bench-step: build ## images/s of our training step (bf16), the last line is the number
	@bench/step.sh --ours

format: ## clang-format over all sources
	@scripts/setup --format
	@clang-format-14 -i $(SOURCES)

format-check: ## is every source formatted?
	@scripts/setup --format
	@clang-format-14 --dry-run -Werror $(SOURCES)

lint: build/build.ninja format-check ## clang-tidy over the torch-free sources (minutes)
	@scripts/setup --lint
	@scripts/lint

build-sanitize: configure-sanitize
	@cmake --build build-sanitize

sanitize: build-sanitize ## the torch-free parts and their tests with sanitizers
	@scripts/fetch_faces
	@scripts/run_tests build-sanitize

bundle: build ## build/unmask-VERSION-linux-x86_64.tar.zst: the program with its libraries; FULL=1 for LibTorch too
	@scripts/setup --bundle
	@scripts/bundle $(if $(FULL),--full)

bundle-test: build-all ## both bundles in a bare Debian 12, Ubuntu 24.04 and Debian 11; root, debootstrap, 20 GB of disk
	@scripts/setup --bundle
	@scripts/fetch_faces
	@tests/bundle/bundle_test

clean: ## remove what was built; .venv, downloads/ and runs/ stay
	rm -rf build build-sanitize
